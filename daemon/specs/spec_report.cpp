// SPDX-License-Identifier: Apache-2.0
#include "specs/spec_report.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

// TAP: '#' begins a directive, a backslash escapes it.
std::string tapName(const std::string& name) {
    std::string escaped;
    for (const char c : displayText(name)) {
        if (c == '#' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// What went wrong, where, and the way there.
std::string failureText(const SpecFailure& failure) {
    std::string text = fmt::format("{}:{}:{}\n", failure.file, failure.line,
                                   failure.isRestarted ? " with a restart between every two steps" : "");
    for (const std::string& line : failure.lines)
        text += fmt::format("  {}\n", line);
    return text + failure.timeline;
}

std::string indented(const std::string& text, std::string_view by) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += fmt::format("{}{}\n", by, text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

// XML 1.0 has no other control characters; names and texts of dossiers are anybody's.
std::string xml(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            default:
                if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') escaped += c;
        }
    }
    return escaped;
}

}  // namespace

std::string tapLine(const SpecResult& result, std::size_t number) {
    if (!result.failure) return fmt::format("ok {} - {}\n", number, tapName(result.spec->name));
    return fmt::format("not ok {} - {}\n{}", number, tapName(result.spec->name),
                       indented(failureText(*result.failure), "# "));
}

std::string junitXml(const std::vector<SpecResult>& results) {
    const auto failed = std::count_if(results.begin(), results.end(),
                                      [](const SpecResult& result) { return result.failure.has_value(); });
    std::string cases;
    std::int64_t totalMs = 0;
    for (const SpecResult& result : results) {
        totalMs += result.took.count();
        cases += fmt::format(
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3f}\"",
            xml(result.spec->pipeline), xml(displayText(result.spec->name)), xml(result.spec->file),
            result.spec->line, static_cast<double>(result.took.count()) / 1'000);
        if (!result.failure) {
            cases += "/>\n";
            continue;
        }
        const std::string first = result.failure->lines.empty() ? "" : result.failure->lines.front();
        cases += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", xml(first),
                             xml(failureText(*result.failure)));
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "  <testsuite name=\"greffe test\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n{}"
        "  </testsuite>\n</testsuites>\n",
        results.size(), failed, static_cast<double>(totalMs) / 1'000, cases);
}

}  // namespace greffe
