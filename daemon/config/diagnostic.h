// SPDX-License-Identifier: Apache-2.0
// One thing that is wrong, or doubtful, in a configuration, at its line and column.
//
// Codes are a contract (tests, editors and the documentation name them); texts are free. The table of all
// codes is diagnosticCodes(): what is not in it cannot be reported.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

enum class Severity { Error, Warning };
std::string_view nameOf(Severity severity);  // "error"

struct Diagnostic {
    std::string code;
    Severity severity = Severity::Error;
    std::string file;
    int line = 0;    // from 1; 0: the file as a whole
    int column = 0;  // from 1, in characters; 0: unknown
    std::string message;
    std::string suggestion;  // what was probably meant, or empty

    // `file:line:column: error: message; did you mean "x"?`
    std::string text() const;
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

struct DiagnosticCode {
    std::string_view code;
    Severity severity;
    std::string_view explanation;  // one sentence for the reference page
};

const std::vector<DiagnosticCode>& diagnosticCodes();
// nullptr for a code that is not in the table.
const DiagnosticCode* findDiagnosticCode(std::string_view code);

// Collects. Not thread-safe.
class DiagnosticList {
public:
    // The severity is the code's. A code that is not in the table ends the process: it is a defect of the
    // caller's.
    void add(std::string_view code, std::string file, int line, int column, std::string message,
             std::string suggestion = {});

    bool hasErrors() const;
    bool isEmpty() const { return all_.empty(); }
    // By file, line, column, then in the order of finding; the same thing said twice stands once.
    std::vector<Diagnostic> sorted() const;
    const std::vector<Diagnostic>& all() const { return all_; }

private:
    std::vector<Diagnostic> all_;
};

// One line each.
std::string diagnosticsText(const std::vector<Diagnostic>& diagnostics);
// {"diagnostics": [{"code", "severity", "file", "line", "column", "message", "suggestion"?}], "errors": n,
// "warnings": n}
std::string diagnosticsJson(const std::vector<Diagnostic>& diagnostics);

}  // namespace greffe
