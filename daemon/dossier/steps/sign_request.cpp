// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/sign_request.h"

#include "base/bytes_text.h"
#include "dossier/steps/waiting.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr std::size_t kIdLetters = 12;
constexpr std::size_t kMostNameBytes = 120;
constexpr double kPointsPerMillimetre = 72.0 / 25.4;

// "Anne Le Goff" of a party that says its name in one: the first word, and the rest.
void splitName(const Json& party, Json& signer) {
    const std::string whole = textOf(party, "name");
    const std::size_t blank = whole.find(' ');
    signer["first_name"] = textOf(party, "first_name", whole.substr(0, blank));
    signer["last_name"] =
        textOf(party, "last_name", blank == std::string::npos ? whole : whole.substr(blank + 1));
}

Result<Json> signerOf(const DossierRun& run, const Json& options, const Json& party, std::string id) {
    Json signer = {{"id", std::move(id)}};
    splitName(party, signer);
    const std::string who = displayText(textOf(party, "name", textOf(party, "email")));
    if (textOf(signer, "last_name").empty())
        return makeError(Errc::Invalid, fmt::format("a signer ({}) has no name", who));
    signer["email"] = textOf(party, "email");
    signer["phone"] = party.contains("phone") ? party["phone"] : Json();
    if (textOf(signer, "email").empty())
        return makeError(Errc::Invalid, fmt::format("the signer \"{}\" has no e-mail address", who));
    const std::string authentication = textOf(options, "authentication");
    if (authentication == "sms" && textOf(party, "phone").empty())
        return makeError(Errc::Invalid,
                         fmt::format("the signer \"{}\" has no phone number for the code", who));
    signer["authentication"] = authentication;
    for (const std::string& language : {textOf(party, "language"), textOf(options, "language"),
                                        run.pipeline().language, run.plan().settings.language})
        if (!language.empty() && !signer.contains("language")) signer["language"] = language;
    signer["fields"] = Json::array();
    return signer;
}

// Whom the option names: roles of the parties, or what its function returned.
Result<Json> signersOf(const DossierRun& run, const Json& options) {
    const Json parties = storedJson(run.dossier.partiesJson);
    Json signers = Json::array();
    for (const Json& wanted : memberOf(options, "signers")) {
        if (wanted.is_object()) {
            const std::string id = fmt::format("signer-{}", signers.size() + 1);
            GREFFE_TRY_ASSIGN(Json signer, signerOf(run, options, wanted, id));
            signers.push_back(std::move(signer));
            continue;
        }
        const std::string role = wanted.is_string() ? wanted.get<std::string>() : std::string();
        int number = 0;
        for (const Json& party : parties) {
            if (textOf(party, "role") != role) continue;
            GREFFE_TRY_ASSIGN(Json signer,
                              signerOf(run, options, party, fmt::format("{}-{}", role, ++number)));
            signers.push_back(std::move(signer));
        }
        if (number == 0)
            return makeError(Errc::Invalid, fmt::format("no party has the role \"{}\"", displayText(role)));
    }
    if (signers.empty()) return makeError(Errc::Invalid, "there is nobody to sign");
    return signers;
}

// Each place goes to every signer of its role; "tenant" means tenant-1, tenant-2 and so on.
Status placeFields(const Json& options, const Json& documents, Json& signers) {
    for (const Json& field : memberOf(options, "fields")) {
        const std::string role = textOf(field, "signer");
        const std::string slot = textOf(field, "document", textOf(documents.at(0), "slot"));
        int index = -1;
        for (std::size_t i = 0; i < documents.size(); ++i)
            if (textOf(documents[i], "slot") == slot) index = static_cast<int>(i);
        if (index < 0)
            return makeError(Errc::Invalid, fmt::format("a field lies on \"{}\", which is not signed", slot));
        const auto points = [&](const char* name) {
            return memberOf(field, name).get<double>() * kPointsPerMillimetre;
        };
        bool isSomebodys = false;
        for (Json& signer : signers) {
            const std::string id = textOf(signer, "id");
            if (id != role && id.substr(0, id.rfind('-')) != role) continue;
            isSomebodys = true;
            signer["fields"].push_back({{"document", index},
                                        {"page", numberOf(field, "page")},
                                        {"x", points("x")},
                                        {"y", points("top")},
                                        {"width", points("width")},
                                        {"height", points("height")}});
        }
        if (!isSomebodys)
            return makeError(Errc::Invalid, fmt::format("a field is for \"{}\", who does not sign", role));
    }
    return {};
}

Result<Json> requestFor(const DossierRun& run, Json& options) {
    const std::string item = textOf(memberOf(options, "@item"), "path");
    Json sends = Json::array();
    Json names = Json::array();
    for (const Json& wanted : memberOf(options, "documents")) {
        const std::string slot = wanted.is_string() ? wanted.get<std::string>() : std::string();
        const DocumentRow* const document = run.documentNamed(item, slot);
        if (document == nullptr)
            return makeError(Errc::Invalid, fmt::format("the dossier has no document \"{}\"", slot));
        sends.push_back({{"id", document->id}, {"slot", slot}});
        names.push_back({{"name", document->name}});
    }
    if (sends.empty()) return makeError(Errc::Invalid, "there is nothing to sign");
    GREFFE_TRY_ASSIGN(Json signers, signersOf(run, options));
    GREFFE_TRY(placeFields(options, sends, signers));
    options["sends"] = std::move(sends);
    std::string name = textOf(options, "name");
    if (name.empty()) name = textOf(names[0], "name");
    const std::int64_t expiresMs = expiryOf(options);
    return Json{{"external_id", textOf(options, "external_id")},
                {"name", clipUtf8(displayText(name), kMostNameBytes)},
                {"level", textOf(options, "level")},
                {"language", textOf(signers[0], "language")},
                {"ordered", boolOf(options, "ordered")},
                {"may_decline", boolOf(options, "may_decline")},
                {"delivery", "provider"},
                {"expires_unix", expiresMs != 0 ? Json(expiresMs / 1000) : Json()},
                {"reminders", Json()},
                {"note", options.contains("note") ? options["note"] : Json()},
                {"documents", std::move(names)},
                {"signers", std::move(signers)}};
}

}  // namespace

Json freezeSignatureRequest(const DossierRun& run, const StepPlan& step, Json options, std::int64_t nowMs) {
    freezeExpiry(options, nowMs);
    const std::string item = textOf(memberOf(options, "@item"), "path");
    // The same on every attempt: by it a provider finds what an earlier one sent.
    options["external_id"] = run.id() + "-" + effectKey(run.id(), step.id, item).substr(0, kIdLetters);
    auto request = requestFor(run, options);
    if (request)
        options["request"] = std::move(*request);
    else
        options["problem"] = request.error().message;
    return options;
}

}  // namespace greffe
