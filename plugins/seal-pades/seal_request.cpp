// SPDX-License-Identifier: Apache-2.0
#include "seal_request.h"

#include "pdf/page_tree.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace greffe::seal_pades {
namespace {

using Json = nlohmann::json;
using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::Refusal;

constexpr std::size_t kLeastReserve = 1024, kMostReserve = std::size_t{256} * 1024;
// The step's texts have 200 characters at most, of four bytes at most.
constexpr std::size_t kMostLines = 12, kMostTextBytes = 800;
// Certificate chains differ; a B-T token brings the authority's chain with it (measured: 5.5 kB, with long
// chains 12).
constexpr std::size_t kReserveBB = std::size_t{8} * 1024, kReserveBT = std::size_t{16} * 1024;
// Years 1970 to 9999: /M has four digits.
constexpr std::int64_t kMostUnixSeconds = 253'402'300'799;

Refusal wrong(const std::string& param, const std::string& why) {
    return {Reason::InvalidOptions, "param \"" + param + "\": " + why};
}

Check checkText(const Json& value, const char* key, std::string& target) {
    if (!value.is_string()) return wrong(key, "must be text");
    target = value.get<std::string>();
    if (target.size() > kMostTextBytes)
        return wrong(key, "is longer than " + std::to_string(kMostTextBytes) + " bytes");
    for (const char c : target)
        if (static_cast<unsigned char>(c) < 0x20) return wrong(key, "must not hold control characters");
    return Nothing{};
}

Check readText(const Json& params, const char* key, std::string& target) {
    const auto at = params.find(key);
    return at == params.end() || at->is_null() ? Check(Nothing{}) : checkText(*at, key, target);
}

Expected<std::int64_t> readInteger(const Json& params, const char* key, std::int64_t fallback,
                                   std::int64_t least, std::int64_t most) {
    const auto at = params.find(key);
    if (at == params.end() || at->is_null()) return fallback;
    if (!at->is_number_integer()) return wrong(key, "must be a whole number");
    const auto value = at->get<std::int64_t>();
    if (value < least || value > most)
        return wrong(key, "must be from " + std::to_string(least) + " to " + std::to_string(most));
    return value;
}

Expected<double> readLength(const Json& placement, const char* key) {
    const auto at = placement.find(key);
    if (at == placement.end() || !at->is_number())
        return wrong(std::string("placement.") + key, "must be a number of points");
    const auto value = at->get<double>();
    if (!std::isfinite(value) || std::abs(value) > 100'000)
        return wrong(std::string("placement.") + key, "is no sensible length");
    return value;
}

Expected<Placement> readPlacement(const Json& json) {
    if (!json.is_object()) return wrong("placement", "must be a table with page, x, y, width and height");
    Placement placement;
    const auto page = json.find("page");
    if (page != json.end() && *page == "last") {
        placement.page = pdf::kLastPage;
    } else if (page != json.end() && page->is_number_integer() && page->get<std::int64_t>() >= 1 &&
               page->get<std::int64_t>() <= 1'000'000) {
        placement.page = page->get<std::uint32_t>();
    } else {
        return wrong("placement.page", "must be a page number from 1, or \"last\"");
    }
    GREFFE_PDF_ASSIGN(placement.x, readLength(json, "x"));
    GREFFE_PDF_ASSIGN(placement.y, readLength(json, "y"));
    GREFFE_PDF_ASSIGN(placement.width, readLength(json, "width"));
    GREFFE_PDF_ASSIGN(placement.height, readLength(json, "height"));
    if (placement.width <= 0 || placement.height <= 0)
        return wrong("placement", "width and height must be above 0");
    return placement;
}

Check readLines(const Json& params, std::vector<std::string>& lines) {
    const auto at = params.find("lines");
    if (at == params.end() || at->is_null()) return Nothing{};
    if (!at->is_array() || at->size() > kMostLines)
        return wrong("lines", "must be a list of at most " + std::to_string(kMostLines) + " texts");
    for (const Json& line : *at) {
        std::string text;
        GREFFE_PDF_TRY(checkText(line, "lines", text));
        lines.push_back(std::move(text));
    }
    return Nothing{};
}

}  // namespace

Expected<SealRequest> readSealRequest(std::string_view paramsJson) {
    const Json params = Json::parse(paramsJson, nullptr, false);
    if (!params.is_object())
        return Refusal{Reason::InvalidOptions, "the seal's params are not a JSON object"};
    if (!params.contains("signing_time_unix")) return wrong("signing_time_unix", "is required");
    SealRequest request;
    GREFFE_PDF_ASSIGN(request.signingTimeUnix,
                      readInteger(params, "signing_time_unix", 0, 0, kMostUnixSeconds));

    std::string level = "B-B";
    GREFFE_PDF_TRY(readText(params, "level", level));
    if (level != "B-B" && level != "B-T" && level != "B-LT" && level != "B-LTA")
        return wrong("level", "must be B-B, B-T, B-LT or B-LTA");
    const auto usual = static_cast<std::int64_t>(level == "B-B" ? kReserveBB : kReserveBT);
    GREFFE_PDF_ASSIGN(const std::int64_t reserve,
                      readInteger(params, "reserve_bytes", usual, kLeastReserve, kMostReserve));
    request.reserveBytes = static_cast<std::size_t>(reserve);
    GREFFE_PDF_ASSIGN(const std::int64_t certify, readInteger(params, "certify", 0, 0, 3));
    request.certify = static_cast<int>(certify);

    GREFFE_PDF_TRY(readText(params, "field_name", request.fieldName));
    // A period separates the names of fields inside each other.
    if (request.fieldName.empty() || request.fieldName.find('.') != std::string::npos)
        return wrong("field_name", "must not be empty or hold a period");
    GREFFE_PDF_TRY(readText(params, "name", request.name));
    GREFFE_PDF_TRY(readText(params, "reason", request.reason));
    GREFFE_PDF_TRY(readText(params, "location", request.location));
    GREFFE_PDF_TRY(readText(params, "contact", request.contact));
    GREFFE_PDF_TRY(readLines(params, request.lines));
    if (const auto placement = params.find("placement"); placement != params.end() && !placement->is_null()) {
        GREFFE_PDF_ASSIGN(request.placement, readPlacement(*placement));
    }
    return request;
}

}  // namespace greffe::seal_pades
