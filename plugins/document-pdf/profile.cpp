// SPDX-License-Identifier: Apache-2.0
#include "profile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <initializer_list>

namespace greffe::document_pdf {
namespace {

using Json = nlohmann::ordered_json;  // as in the rest of the room
using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::Refusal;

struct NamedSize {
    std::string_view name;
    double shortMillimetres, longMillimetres;
};
constexpr NamedSize kSizes[] = {
    {"A0", 841, 1189}, {"A1", 594, 841},         {"A2", 420, 594},        {"A3", 297, 420},
    {"A4", 210, 297},  {"A5", 148, 210},         {"A6", 105, 148},        {"B4", 250, 353},
    {"B5", 176, 250},  {"letter", 215.9, 279.4}, {"legal", 215.9, 355.6}, {"tabloid", 279.4, 431.8},
};

Refusal bad(std::string_view option, std::string_view what) {
    return {Reason::InvalidOptions, "option \"" + std::string(option) + "\": " + std::string(what)};
}

std::string sizeText(double width, double height) {
    char text[64];
    std::snprintf(text, sizeof text, "%g × %g mm", width, height);
    return text;
}

Expected<WantedSize> sizeOf(double width, double height) {
    if (!(width >= 1) || !(height >= 1) || width > 20'000 || height > 20'000)
        return bad("page_size", "a side is from 1 to 20000 millimetres");
    return WantedSize{sizeText(width, height), std::min(width, height), std::max(width, height),
                      Orientation::Any};
}

bool readNumber(std::string_view text, double& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// "A4", "210x297" or {"width_mm": 210, "height_mm": 297}; no value for "any".
Expected<std::optional<WantedSize>> readSize(const Json& value) {
    if (value.is_object()) {
        const auto width = value.find("width_mm"), height = value.find("height_mm");
        if (width == value.end() || height == value.end() || !width->is_number() || !height->is_number())
            return bad("page_size", "needs the numbers width_mm and height_mm");
        GREFFE_PDF_ASSIGN(WantedSize size, sizeOf(width->get<double>(), height->get<double>()));
        return std::optional<WantedSize>(std::move(size));
    }
    if (!value.is_string()) return bad("page_size", "is a name such as A4, or width and height");
    const std::string text = value.get<std::string>();
    if (text == "any") return std::optional<WantedSize>();
    for (const NamedSize& known : kSizes)
        if (text == known.name)
            return std::optional<WantedSize>(
                WantedSize{text, known.shortMillimetres, known.longMillimetres, Orientation::Any});
    const std::size_t cross = text.find('x');
    double width = 0, height = 0;
    if (cross == std::string::npos || !readNumber(std::string_view(text).substr(0, cross), width) ||
        !readNumber(std::string_view(text).substr(cross + 1), height))
        return bad("page_size", "is not a known size; write a name such as A4, or 210x297");
    GREFFE_PDF_ASSIGN(WantedSize size, sizeOf(width, height));
    return std::optional<WantedSize>(std::move(size));
}

// The index of the option's text among `words`, or `fallback` when the option is not there.
Expected<std::size_t> readWord(const Json& options, std::string_view name,
                               std::initializer_list<std::string_view> words, std::size_t fallback) {
    const auto at = options.find(name);
    if (at == options.end() || at->is_null()) return fallback;
    std::string known;
    std::size_t index = 0;
    for (const std::string_view word : words) {
        if (at->is_string() && at->get_ref<const std::string&>() == word) return index;
        known += (known.empty() ? "" : ", ") + std::string(word);
        ++index;
    }
    return bad(name, "is one of " + known);
}

Check readPages(const Json& options, std::string_view name, std::uint64_t& target) {
    const auto at = options.find(name);
    if (at == options.end() || at->is_null()) return Nothing{};
    if (!at->is_number_integer() || at->get<std::int64_t>() < 0) return bad(name, "is a number of pages");
    target = at->get<std::uint64_t>();
    return Nothing{};
}

}  // namespace

Expected<Profile> readProfile(std::string_view json) {
    Json options = Json::object();
    if (!json.empty()) options = Json::parse(json, nullptr, false);
    if (!options.is_object()) return Refusal{Reason::InvalidOptions, "the options are not a JSON object"};
    Profile profile;
    if (const auto at = options.find("page_size"); at != options.end() && !at->is_null()) {
        GREFFE_PDF_ASSIGN(profile.pageSize, readSize(*at));
    }
    GREFFE_PDF_ASSIGN(const std::size_t orientation,
                      readWord(options, "orientation", {"any", "portrait", "landscape"}, 0));
    if (profile.pageSize) profile.pageSize->orientation = static_cast<Orientation>(orientation);
    if (const auto at = options.find("page_size_tolerance_millimetres");
        at != options.end() && !at->is_null()) {
        if (!at->is_number() || at->get<double>() < 0 || at->get<double>() > 100)
            return bad("page_size_tolerance_millimetres", "is from 0 to 100");
        profile.toleranceMillimetres = at->get<double>();
    }
    GREFFE_PDF_TRY(readPages(options, "min_pages", profile.minPages));
    GREFFE_PDF_TRY(readPages(options, "max_pages", profile.maxPages));
    if (profile.minPages > profile.maxPages) return bad("min_pages", "is more than max_pages");
    const auto refuses = [&](std::string_view name, bool& target) -> Check {
        GREFFE_PDF_ASSIGN(const std::size_t word,
                          readWord(options, name, {"allow", "refuse"}, target ? 1 : 0));
        target = word == 1;
        return Nothing{};
    };
    GREFFE_PDF_TRY(refuses("encryption", profile.refusesEncryption));
    GREFFE_PDF_TRY(refuses("active_content", profile.refusesActiveContent));
    GREFFE_PDF_TRY(refuses("embedded_files", profile.refusesEmbeddedFiles));
    GREFFE_PDF_TRY(refuses("foreign_bytes", profile.refusesForeignBytes));
    GREFFE_PDF_ASSIGN(const std::size_t demand,
                      readWord(options, "signatures", {"any", "must_hold", "none"}, 0));
    profile.signatures = static_cast<SignatureDemand>(demand);
    return profile;
}

}  // namespace greffe::document_pdf
