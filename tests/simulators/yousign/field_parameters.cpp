// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/field_parameters.h"

#include "simulators/yousign/request_life.h"

namespace greffe::simulators {
namespace {

using Need = Parameters::Need;

void keepNumber(Json& members, const char* key, std::optional<std::int64_t> value) {
    if (value) members[key] = *value;
}

void readPlace(Parameters& parameters, Json& members) {
    keepNumber(members, "page", parameters.integer("page", Need::Required, 1, 32767));
    if (textOf(members, "type") == "radio_group") return;  // its buttons have places of their own
    keepNumber(members, "x", parameters.integer("x", Need::Required, 0, 32767));
    keepNumber(members, "y", parameters.integer("y", Need::Required, 0, 32767));
}

void readSize(Parameters& parameters, Json& members) {
    const std::string type = textOf(members, "type");
    const bool isSignature = type == "signature";
    if (type == "checkbox") {
        keepNumber(members, "size", parameters.integer("size", Need::Optional, 8, 240));
        return;
    }
    keepNumber(members, "width", parameters.integer("width", Need::Optional, isSignature ? 85 : 24, 2000));
    keepNumber(members, "height", parameters.integer("height", Need::Optional, isSignature ? 37 : 1, 1000));
    if (isSignature && !members.contains("width")) members["width"] = 85;
    if (isSignature && !members.contains("height")) members["height"] = 37;
}

// A text's look when the caller does not say: the vendor's own default is not documented.
Json fontOr(const Json& given) {
    Json font = {{"family", "Inconsolata"},
                 {"color", "#000000"},
                 {"size", 12},
                 {"variants", {{"italic", false}, {"bold", false}}}};
    if (given.is_object()) font.merge_patch(given);
    return font;
}

// Keys that every field of its kind has in answers, whatever was sent.
void addWhatAnswersHave(Json& members, const Json& body) {
    const std::string type = textOf(members, "type");
    for (const char* echoed : {"name", "instruction", "default_value", "read_only"})
        if (body.contains(echoed)) members[echoed] = memberOf(body, echoed);
    if (type == "signature") {
        members["display"] = body.value("display", Json{{"layout", "minimal"}});
        return;
    }
    if (type == "checkbox" || type == "radio_group") {
        members["name"] = memberOf(body, "name");
        if (type == "radio_group") members["optional"] = boolOf(body, "optional");
        return;
    }
    members["font"] = fontOr(memberOf(body, "font"));
    if (!members.contains("width")) members["width"] = 150;
    if (!members.contains("height")) members["height"] = 24;
    if (type != "text") return;
    members["answer"] = nullptr;
    members["instruction"] = memberOf(body, "instruction");
}

// Each with a place of its own; none is chosen yet.
Json readRadios(Parameters& parameters) {
    Json radios = parameters.array("radios", Need::Required);
    for (Json& each : radios) {
        if (!each.is_object() || !memberOf(each, "x").is_number_integer() ||
            !memberOf(each, "y").is_number_integer()) {
            parameters.complain("radios", "These values should have x and y.");
            return Json::array();
        }
        each["name"] = memberOf(each, "name");
        each["size"] = numberOf(each, "size", 24);
        each["checked"] = boolOf(each, "checked");
    }
    return radios;
}

void readKind(Parameters& parameters, Json& members, FieldOrigin origin) {
    const std::string type = textOf(members, "type");
    const Need insideSigner = origin == FieldOrigin::Signer ? Need::Required : Need::Optional;
    if (type == "signature") {
        const std::string reason = parameters.text("reason", Need::Optional, 0, 150);
        members["reason"] = reason.empty() ? Json() : Json(reason);
    } else if (type == "mention") {
        members["mention"] = parameters.text("mention", Need::Required, 1, 255);
    } else if (type == "text") {
        keepNumber(members, "max_length", parameters.integer("max_length", Need::Required, 1, 32767));
        members["question"] = parameters.text("question", Need::Required, 0, 255);
        members["optional"] = parameters.flag("optional", insideSigner);
    } else if (type == "checkbox") {
        members["optional"] = parameters.flag("optional", insideSigner);
        members["checked"] = parameters.flag("checked", insideSigner);
    } else if (type == "radio_group") {
        members["radios"] = readRadios(parameters);
    } else if (type == "read_only_text") {
        members["text"] = parameters.text("text", Need::Required, 1, 5000);
    }
}

}  // namespace

SignatureField readField(const Json& body, const std::string& prefix, FieldOrigin origin,
                         std::vector<InvalidParameter>& problems) {
    SignatureField field;
    field.id = newUuid();
    Parameters parameters(body, problems, prefix);
    std::vector<std::string> types = {"signature", "mention", "text", "checkbox", "radio_group"};
    if (origin == FieldOrigin::Document) types.insert(types.end(), {"read_only_text", "signature_date"});
    field.type = parameters.choice("type", Need::Required, types);
    field.members = {{"type", field.type}};
    if (origin == FieldOrigin::Signer)
        field.documentId = parameters.text("document_id", Need::Required, 36, 36);
    else if (field.type != "read_only_text")
        field.signerId = parameters.text("signer_id", Need::Required, 36, 36);
    readPlace(parameters, field.members);
    readSize(parameters, field.members);
    readKind(parameters, field.members, origin);
    addWhatAnswersHave(field.members, body);
    return field;
}

}  // namespace greffe::simulators
