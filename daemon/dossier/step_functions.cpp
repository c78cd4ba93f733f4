// SPDX-License-Identifier: Apache-2.0
#include "dossier/step_functions.h"

#include "config/schema.h"
#include "dossier/returned_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr const char* kWhen = "when";

// The declaration behind "reason" or "mark.text".
const Option* declarationOf(const std::string& kind, std::string_view path) {
    const Schema* schema = findSchema(SchemaGroup::Step, kind);
    for (;;) {
        if (schema == nullptr) return nullptr;
        const auto dot = path.find('.');
        const Option* option = schema->find(path.substr(0, dot));
        if (option == nullptr || dot == std::string_view::npos) return option;
        schema = option->inner.get();
        path.remove_prefix(dot + 1);
    }
}

// Lua's empty table is a list, too; nothing at all is a name that was misspelt.
bool isList(const Json& value) {
    return value.is_array() || (value.is_object() && value.empty());
}

bool isTextList(const Json& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const Json& entry) { return entry.is_string(); });
}

bool isListOfTables(const Json& value) {
    return isList(value) &&
           std::all_of(value.begin(), value.end(), [](const Json& entry) { return entry.is_object(); });
}

// What a function must return, in words; empty when `value` is that.
std::string wantedInstead(const StepPlan& step, const std::string& option, const Json& value) {
    if (option == kWhen) return value.is_boolean() || value.is_null() ? "" : "true or false";
    if (step.kind == "each" && option == "over") return isList(value) ? "" : "a list";
    if (step.kind == "choose" && option == "by") return value.is_string() ? "" : "the name of a case";
    if (step.kind == "sign" && option == "signers")
        return isListOfTables(value) ? "" : "a list of tables: first_name, last_name, email …";
    if (step.kind == "transform" && option == "run")
        return value.is_object() || value.empty() ? "" : "a table of facts";
    const Option* declared = declarationOf(step.kind, option);
    if (declared == nullptr) return "nothing: the option is unknown to this version";
    switch (declared->type) {
        case ValueType::Text: return value.is_string() ? "" : "a text";
        case ValueType::Boolean: return value.is_boolean() ? "" : "true or false";
        case ValueType::Integer: return value.is_number_integer() ? "" : "a whole number";
        case ValueType::Number: return value.is_number() ? "" : "a number";
        case ValueType::List:
            return isList(value) && isTextList(value.is_array() ? value : Json::array()) ? ""
                                                                                         : "a list of texts";
        default: return value.is_object() ? "" : "a table";
    }
}

Error functionError(const StepPlan& step, const std::string& option, const FunctionReference& function,
                    const std::string& what) {
    return makeError(Errc::Invalid, fmt::format("{}:{}: step \"{}\", {}: {}", function.file, function.line,
                                                step.id, option, what));
}

// Functions whose result is of another kind than what may be written have no rules to keep.
bool isAsWritten(const Option& option) {
    return option.returns.empty() && (option.type == ValueType::Text || option.type == ValueType::Integer ||
                                      option.type == ValueType::Number || option.type == ValueType::List);
}

// The first function that returned what its option does not take, at its place.
Status checkRules(const StepPlan& step, const Json& results) {
    std::size_t at = 0;
    for (const auto& [option, function] : step.functions) {
        const Json& value = memberOf(results[at++], "value");
        const Option* const declared = declarationOf(step.kind, option);
        if (declared == nullptr || !isAsWritten(*declared)) continue;
        if (const std::string broken = brokenRule(*declared, value); !broken.empty())
            return functionError(step, option, function, broken);
    }
    return {};
}

// Puts `value` where the placeholder of `path` stands.
void replaceAt(Json& options, std::string_view path, Json value) {
    Json* at = &options;
    for (;;) {
        const auto dot = path.find('.');
        Json& member = (*at)[std::string(path.substr(0, dot))];
        if (dot == std::string_view::npos) {
            member = std::move(value);
            return;
        }
        at = &member;
        path.remove_prefix(dot + 1);
    }
}

}  // namespace

Json functionCalls(const DossierRun& run, const std::string& branchPath, const StepPlan& step,
                   bool withSources) {
    const Json view = run.view(branchPath);
    const Json thing = run.item(branchPath);
    Json calls = Json::array();
    for (const auto& [option, function] : step.functions)
        calls.push_back({{"path", function.path}, {"dossier", view}, {"item", memberOf(thing, "value")}});
    Json params = {{"sources_sha256", sourcesName(run.plan())}, {"calls", std::move(calls)}};
    if (withSources) params["sources"] = storedJson(run.plan().sourcesJson);
    return params;
}

bool needsSources(const Json& answer) {
    return memberOf(answer, "needs_sources") == Json(true);
}

Result<FrozenOptions> optionsFrom(const StepPlan& step, const Json& answer) {
    FrozenOptions frozen;
    GREFFE_TRY_ASSIGN(frozen.options, parseJson(step.optionsJson));
    if (step.functions.empty()) return frozen;
    if (const std::string error = textOf(answer, "error"); !error.empty())
        return makeError(Errc::Invalid, error);
    const Json& results = memberOf(answer, "results");
    if (!results.is_array() || results.size() != step.functions.size())
        return makeError(Errc::Corrupt, "the lua worker answered for another number of functions");
    std::size_t at = 0;
    // First of all: where the step is not wanted, its other functions may have nothing to go by.
    for (const auto& [option, function] : step.functions) {
        const Json& result = results[at++];
        if (option != kWhen || memberOf(result, "ok") != Json(true)) continue;
        const Json& value = memberOf(result, "value");
        frozen.isWanted = value == Json(true);
        if (value.is_null() || value == Json(false)) return frozen;
    }
    at = 0;
    for (const auto& [option, function] : step.functions) {
        const Json& result = results[at++];
        if (memberOf(result, "ok") != Json(true)) {
            // The place where it failed, which may be in a file that the function's file includes.
            FunctionReference place = function;
            if (const std::string file = textOf(result, "file"); !file.empty())
                place = {function.path, file, static_cast<int>(numberOf(result, "line"))};
            return functionError(step, option, place, textOf(result, "message"));
        }
        const Json& value = memberOf(result, "value");
        if (const std::string wanted = wantedInstead(step, option, value); !wanted.empty())
            return functionError(step, option, function, fmt::format("it must return {}", wanted));
        if (option == kWhen) {
            frozen.isWanted = value == Json(true);
        } else {
            replaceAt(frozen.options, option, value);
        }
    }
    if (frozen.isWanted) GREFFE_TRY(checkRules(step, results));
    return frozen;
}

}  // namespace greffe
