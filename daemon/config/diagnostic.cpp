// SPDX-License-Identifier: Apache-2.0
#include "config/diagnostic.h"

#include "base/invariant.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace greffe {

std::string_view nameOf(Severity severity) {
    return severity == Severity::Error ? "error" : "warning";
}

std::string Diagnostic::text() const {
    std::string out = file;
    if (line > 0) out += fmt::format(":{}", line);
    if (line > 0 && column > 0) out += fmt::format(":{}", column);
    out += fmt::format(": {}: {}", nameOf(severity), message);
    if (!suggestion.empty()) out += fmt::format("; did you mean \"{}\"?", suggestion);
    return out;
}

const DiagnosticCode* findDiagnosticCode(std::string_view code) {
    for (const DiagnosticCode& known : diagnosticCodes())
        if (known.code == code) return &known;
    return nullptr;
}

void DiagnosticList::add(std::string_view code, std::string file, int line, int column, std::string message,
                         std::string suggestion) {
    const DiagnosticCode* const known = findDiagnosticCode(code);
    GREFFE_INVARIANT(known != nullptr);
    Diagnostic diagnostic{std::string(code),  known->severity,      std::move(file), line, column,
                          std::move(message), std::move(suggestion)};
    if (std::find(all_.begin(), all_.end(), diagnostic) == all_.end()) all_.push_back(std::move(diagnostic));
}

bool DiagnosticList::hasErrors() const {
    return std::any_of(all_.begin(), all_.end(),
                       [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

std::vector<Diagnostic> DiagnosticList::sorted() const {
    std::vector<Diagnostic> sorted = all_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    return sorted;
}

std::string diagnosticsText(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics)
        text += diagnostic.text() + "\n";
    return text;
}

std::string diagnosticsJson(const std::vector<Diagnostic>& diagnostics) {
    Json list = Json::array();
    int errors = 0;
    for (const Diagnostic& d : diagnostics) {
        Json one = {{"code", d.code},     {"severity", nameOf(d.severity)},
                    {"file", d.file},     {"line", d.line},
                    {"column", d.column}, {"message", d.message}};
        if (!d.suggestion.empty()) one["suggestion"] = d.suggestion;
        list.push_back(std::move(one));
        if (d.severity == Severity::Error) ++errors;
    }
    const int warnings = static_cast<int>(diagnostics.size()) - errors;
    return dumpJson({{"diagnostics", std::move(list)}, {"errors", errors}, {"warnings", warnings}});
}

}  // namespace greffe
