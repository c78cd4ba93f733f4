// SPDX-License-Identifier: Apache-2.0
#include "conformance/findings.h"

#include "sys/files.h"

#include <algorithm>

namespace greffe::conformance {
namespace {

constexpr std::size_t kMaxDetailBytes = 1500;

}  // namespace

void FindingWriter::line(const Json& value) {
    // A full disk of memory files would fail the child anyway; there is nobody else to tell.
    static_cast<void>(writeAll(fd_, dumpJson(value) + "\n"));
}

void FindingWriter::fail(std::string_view rule, const std::string& detail) {
    line({{"fail", rule}, {"detail", detail.substr(0, kMaxDetailBytes)}});
}

void FindingWriter::skip(std::string_view rule, const std::string& why) {
    line({{"skip", rule}, {"detail", why}});
}

void FindingWriter::doing(const std::string& what) {
    doing_ = what;
    line({{"doing", what}});
}

void FindingWriter::same(const std::string& what, const std::string& value) {
    line({{"same", what}, {"value", value}});
}

void FindingWriter::measure(const std::string& what, double value) {
    line({{"measure", what}, {"value", value}});
}

void FindingWriter::finished() {
    line({{"finished", true}});
}

ProbeReport ProbeReport::read(std::string_view lines) {
    ProbeReport report;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const Result<Json> parsed = parseJson(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
        if (!parsed) continue;  // the line that the child died in
        const Json& one = *parsed;
        if (one.contains("fail")) report.findings.push_back({textOf(one, "fail"), textOf(one, "detail")});
        if (one.contains("skip")) report.skipped[textOf(one, "skip")] = textOf(one, "detail");
        if (one.contains("same")) report.same[textOf(one, "same")] = textOf(one, "value");
        if (one.contains("measure")) report.measured[textOf(one, "measure")] = one["value"].get<double>();
        if (one.contains("doing")) report.lastDoing = textOf(one, "doing");
        if (one.contains("finished")) report.isFinished = true;
    }
    return report;
}

}  // namespace greffe::conformance
