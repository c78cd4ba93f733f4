// SPDX-License-Identifier: Apache-2.0
// Holds a record against its schema: reports everything that does not fit, and gives back the options with
// their defaults filled in. What an option names (a key, a document) is collected, to be looked up when all
// names are known.
#pragma once

#include "config/config_tree.h"

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace greffe {

// A text that names something else.
struct Reference {
    Refers what = Refers::Nothing;
    std::string name;
    std::string option;
    std::string owner;  // step "seal"
    Node node;
};

class OptionCheck {
public:
    OptionCheck(const SourceMap& map, DiagnosticList& diagnostics) : map_(map), diagnostics_(diagnostics) {}

    // owner: how messages call the record ("step \"seal\""). Options that an open schema does not know are
    // left out of the answer; the caller takes them from the record. Steps and outcomes are left out too.
    Json check(const ConfigRecord& record, const Schema& schema, const std::string& owner);
    // The options of a plugin, found in `options`.
    Json checkOptions(const std::map<std::string, Node>& options, const Schema& schema, const Node& self,
                      const std::string& owner, const std::vector<std::string>& alsoKnown);

    // Behind every message from now on: " (plugin sign-yousign 1.4.0)", or nothing.
    void setSuffix(std::string suffix) { suffix_ = std::move(suffix); }
    // (file, line, name) of words that were explained here, so that they need not be called unknown as well.
    const std::set<std::tuple<std::string, int, std::string>>& explainedWords() const {
        return explainedWords_;
    }

    // What the evaluator found: options of a record are not called missing when its constructor was called
    // with something that holds none, which is told already.
    void readFindings(const Json& evaluated);

    std::vector<Reference> takeReferences() { return std::move(references_); }

    SourcePlace placeOf(const Node& node) const { return node.place(map_); }
    void report(std::string_view code, const Node& node, const std::string& message,
                std::string suggestion = {});

private:
    Json checkValue(const Node& node, const Option& option, const std::string& owner);
    Json checkText(const Node& node, const Option& option, const std::string& owner);
    Json checkNumber(const Node& node, const Option& option, const std::string& owner);
    Json checkList(const Node& node, const Option& option, const std::string& owner);
    Json checkTable(const Node& node, const Option& option, const std::string& owner);
    void checkForm(const Node& node, const Option& option, const std::string& text, const std::string& owner);
    void reportType(const Node& node, const Option& option, const std::string& owner);

    const SourceMap& map_;
    DiagnosticList& diagnostics_;
    std::vector<Reference> references_;
    std::string suffix_;
    std::set<std::tuple<std::string, int, std::string>> explainedWords_;
    std::set<std::tuple<std::string, int, std::string>> calledWrong_;  // (file, line, constructor)
};

// The value that an option has when it is left out; null for none.
Json defaultOf(const Option& option);

}  // namespace greffe
