// SPDX-License-Identifier: Apache-2.0
#include "config/text_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>

namespace greffe {
namespace {

bool isLetterOrDigit(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// RFC 6838, 4.2: what a type or subtype may hold.
bool isTypePart(std::string_view part) {
    if (part.empty() || part.size() > 127 || !isLetterOrDigit(part[0])) return false;
    return std::all_of(part.begin(), part.end(), [](char c) {
        return isLetterOrDigit(c) || std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
    });
}

bool readNumber(std::string_view text, int& number) {
    if (text.empty() || text[0] == '-') return false;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size();
}

struct NamedSize {
    std::string_view name;
    PageSize size;
};
constexpr NamedSize kSizes[] = {
    {"A0", {841, 1189}}, {"A1", {594, 841}},         {"A2", {420, 594}},        {"A3", {297, 420}},
    {"A4", {210, 297}},  {"A5", {148, 210}},         {"A6", {105, 148}},        {"B4", {250, 353}},
    {"B5", {176, 250}},  {"letter", {215.9, 279.4}}, {"legal", {215.9, 355.6}}, {"tabloid", {279.4, 431.8}},
};

}  // namespace

bool isConfigName(std::string_view text) {
    if (text.empty() || text.size() > 64 || !isLetterOrDigit(text[0])) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return isLetterOrDigit(c) || c == '-' || c == '_' || c == '.'; });
}

bool isMediaType(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view subtype = text.substr(slash + 1);
    return isTypePart(text.substr(0, slash)) && (subtype == "*" || isTypePart(subtype));
}

bool isPlainPath(std::string_view text) {
    const std::string whole = fmt::format("/{}/", text);
    return whole.find("/../") == std::string::npos &&
           std::none_of(whole.begin(), whole.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

bool isMailAddress(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > 254) return false;
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= ' ' || byte == 0x7F || c == '<' || c == '>' || c == ',' || c == ';';
    });
}

bool isUrl(std::string_view text) {
    const std::size_t mark = text.find("://");
    if (mark == std::string_view::npos || mark == 0 || mark + 3 == text.size()) return false;
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(mark), isLetterOrDigit) &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

bool isDate(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !readNumber(text.substr(0, 4), year) ||
        !readNumber(text.substr(5, 2), month) || !readNumber(text.substr(8, 2), day) || month < 0 || day < 0)
        return false;
    return std::chrono::year_month_day(std::chrono::year(year),
                                       std::chrono::month(static_cast<unsigned>(month)),
                                       std::chrono::day(static_cast<unsigned>(day)))
        .ok();
}

bool findPageSize(std::string_view text, PageSize& size) {
    for (const NamedSize& known : kSizes)
        if (known.name == text) {
            size = known.size;
            return true;
        }
    const std::size_t cross = text.find('x');
    int width = 0;
    int height = 0;
    if (cross == std::string_view::npos || !readNumber(text.substr(0, cross), width) ||
        !readNumber(text.substr(cross + 1), height) || width < 10 || height < 10 || width > 5000 ||
        height > 5000)
        return false;
    size = {static_cast<double>(width), static_cast<double>(height)};
    return true;
}

std::vector<std::string> pageSizeNames() {
    std::vector<std::string> names{"any"};
    for (const NamedSize& known : kSizes)
        names.emplace_back(known.name);
    return names;
}

}  // namespace greffe
