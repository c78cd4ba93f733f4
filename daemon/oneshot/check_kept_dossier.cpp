// SPDX-License-Identifier: Apache-2.0
#include "base/bytes_text.h"
#include "base/ulid.h"
#include "oneshot/contradiction.h"
#include "oneshot/jobs.h"
#include "oneshot/journaled_seals.h"
#include "oneshot/kept_contradictions.h"
#include "oneshot/kept_story.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace greffe {
namespace {

constexpr const char* kArchiver = "archive-folder";
constexpr const char* kSealedSlot = "sealed";
constexpr const char* kPdf = "application/pdf";
constexpr std::size_t kMembersACall = 50;  // an answer carries that many descriptors easily

class KeptCheck {
public:
    KeptCheck(OneShot& shot, const CallInput& container) : shot_(shot), container_(container) {}

    JobVerdict run() {
        const CallOutcome checked =
            shot_.call(PoolKind::Documents, callRequest("archive.verify", kArchiver, "{}", {container_}));
        verdict_ = verdictOf(checked, shot_.trouble());
        // Whatever else is wrong: it is what tells this container from the one that the office kept.
        verdict_.facts["sha256"] = toHex(container_.sha256);
        if (verdict_.standing != Standing::Good) return std::move(verdict_);
        verdict_.facts["seals"] = Json::array();
        if (readStory()) checkDocuments();
        return std::move(verdict_);
    }

private:
    void bad(std::string text, Reason reason = Reason::BytesLost) {
        verdict_.add(Standing::Bad, {std::string(reasonCode(reason)), std::move(text)});
    }

    // What the container says of itself.
    bool readStory() {
        if (!takeOut({kManifestMember, kReceiptMember, kJournalMember})) return false;
        std::vector<MappedFile> texts;
        for (const char* name : {kManifestMember, kReceiptMember, kJournalMember}) {
            auto text = mapped(name);
            if (!text) return false;
            texts.push_back(std::move(*text));
        }
        auto story = readKeptStory(texts[0].bytes(), texts[1].bytes(), texts[2].bytes());
        if (!story) {
            bad(story.error().message);
            return false;
        }
        story_ = std::move(*story);
        seals_ = journaledSeals(story_);
        for (std::string& text : contradictionsIn(story_))
            bad(std::move(text));
        return true;
    }

    std::optional<MappedFile> mapped(const std::string& member) {
        const CallArtifact& artifact = taken_.at(member);
        auto bytes = MappedFile::map(artifact.fd->get(), 0, artifact.sizeBytes);
        if (bytes) return std::move(*bytes);
        verdict_.add(Standing::Unknown,
                     {std::string(reasonCode(Reason::StorageError)), bytes.error().text()});
        return std::nullopt;
    }

    // A result of a step that sealed, whatever its slot or its type are called.
    bool mustBeSealed(const ToldDocument& document) const {
        return document.isResult() &&
               (document.slot == kSealedSlot || !sealsOfStep(seals_, document.producedBy).empty());
    }

    // What a seal was appended to, when that is kept, too.
    const ToldDocument* baseOf(const ToldDocument& document) const {
        if (sealsOfStep(seals_, document.producedBy).empty() || document.derivedFrom.empty()) return nullptr;
        for (const ToldDocument& other : story_.documents)
            if (other.id == document.derivedFrom && !other.member.empty()) return &other;
        return nullptr;
    }

    void checkDocuments() {
        std::set<std::string> wanted;
        std::vector<const ToldDocument*> looked;
        for (const ToldDocument& document : story_.documents) {
            if (document.member.empty() || !document.isResult()) continue;
            if (!mustBeSealed(document) && document.mediaType != kPdf) continue;
            looked.push_back(&document);
            wanted.insert(document.member);
            if (const ToldDocument* base = baseOf(document)) wanted.insert(base->member);
        }
        if (!takeOut({wanted.begin(), wanted.end()})) return;
        for (const ToldDocument* document : looked) {
            checkSeals(*document);
            checkBeginning(*document);
        }
    }

    bool takeOut(const std::vector<std::string>& members) {
        for (std::size_t at = 0; at < members.size(); at += kMembersACall) {
            const auto from = members.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t count = std::min(kMembersACall, members.size() - at);
            if (!takeFew({from, from + static_cast<std::ptrdiff_t>(count)})) return false;
        }
        return true;
    }

    bool takeFew(const std::vector<std::string>& members) {
        const CallOutcome taken =
            shot_.call(PoolKind::Documents,
                       callRequest("transform", kArchiver, dumpJson({{"members", members}}), {container_}));
        const JobVerdict end = verdictOf(taken, shot_.trouble());
        for (const Problem& problem : end.problems)
            verdict_.add(end.standing, problem);
        if (end.standing != Standing::Good) return false;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const std::string artifactName = fmt::format("member-{:03}", i + 1);
            const auto artifact =
                std::find_if(taken.artifacts.begin(), taken.artifacts.end(),
                             [&](const CallArtifact& each) { return each.name == artifactName; });
            if (artifact == taken.artifacts.end()) {
                verdict_.add(Standing::Unknown, {std::string(reasonCode(Reason::PluginFault)),
                                                 "the archiver did not give " + displayText(members[i])});
                return false;
            }
            taken_[members[i]] = *artifact;
        }
        return true;
    }

