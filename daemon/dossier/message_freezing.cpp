// SPDX-License-Identifier: Apache-2.0
#include "dossier/message_freezing.h"

#include "base/bytes_text.h"
#include "intake/admission.h"
#include "messages/message_templates.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMostRecipients = 200;

struct Recipient {
    std::string name, address, language;
};

bool isAscii(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool hasRole(const Json& party, const std::string& role) {
    if (textOf(party, "role") == role) return true;
    const Json& roles = memberOf(party, "roles");
    return roles.is_array() && std::find(roles.begin(), roles.end(), Json(role)) != roles.end();
}

// Addresses stand for themselves, roles for the parties that have them; nobody gets the same message twice.
Result<std::vector<Recipient>> recipientsOf(const DossierRun& run, const Json& to) {
    const Json parties = storedJson(run.dossier.partiesJson);
    std::vector<Recipient> recipients;
    const auto add = [&](Recipient recipient) {
        const bool isKnown = std::any_of(recipients.begin(), recipients.end(), [&](const Recipient& each) {
            return each.address == recipient.address;
        });
        if (!isKnown) recipients.push_back(std::move(recipient));
    };
    for (const Json& entry : to) {
        const std::string who = entry.is_string() ? entry.get<std::string>() : std::string();
        if (who.find('@') != std::string::npos) {
            add({"", who, ""});
            continue;
        }
        bool isSomebody = false;
        for (const Json& party : parties) {
            if (!hasRole(party, who)) continue;
            isSomebody = true;
            const std::string address = textOf(party, "email");
            if (address.empty())
                return makeError(Errc::Invalid, fmt::format("the party \"{}\" ({}) has no e-mail address",
                                                            displayText(textOf(party, "name")), who));
            add({textOf(party, "name"), address, textOf(party, "language")});
        }
        if (!isSomebody)
            return makeError(Errc::Invalid, fmt::format("no party has the role \"{}\"", displayText(who)));
    }
    if (recipients.empty()) return makeError(Errc::Invalid, "there is nobody to tell");
    if (recipients.size() > kMostRecipients)
        return makeError(Errc::Invalid,
                         fmt::format("{} recipients; {} at most", recipients.size(), kMostRecipients));
    return recipients;
}

std::string languageFor(const DossierRun& run, const Json& options, const Recipient& recipient) {
    for (const std::string& language : {textOf(options, "language"), recipient.language,
                                        run.pipeline().language, run.plan().settings.language})
        if (!language.empty()) return language;
    return "fr";
}

// Inside `each` the item that the step is about, "" elsewhere: what tells its messages from those of the
// others.
std::string itemPathOf(const Json& options) {
    return textOf(memberOf(options, "@item"), "path");
}

// What people call the dossier by: its document, whatever the slot is called, else the file that was dropped.
std::string nameOfWhatItIsAbout(const DossierRun& run, const std::string& item) {
    if (const DocumentRow* document = run.documentNamed(item, kDocumentSlot)) return document->name;
    const auto received =
        std::find_if(run.documents.begin(), run.documents.end(), [](const DocumentRow& document) {
            return document.producedBy.empty() && document.slot != kManifestSlot;
        });
    return received != run.documents.end() ? received->name : run.dossier.source.name;
}

// The dossier's view and what a message needs beside it.
Json messageView(const DossierRun& run, const StepPlan& step, const std::string& item,
                 const Recipient& recipient) {
    Json view = run.view(item);
    view["document_name"] = displayText(nameOfWhatItIsAbout(run, item));
    view["document_list"] = Json::array();
    for (const auto& [slot, entry] : view["documents"].items())
        view["document_list"].push_back({{"slot", slot}, {"name", textOf(entry, "name")}});
    view["recipient"] = {{"name", recipient.name}, {"address", recipient.address}};
    view["support_contact"] = run.plan().settings.supportContact;
    view["reason"] = run.dossier.reason;
    view["explanation"] = run.dossier.explanation;
    view["step"] = step.id;
    return view;
}

// language: the one that is wanted; afterwards the one that it is written in.
Result<MessageText> textFor(const DossierRun& run, const StepPlan& step, const Json& options,
                            const Recipient& recipient, std::string& language) {
    const std::string name = textOf(options, "template");
    if (name.empty()) {
        // Written in the pipeline, or made by a function of it: text, not a template.
        TemplatePlan plain;
        plain.name = step.id;
        plain.language = language;
        plain.subject = "{{subject}}";
        plain.text = "{{text}}";
        return renderMessage(plain,
                             {{"subject", textOf(options, "subject")}, {"text", textOf(options, "text")}});
    }
    const TemplatePlan* found = findTemplate(run.plan(), name, language);
    if (found == nullptr) return makeError(Errc::NotFound, fmt::format("there is no template \"{}\"", name));
    if (!found->language.empty()) language = found->language;
    return renderMessage(*found, messageView(run, step, itemPathOf(options), recipient));
}

// What stands behind the '@' of Message-IDs: the sender's domain, which is what mail servers expect there.
std::string idDomain(const DossierRun& run, const std::string& via) {
    const InstancePlan* notifier = run.plan().findInstance("notifier", via);
    const Json options = notifier != nullptr ? storedJson(notifier->optionsJson) : Json();
    const std::string from = textOf(options, "from");
    const std::size_t at = from.find('@');
    const std::string domain = at == std::string::npos ? std::string() : from.substr(at + 1);
    return domain.empty() || !isAscii(domain) ? "greffe.invalid" : domain;
}

Result<Json> frozen(const DossierRun& run, const StepPlan& step, const Json& options, std::int64_t nowMs) {
    const std::string via = textOf(options, "via");
    const std::string item = itemPathOf(options);
    const InstancePlan* const notifier = run.plan().findInstance("notifier", via);
    const bool isForSystem = notifier != nullptr && isForSystems(*notifier);
    std::vector<Recipient> recipients = {{"", via, ""}};
    // A system is one recipient, whoever is named: it has no mailbox.
    if (!isForSystem) {
        GREFFE_TRY_ASSIGN(recipients, recipientsOf(run, memberOf(options, "to")));
    }
    Json attachments = Json::array();
    Json names = Json::array();
    for (const Json& slot : memberOf(options, "attach")) {
        const DocumentRow* document =
            run.documentNamed(item, slot.is_string() ? slot.get<std::string>() : std::string());
        if (document == nullptr)
            return makeError(Errc::NotFound,
                             fmt::format("there is no document {} to attach", dumpJson(slot)));
        names.push_back({{"document", attachments.size()}, {"name", displayText(document->name)}});
        attachments.push_back({{"id", document->id}});
    }
    const std::string key = effectKey(run.id(), step.id, item);
    const std::string domain = idDomain(run, via);
    Json messages = Json::array();
    for (const Recipient& recipient : recipients) {
        std::string language = languageFor(run, options, recipient);
        GREFFE_TRY_ASSIGN(const MessageText text, textFor(run, step, options, recipient, language));
        const std::string unique = toHex(sha256(key + "\n" + recipient.address)).substr(0, 32);
        const Json person = {{"name", recipient.name}, {"address", recipient.address}};
        Json message = {{"message_id", fmt::format("<{}@{}>", unique, domain)},
                        {"recipient", recipient.address},
                        {"to", Json::array({person})},
                        {"subject", text.subject},
                        {"text", text.text},
                        {"language", language},
                        {"event", textOf(options, "template", "notification")},
                        {"date_unix", nowMs / 1000},
                        {"dossier", run.id()},
                        {"step", step.id},
                        {"attachments", names}};
        if (!text.html.empty()) message["html"] = text.html;
        messages.push_back(std::move(message));
    }
    return Json{{"messages", std::move(messages)}, {"attachments", std::move(attachments)}};
}

}  // namespace

Json freezeMessages(const DossierRun& run, const StepPlan& step, Json options, std::int64_t nowMs) {
    // A later attempt says what the first one said, to the same people.
    for (const EffectRow& effect : run.effects) {
        if (effect.step != step.id || effect.item != itemPathOf(options)) continue;
        const Json earlier = storedJson(effect.paramsJson);
        if (memberOf(earlier, "messages").empty()) continue;
        options["messages"] = earlier["messages"];
        options["attachments"] = memberOf(earlier, "attachments");
        return options;
    }
    auto made = frozen(run, step, options, nowMs);
    if (made) {
        options.update(*made);
    } else {
        options["problem"] = made.error().text();
    }
    return options;
}

}  // namespace greffe
