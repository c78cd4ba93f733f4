// SPDX-License-Identifier: Apache-2.0
#include "oneshot/kept_story.h"

#include "base/bytes_text.h"
#include "oneshot/contradiction.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// As much as the archiver reads of each; facts of a step, which may be deep themselves, stand in a line.
constexpr JsonLimits kStoryLimits{128, 64U << 20U, false};
constexpr std::int64_t kFirstThatSaysItsEnd = 2;

Result<Json> readObject(const std::string& where, std::string_view text) {
    auto json = parseJson(text, kStoryLimits);
    if (!json)
        return makeError(Errc::Corrupt,
                         withAdvice(fmt::format("{} cannot be read: {}", where, json.error().message)));
    if (!json->is_object())
        return makeError(Errc::Corrupt, withAdvice(fmt::format("{} is no JSON object", where)));
    return std::move(*json);
}

std::string shownName(const ToldDocument& document) {
    if (!document.member.empty()) return displayText(document.member);
    return fmt::format("the document \"{}\" that is not kept", displayText(document.name));
}

ToldDocument documentOf(const Json& entry) {
    ToldDocument document;
    document.member = textOf(entry, "name");
    document.id = textOf(entry, "id");
    document.slot = textOf(entry, "slot");
    document.producedBy = textOf(entry, "produced_by");
    document.derivedFrom = textOf(entry, "derived_from");
    document.name = bytesOf(entry, "original_name");
    document.sha256 = textOf(entry, "sha256");
    document.mediaType = textOf(entry, "media_type");
    document.sizeBytes = numberOf(entry, "size_bytes");
    document.shown = shownName(document);
    return document;
}

}  // namespace

bool KeptStory::saysWhereItEnds() const {
    return numberOf(manifest, "version") >= kFirstThatSaysItsEnd;
}

Result<KeptStory> readKeptStory(std::string_view manifest, std::string_view receipt,
                                std::string_view journal) {
    KeptStory story;
    GREFFE_TRY_ASSIGN(story.manifest, readObject("member \"manifest.json\"", manifest));
    GREFFE_TRY_ASSIGN(story.receipt, readObject("member \"receipt.json\"", receipt));
    while (!journal.empty()) {
        const std::size_t end = std::min(journal.find('\n'), journal.size());
        GREFFE_TRY_ASSIGN(Json line,
                          readObject(journalLineName(story.journal.size() + 1), journal.substr(0, end)));
        story.journal.push_back(std::move(line));
        journal.remove_prefix(std::min(end + 1, journal.size()));
    }
    if (story.journal.empty())
        return makeError(Errc::Corrupt, withAdvice("member \"journal.jsonl\" has no line"));
    for (const char* list : {"members", "not_kept"})
        for (const Json& entry : memberOf(story.manifest, list)) {
            const std::string name = textOf(entry, "name");
            if (name != kReceiptMember && name != kJournalMember)
                story.documents.push_back(documentOf(entry));
        }
    return story;
}

}  // namespace greffe
