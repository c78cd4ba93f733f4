// SPDX-License-Identifier: Apache-2.0
// What may be written where: the options of every construct and step kind, declared once, as data. From it
// come the check, the reference page, the annotations of the Lua language server and the completion.
//
// The options of plugins are the same kind of data, read from their JSON Schema (json_schema.h).
#pragma once

#include <greffe/reason.h>

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
    SignatureProvider,
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
    std::string unit;                     // "millimetres", where the name does not end with it: see unitOf
    std::string returns;                  // of a function, in LuaCATS; empty: what the option itself takes
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
    Option in(std::string measure) &&;
    Option returning(std::string luaType) &&;
};

// "days" of expires_days, "millimetres" of a mark's x; empty for what has no unit.
std::string unitOf(const Option& option);

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

// A value that functions can read: what a step recorded (d.facts.STEP.name), or a field of the dossier.
struct Fact {
    std::string name;
    std::string type;  // in LuaCATS: "integer", "string[]"
    std::string doc;
};

// What the manual says of a construct beyond its options (schema_pages.cpp, schema_house_pages.cpp).
struct SchemaPage {
    std::string purpose;          // a paragraph or two: when one wants it, what is special about it
    std::string example;          // passes the check: steps, or a section of greffe.lua or of a pipeline
    std::string ends;             // of a step: how it can end
    std::vector<Fact> facts;      // of a step: what it records when it is done
    std::vector<Reason> reasons;  // of a step: its own ones; those of all steps are commonStepReasons()
};

struct Schema {
    std::string name;  // the constructor: "seal"
    SchemaGroup group = SchemaGroup::Part;
    std::string doc;
    std::vector<Option> options;
    bool isOpen = false;  // further options belong to a plugin
    std::string namedBy;  // the option that a text argument fills: role "tenant" fills "name"
    SchemaPage page = {};

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
// What a step leaves behind that failed and went on (on_error = "continue"), whatever its kind.
const std::vector<Fact>& failedStepFacts();
// What can go wrong with every step.
const std::vector<Reason>& commonStepReasons();

// What functions are given: function(d, item). The first class is that of d.
struct ViewClass {
    std::string name;  // "Dossier"
    std::string doc;
    std::vector<Fact> fields;
};
const std::vector<ViewClass>& dossierView();

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
