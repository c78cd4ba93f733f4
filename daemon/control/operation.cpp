// SPDX-License-Identifier: Apache-2.0
#include "control/operation.h"

#include "base/ulid.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

bool fits(const Json& value, ParameterSpec::Kind kind) {
    switch (kind) {
        case ParameterSpec::Kind::Text: return value.is_string();
        case ParameterSpec::Kind::Number: return value.is_number_integer();
        case ParameterSpec::Kind::Flag: return value.is_boolean();
        case ParameterSpec::Kind::Object: return value.is_object();
    }
    return false;
}

std::string_view kindName(ParameterSpec::Kind kind) {
    constexpr std::string_view kNames[] = {"a text", "a whole number", "true or false", "an object"};
    return kNames[static_cast<std::size_t>(kind)];
}

Status checkParameters(const Operation& operation, const Json& params) {
    for (const auto& [name, value] : params.items()) {
        const std::string& key = name;
        const auto spec = std::find_if(operation.parameters.begin(), operation.parameters.end(),
                                       [&](const ParameterSpec& row) { return row.name == key; });
        if (spec == operation.parameters.end())
            return makeError(Errc::Invalid, fmt::format("{}: unknown parameter \"{}\"", operation.name, key));
        if (!fits(value, spec->kind))
            return makeError(Errc::Invalid, fmt::format("{}: parameter \"{}\" must be {}", operation.name,
                                                        key, kindName(spec->kind)));
    }
    for (const ParameterSpec& spec : operation.parameters) {
        if (!spec.isRequired) continue;
        const Json& value = memberOf(params, spec.name);
        if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()))
            return makeError(Errc::Invalid,
                             fmt::format("{}: parameter \"{}\" is required", operation.name, spec.name));
    }
    return {};
}

// People write ids as they see them: 01kamv… is 01KAMV… (Crockford's base 32 has one case).
void writeIdAsItIs(Json& params, const char* name) {
    std::string id = textOf(params, name);
    for (char& letter : id)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    if (isUlid(id)) params[name] = std::move(id);
}

}  // namespace

std::span<const Operation> operationTable() {
    static const std::vector<Operation> table = [] {
        std::vector<Operation> all;
        for (const auto& rows : {houseOperations(), dossierOperations(), moveOperations(), eventOperations(),
                                 importOperations(), fetchOperations(), careOperations()})
            all.insert(all.end(), rows.begin(), rows.end());
        return all;
    }();
    return table;
}

const Operation* findOperation(std::string_view name) {
    for (const Operation& operation : operationTable())
        if (operation.name == name) return &operation;
    return nullptr;
}

void runOperation(ControlDesk& desk, ControlCall call) {
    const Operation* operation = findOperation(call.request.operation);
    if (operation == nullptr)
        return call.reply->finish(makeError(Errc::Unsupported,
                                            fmt::format("no operation \"{}\"", call.request.operation),
                                            "this daemon may be older than its client"));
    if (const Status good = checkParameters(*operation, call.request.params); !good)
        return call.reply->finish(good.error());
    auto shared = std::make_shared<OperationCall>();
    shared->params = std::move(call.request.params);
    for (const char* name : {"dossier", "task", "about", "document"})
        writeIdAsItIs(shared->params, name);
    shared->actor = "operator:" + call.peer.user;
    shared->descriptors = std::move(call.descriptors);
    shared->reply = std::move(call.reply);
    operation->run(desk, shared);
}

}  // namespace greffe
