// SPDX-License-Identifier: Apache-2.0
#include "dossier/seal_mark.h"

#include "base/clock.h"
#include "base/json.h"

#include <charconv>

namespace greffe {
namespace {

constexpr double kPointsPerMillimetre = 72.0 / 25.4;

double points(const Json& mark, const char* side) {
    const Json& length = memberOf(mark, side);
    return length.is_number() ? length.get<double>() * kPointsPerMillimetre : 0;
}

Json pageOf(const std::string& page) {
    if (page == "first") return 1;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(page.data(), page.data() + page.size(), number);
    return error == std::errc() && end == page.data() + page.size() ? Json(number) : Json("last");
}

Json linesOf(const std::string& text) {
    Json lines = Json::array();
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        lines.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return lines;
}

}  // namespace

void addMark(Json& params, const std::string& signer, std::int64_t signingTimeUnix) {
    const Json mark = memberOf(params, "mark");
    if (!mark.is_object()) return;
    params["placement"] = {{"page", pageOf(textOf(mark, "page", "last"))},
                           {"x", points(mark, "x")},
                           {"y", points(mark, "y")},
                           {"width", points(mark, "width")},
                           {"height", points(mark, "height")}};
    std::string text = textOf(mark, "text");
    if (text.empty()) {
        // "2026-11-22T03:59:02.000Z": the minute is enough for people.
        const std::string at = formatUtc(fromUnixMs(signingTimeUnix * 1000));
        text = signer + (signer.empty() ? "" : "\n") + at.substr(0, 10) + " " + at.substr(11, 5) + " UTC";
    }
    params["lines"] = linesOf(text);
}

}  // namespace greffe
