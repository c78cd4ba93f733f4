// SPDX-License-Identifier: Apache-2.0
// The evaluator's tree as the compiler walks it: every value knows where it was written, and the layers
// (greffe.lua, then conf.d) are laid over each other option by option.
#pragma once

#include "base/json.h"
#include "config/diagnostic.h"
#include "config/schema.h"
#include "config/source_map.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// A value and its way from the nearest constructor. Borrows the tree.
struct Node {
    const Json* value = nullptr;
    std::string file;
    int line = 0;
    std::string kind;  // the constructor; empty: the table that the file returns
    TablePath path;

    // An entry of this value; a record becomes an anchor of its own.
    Node below(TableStep step, const Json& child) const;
    SourcePlace place(const SourceMap& map) const;

    bool isRecord() const { return value->is_object() && value->contains("@kind"); }
    bool isFunction() const { return value->is_object() && value->contains("@function"); }
    bool isSecret() const { return value->is_object() && value->contains("@secret_file"); }
    bool isWord() const { return value->is_object() && value->contains("@word"); }
    bool isUnknown() const { return value->is_object() && value->contains("@unknown"); }
    bool isPlainTable() const {
        return (value->is_object() && !isRecord() && !isFunction() && !isSecret() && !isWord()) ||
               (value->is_array() && value->empty());
    }
    bool isList() const { return value->is_array(); }
};

// "the text \"A4\"", "a list", "the constructor seal": for messages.
std::string describeValue(const Node& node);

// A constructor call, perhaps with options from several layers.
struct ConfigRecord {
    std::string kind;
    Node self;
    std::map<std::string, Node> options;
    std::size_t layer = 0;
    bool hasItems = false;

    // The text of an option, empty when it is missing or something else.
    std::string textOf(std::string_view option) const;
    const Node* find(std::string_view option) const;
};

// A record node's options; the text argument of role "x" becomes the option that its schema names.
ConfigRecord readRecord(const Node& node, const Schema* schema);

struct ConfigLayer {
    std::string file;
    Json tree;
};

// Section → its records, later layers over earlier ones. Problems of the sections themselves are reported.
using ConfigSections = std::map<std::string, std::vector<ConfigRecord>>;
ConfigSections mergeLayers(const std::vector<ConfigLayer>& layers, const SourceMap& map,
                           DiagnosticList& diagnostics);

// What records of one section are told apart by.
std::string identityOf(const ConfigRecord& record);

}  // namespace greffe
