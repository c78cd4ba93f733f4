// SPDX-License-Identifier: Apache-2.0
#include "simulate/timeline.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

namespace greffe {
namespace {

std::string attachmentsText(const LedgerEntry& sent) {
    std::string text;
    for (const LedgerEntry::Attachment& one : sent.attachments)
        text += fmt::format("{}{}", text.empty() ? " with " : ", ", displayText(one.name));
    return text;
}

std::string signersText(const LedgerEntry& sent) {
    std::string text;
    for (const Json& signer : memberOf(sent.params, "signers"))
        text +=
            fmt::format("{}{} {} <{}>", text.empty() ? "" : ", ", displayText(textOf(signer, "first_name")),
                        displayText(textOf(signer, "last_name")), displayText(textOf(signer, "email")));
    return text;
}

std::string ledgerText(const LedgerEntry& sent) {
    if (sent.operation == "stamp") return fmt::format("a time-stamp of {}", sent.instance);
    if (sent.operation == "notify.send")
        return fmt::format("\"{}\" to {} by {}{}", displayText(textOf(sent.params, "subject")),
                           displayText(textOf(sent.params, "recipient")), sent.instance,
                           attachmentsText(sent));
    if (sent.operation == "sign.send")
        return fmt::format("\"{}\" to be signed by {} at {}{}", displayText(textOf(sent.params, "name")),
                           signersText(sent), sent.instance, attachmentsText(sent));
    if (sent.operation == "sign.cancel")
        return fmt::format("to {}: the request is taken back", sent.instance);
    return fmt::format("{} of {}{}", sent.operation, sent.instance, attachmentsText(sent));
}

Outgoing partsOf(const LedgerEntry& sent) {
    Outgoing parts{sent.instance,
                   textOf(sent.params, "recipient"),
                   textOf(sent.params, "subject"),
                   textOf(sent.params, "text"),
                   sent.params.contains("html"),
                   {},
                   sent.answer};
    if (sent.operation == "sign.send") {
        parts.recipient = signersText(sent);
        parts.subject = textOf(sent.params, "name");
    }
    for (const LedgerEntry::Attachment& one : sent.attachments)
        parts.attachments.push_back(one.name);
    return parts;
}

std::string_view mannerText(Verdict answer) {
    switch (answer) {
        case Verdict::Done: return "";
        case Verdict::Uncertain: return " (outcome unknown)";
        case Verdict::RetryLater: return " (no answer)";
        default: return " (refused)";
    }
}

std::vector<SentNote> ledgerNotes(const EffectLedger& ledger) {
    std::vector<SentNote> notes;
    for (const LedgerEntry& sent : ledger.entries())
        notes.push_back({sent.key, sent.atMs, sent.operation == "stamp" ? "would ask" : "would send",
                         ledgerText(sent) + std::string(mannerText(sent.answer)), partsOf(sent)});
    return notes;
}

void namePlaces(DossierStory& story, const OwnPaths& paths) {
    story.waits = paths.in(story.waits);
    for (TimelineEntry& entry : story.entries) {
        entry.text = paths.in(entry.text);
        entry.explanation = paths.in(entry.explanation);
        for (TimelineEntry::Note& note : entry.notes)
            note.place = paths.in(note.place);
    }
}

}  // namespace

Result<DossierStory> storyOf(World& world, const std::string& dossier, const std::string& language) {
    StoryRows known;
    GREFFE_TRY_ASSIGN(known.rows, readDossierRows(world.reader(), dossier));
    GREFFE_TRY_ASSIGN(known.tasks, world.reader().tasks(dossier, false));
    known.pipeline = world.plan().findPipeline(known.rows.dossier.pipeline);
    known.sent = ledgerNotes(world.ledger());
    if (known.pipeline == nullptr)
        return makeError(Errc::Corrupt, "the dossier's pipeline is not in the plan");
    DossierStory story = tellStory(known, language);
    namePlaces(story, world.ownPaths());
    return story;
}

}  // namespace greffe