    void checkSeals(const ToldDocument& told) {
        const CallArtifact& artifact = taken_.at(told.member);
        CallInput document;
        document.fd = artifact.fd;
        document.sizeBytes = artifact.sizeBytes;
        document.slot = "document";
        document.name = told.member;
        document.mediaType = told.mediaType;
        if (!fromHex(told.sha256, document.sha256)) return bad(told.shown + " has no digest");
        const CallOutcome outcome =
            shot_.call(PoolKind::Documents, callRequest("inspect", "document-pdf", "{}", {document}));
        const JobVerdict end = verdictOf(outcome, shot_.trouble());
        for (const Problem& problem : end.problems)
            verdict_.add(end.standing, {problem.code, told.shown + ": " + problem.text});
        if (end.standing == Standing::Good) judgeSeals(told, memberOf(end.facts, "signatures"));
    }

    // The name of the field that a step of this dossier seals in.
    bool isFieldOf(const JournaledSeal& seal, const std::string& field) const {
        return field == fmt::format("Greffe-{}-{}", seal.step, shortId(textOf(story_.manifest, "dossier")));
    }

    // The lines of the journal that tell of a signature: of the seal that closes a sealed document those of
    // the step that made it; of an earlier one those of the step whose field it is in.
    std::vector<JournaledSeal> linesOf(const ToldDocument& told, const Json& signature,
                                       bool isClosing) const {
        if (isClosing && mustBeSealed(told)) return sealsOfStep(seals_, told.producedBy);
        std::vector<JournaledSeal> lines;
        for (const JournaledSeal& seal : seals_)
            if (isFieldOf(seal, textOf(signature, "field"))) lines.push_back(seal);
        return lines;
    }

    // What was sealed here must be under a seal that covers all of it and holds, and is the one that the
    // journal tells of. Signatures that came with the document are told of; they were judged when it was
    // taken.
    void judgeSeals(const ToldDocument& told, const Json& signatures) {
        bool isSealed = false;
        std::string why = "it carries none";
        for (const Json& signature : signatures) {
            const bool isWhole = textOf(signature, "coverage") == "whole_file" &&
                                 textOf(signature, "kind") != "document_timestamp";
            const bool isClosing = isWhole && boolOf(signature, "holds");
            isSealed = isSealed || isClosing;
            if (isWhole) why = textOf(signature, "why");
            report(told, signature);
            for (std::string& text :
                 sealContradictions(told.shown, signature, linesOf(told, signature, isClosing)))
                bad(std::move(text));
        }
        if (!isSealed && mustBeSealed(told)) notSealed(told, why);
    }

    void report(const ToldDocument& told, const Json& signature) {
        Json seal = {{"member", told.member}};
        for (const char* fact : {"field", "signer", "certificate_sha256", "claimed_time", "coverage",
                                 "timestamp", "holds", "why"})
            seal[fact] = memberOf(signature, fact);
        verdict_.facts["seals"].push_back(std::move(seal));
    }

    void notSealed(const ToldDocument& told, const std::string& why) {
        const std::vector<JournaledSeal> lines = sealsOfStep(seals_, told.producedBy);
        const std::string who =
            lines.empty() ? fmt::format("its slot in member \"manifest.json\" is \"{}\"", kSealedSlot)
                          : fmt::format("{} says that step \"{}\" sealed it",
                                        journalLineName(lines.back().line), displayText(told.producedBy));
        bad(withAdvice(
                fmt::format("{}: no seal that covers the whole file holds: {}; {}", told.shown, why, who)),
            Reason::SignatureBroken);
    }

    // A seal is appended: what was sealed stands before it, byte by byte.
    void checkBeginning(const ToldDocument& told) {
        const ToldDocument* const base = baseOf(told);
        if (base == nullptr) return;
        const auto whole = mapped(told.member), before = mapped(base->member);
        if (!whole || !before || whole->bytes().substr(0, before->bytes().size()) == before->bytes()) return;
        bad(withAdvice(
            fmt::format("{} does not begin with the bytes of {}, which step \"{}\" sealed: that is "
                        "its \"derived_from\" in member \"manifest.json\"",
                        told.shown, base->shown, displayText(told.producedBy))));
    }

    OneShot& shot_;
    const CallInput& container_;
    JobVerdict verdict_;
    KeptStory story_;
    std::vector<JournaledSeal> seals_;
    std::map<std::string, CallArtifact> taken_;  // members, by name
};

}  // namespace

JobVerdict checkKeptDossier(const HousePaths& paths, const CallInput& container,
                            const OneShot::Began& began) {
    OneShot shot(planWith({}), paths, began);
    return KeptCheck(shot, container).run();
}

}  // namespace greffe
