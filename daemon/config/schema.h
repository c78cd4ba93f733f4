// SPDX-License-Identifier: Apache-2.0
// What may be written where: the options of every construct and step kind, declared once, as data. From it
// come the check, the reference page, the annotations of the Lua language server and the completion.
//
// The options of plugins are the same kind of data, read from their JSON Schema (json_schema.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

enum class ValueType {
    Text,
    Boolean,
    Integer,
    Number,
    List,      // of `item`
    Map,       // any names, each with a value of type `item`
    Table,     // the options of `inner`
    Steps,     // a list of steps
    Outcome,   // "continue", refuse "…" or a list of steps
    Record,    // a constructor of Option::kinds
    Secret,    // secret_file("path")
    Function,  // function(d) … end and nothing else
    Data,      // any value that is data through and through
};

// What a text names. Checked once all names are known.
enum class Refers {
    Nothing,
    Key,
    Authority,
    Notifier,
    Archive,
    Provider,
    Pipeline,
    Document,  // a slot, or what an earlier step made
    Template,
    Recipient,  // an address or a role
    Role,
    Plugin,
    PageSize,
    MediaType,
    AbsolutePath,
    Url,
    Name,  // a name of its own: letters, digits, - and _
};

struct Schema;

struct Option {
    std::string name;
    ValueType type = ValueType::Text;
    std::string doc;  // one sentence
    bool isRequired = false;
    bool mayBeFunction = false;              // function(d) … end that returns such a value
    bool isFrozen = false;                   // read at start only: a change needs a restart
    bool mayBeEmpty = false;                 // texts and lists
    std::string defaultJson;                 // empty: none
    std::vector<std::string> allowed;        // texts
    std::optional<double> minimum, maximum;  // of a number; of a text's or list's length
    Refers refers = Refers::Nothing;
    std::vector<std::string> kinds;       // Record
    std::shared_ptr<const Schema> inner;  // Table
    std::shared_ptr<const Option> item;   // List, Map
    std::string since = "0.1";

    // The declarations read like sentences: integer("attempts", "How often
    // …").from(1).upTo(100).byDefault("5").
    Option required() &&;
    Option orFunction() &&;
    Option frozen() &&;
    Option orEmpty() &&;
    Option byDefault(std::string json) &&;
    Option oneOf(std::vector<std::string> values) &&;
    Option from(double least) &&;
    Option upTo(double most) &&;
    Option naming(Refers what) &&;
};

Option text(std::string name, std::string doc);
Option boolean(std::string name, std::string doc);
Option integer(std::string name, std::string doc);
Option number(std::string name, std::string doc);
Option list(std::string name, std::string doc, Option item);
Option map(std::string name, std::string doc, Option item);
Option table(std::string name, std::string doc, std::vector<Option> options);
Option function(std::string name, std::string doc);
Option steps(std::string name, std::string doc);
Option outcome(std::string name, std::string doc);
Option data(std::string name, std::string doc);
Option records(std::string name, std::string doc, std::vector<std::string> kinds);

// Where a construct may stand.
enum class SchemaGroup { Settings, Intake, Instance, Template, Pipeline, Part, Step, Spec };
std::string_view nameOf(SchemaGroup group);

struct Schema {
    std::string name;  // the constructor: "seal"
    SchemaGroup group = SchemaGroup::Part;
    std::string doc;
    std::vector<Option> options;
    bool isOpen = false;  // further options belong to a plugin
    std::string namedBy;  // the option that a text argument fills: role "tenant" fills "name"

    const Option* find(std::string_view option) const;
    std::vector<std::string> optionNames() const;
};

// All constructs, in the order in which the reference page shows them.
const std::vector<Schema>& allSchemas();
const Schema* findSchema(SchemaGroup group, std::string_view name);
std::vector<std::string> schemaNames(SchemaGroup group);
// Every constructor's name: what the evaluator is told to know.
std::vector<std::string> constructorNames();

// The options that every step has.
const std::vector<Option>& commonStepOptions();

// What a file may return besides nothing: the named parts of the configuration.
struct Section {
    std::string name;  // "keys"
    SchemaGroup group;
    std::vector<std::string> kinds;  // constructors that may stand in it
    bool isList = true;
    std::string doc;
};
const std::vector<Section>& allSections();

}  // namespace greffe
