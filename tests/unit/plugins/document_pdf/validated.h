// SPDX-License-Identifier: Apache-2.0
// What document-pdf says about a file, ready to be asked.
#pragma once

#include "document-pdf/handler.h"
#include "support/fake_host.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace greffe::document_pdf {

struct Validated {
    bool isDone = false;
    int verdicts = 0;
    std::string reason, explanation;
    nlohmann::json facts = nlohmann::json::object();

    const nlohmann::json& findings() const { return facts.at("findings"); }
    bool hasFinding(std::string_view code) const {
        for (const auto& finding : findings())
            if (finding.at("code") == code) return true;
        return false;
    }
    const nlohmann::json& signature(std::size_t index = 0) const { return facts.at("signatures").at(index); }
    bool holds(std::size_t index = 0) const { return signature(index).at("holds").get<bool>(); }
    std::string why(std::size_t index = 0) const { return signature(index).at("why").get<std::string>(); }
    std::string changes(std::size_t index = 0) const {
        return signature(index).at("changes_after").get<std::string>();
    }
};

inline Validated heard(const HeardOutcome& outcome) {
    Validated said;
    said.isDone = outcome.verdict == Verdict::Done;
    said.verdicts = outcome.verdicts;
    said.reason = outcome.reason;
    said.explanation = outcome.explanation;
    for (const auto& [name, json] : outcome.facts)
        said.facts[name] = nlohmann::json::parse(json);
    return said;
}

inline DocumentView viewOfFile(std::string_view file) {
    DocumentView view;
    view.mediaType = "application/pdf";
    view.bytes = file;
    return view;
}

inline Validated validated(std::string_view file, std::string_view profile = "{}") {
    PdfHandler handler;
    HeardOutcome outcome;
    handler.validate(viewOfFile(file), profile, outcome);
    return heard(outcome);
}

inline Validated inspected(std::string_view file) {
    PdfHandler handler;
    HeardOutcome outcome;
    handler.inspect(viewOfFile(file), outcome);
    return heard(outcome);
}

}  // namespace greffe::document_pdf
