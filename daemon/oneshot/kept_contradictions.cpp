// SPDX-License-Identifier: Apache-2.0
#include "oneshot/kept_contradictions.h"

#include "base/bytes_text.h"
#include "dossier/dossier_run.h"
#include "dossier/kept_dossier.h"
#include "intake/admission.h"
#include "oneshot/contradiction.h"
#include "oneshot/journaled_seals.h"
#include "oneshot/kept_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

constexpr const char* kResultsFolder = "results/";
constexpr const char* kOriginalsFolder = "originals/";

class Comparison {
public:
    explicit Comparison(const KeptStory& story) : story_(story), lines_(story.journal.size()) {}

    std::vector<std::string> run() {
        compareReceipt();
        compareReceived();
        compareResults();
        compareBeginning();
        checkDocuments();
        checkSteps();
        checkRetention();
        if (story_.saysWhereItEnds()) compareEnd();
        return std::move(found_);
    }

private:
    void add(std::string sentence) { found_.push_back(withAdvice(std::move(sentence))); }
    void mustAgree(const Said& one, const Said& other) {
        if (one.what != other.what || one.what.empty()) found_.push_back(contradictionText(one, other));
    }

    Said inManifest(const std::string& field) const {
        return {placeIn(field, kManifestMember), textOf(story_.manifest, field)};
    }
    Said inReceipt(const std::string& field) const {
        return {placeIn(field, kReceiptMember), textOf(story_.receipt, field)};
    }
    // Of a line, or of its detail.
    Said inLine(std::size_t line, const std::string& field) const {
        return {placeInLine(field, line), textOf(story_.journal[line - 1], field)};
    }
    Said inDetail(std::size_t line, const std::string& field) const {
        return {placeInLine(field, line), textOf(detail(line), field)};
    }
    const Json& detail(std::size_t line) const { return memberOf(story_.journal[line - 1], "detail"); }

    void compareReceipt() {
        for (const char* field : {"dossier", "pipeline", "plan"})
            mustAgree(inReceipt(field), inManifest(field));
        mustAgree(inReceipt("received_at"), inManifest("created"));
        mustAgree(inReceipt("verdict"), {"the receipt of a kept dossier", kKeptVerdict});
    }

    static std::string fileText(const std::string& name, const std::string& sha256, std::int64_t bytes) {
        return fmt::format("\"{}\" with SHA-256 {} and {} bytes", displayText(name), displayText(sha256),
                           bytes);
    }
    static std::string fileText(const ToldDocument& document) {
        return fileText(document.name, document.sha256, document.sizeBytes);
    }
    static std::string fileText(const Json& file) {
        return fileText(bytesOf(file, "name"), textOf(file, "sha256"), numberOf(file, "size_bytes"));
    }

    void compareReceived() {
        std::vector<std::string> originals;
        for (const ToldDocument& document : story_.documents)
            if (!document.isResult() && document.slot == kDocumentSlot)
                originals.push_back(fileText(document));
        const Json& received = memberOf(story_.receipt, "received");
        if (received.is_null() && originals.empty()) return;
        const std::string told = received.is_null() ? "nothing" : fileText(received);
        if (std::find(originals.begin(), originals.end(), told) != originals.end()) return;
        add(fmt::format("{} tells of {}; member \"manifest.json\" lists {} as what was received",
                        placeIn("received", kReceiptMember), told,
                        originals.empty() ? "nothing" : fmt::format("{}", fmt::join(originals, ", "))));
    }

    void compareResults() {
        std::multiset<std::string> told;
        for (const Json& result : memberOf(story_.receipt, "results"))
            told.insert(fileText(result));
        const std::string where = placeIn("results", kReceiptMember);
        for (const ToldDocument& document : story_.documents) {
            if (!document.isResult()) continue;
            const auto same = told.find(fileText(document));
            if (same != told.end())
                told.erase(same);
            else
                add(fmt::format("member \"manifest.json\" lists {}, {}; {} does not tell of it",
                                document.shown, fileText(document), where));
        }
        for (const std::string& file : told)
            add(fmt::format("{} tells of {}; member \"manifest.json\" lists no such result", where, file));
    }

    void compareBeginning() {
        mustAgree(inLine(1, "action"), {"the first line of every journal", std::string(kAdmitted)});
        mustAgree(inLine(1, "at"), inReceipt("received_at"));
        mustAgree({placeInLine("file", 1), bytesOf(detail(1), "file")},
                  {placeIn("file", kReceiptMember), bytesOf(story_.receipt, "file")});
        const Said received = {placeIn("received", kReceiptMember),
                               textOf(memberOf(story_.receipt, "received"), "sha256")};
        const Said admitted = inDetail(1, "sha256");
        if (!received.what.empty() || !admitted.what.empty()) mustAgree(admitted, received);
        for (std::size_t line = 2; line <= lines_; ++line)
            if (inLine(line, "action").what == kAdmitted)
                add(fmt::format("{} says \"{}\" once more", journalLineName(line), kAdmitted));
    }

    void checkDocuments() {
        const Said policy = inManifest("policy");
        const bool keepsBytes = policy.what == "full";
        if (!keepsBytes && policy.what != "proof_only")
            mustAgree(policy, {"a kept dossier's policy", "full or proof_only"});
        for (const ToldDocument& document : story_.documents) {
            if (keepsBytes == document.member.empty())
                add(fmt::format("{} says {}; member \"manifest.json\" lists {}", policy.where, policy.what,
                                document.shown));
            checkPlace(document);
        }
    }

    // What came in lies in one folder and names no step, what came of it in the other and names one.
    void checkPlace(const ToldDocument& document) {
        if (document.slot.empty())
            add(fmt::format(
                "member \"manifest.json\" lists {} without \"slot\": nothing says which document it "
                "is",
                document.shown));
        if (document.member.empty()) return;
        const char* const folder = document.isResult() ? kResultsFolder : kOriginalsFolder;
        if (document.member.rfind(folder, 0) == 0) return;
        add(fmt::format("member \"manifest.json\" lists {}; its \"produced_by\" says {}, which belongs in {}",
                        document.shown,
                        document.isResult() ? displayText(document.producedBy) : "that no step made it",
                        folder));
    }

    void checkSteps() {
        std::set<std::string> done;
        for (std::size_t line = 1; line <= lines_; ++line)
            if (inLine(line, "action").what == kStepDone) done.insert(inDetail(line, "step").what);
        for (const ToldDocument& document : story_.documents)
            if (document.isResult() && done.count(document.producedBy) == 0)
                add(
                    fmt::format("member \"manifest.json\" says that step \"{}\" made {}; member "
                                "\"journal.jsonl\" has no line \"{}\" of that step",
                                displayText(document.producedBy), document.shown, kStepDone));
        checkSealedSomething();
    }

    // What was sealed is kept, or what became of it is.
    void checkSealedSomething() {
        const bool hasResult = std::any_of(story_.documents.begin(), story_.documents.end(),
                                           [](const ToldDocument& document) { return document.isResult(); });
        const std::vector<JournaledSeal> seals = journaledSeals(story_);
        if (hasResult || seals.empty()) return;
        add(fmt::format(
            "{} says that step \"{}\" sealed a document; member \"manifest.json\" lists no result",
            journalLineName(seals.front().line), displayText(seals.front().step)));
    }

    // The last day is the day on which the dossier was kept, some years later.
    void checkRetention() {
        const Said until = inManifest("retention_until"), kept = inReceipt("written_at");
        if (isAnniversary(until.what, kept.what)) return;
        found_.push_back(withAdvice(
            fmt::format("{} says {}; {} says {}, and the last day of keeping is the same day years later",
                        until.where, displayText(until.what), kept.where, displayText(kept.what))));
    }

    void compareEnd() {
        const std::size_t last = lines_;
        if (inLine(last, "action").what != kKeepingBegun) {
            add(fmt::format(
                "member \"journal.jsonl\" ends with line {}, \"{}\"; the last line of a kept dossier "
                "is the \"{}\" of the step that kept it: lines behind it are missing",
                last, displayText(inLine(last, "action").what), kKeepingBegun));
            return;
        }
        for (const char* field : {"pipeline", "plan", "policy", "retention_until"})
            mustAgree(inDetail(last, field), inManifest(field));
        mustAgree(inLine(last, "at"), inReceipt("written_at"));
        const std::string before = fmt::format("{}", numberOf(detail(last), "lines_before", -1));
        mustAgree({placeInLine("lines_before", last), before},
                  {"the number of lines before it", fmt::format("{}", last - 1)});
        const std::string key =
            effectKey(inManifest("dossier").what, inDetail(last, "step").what, inDetail(last, "item").what);
        mustAgree(
            inManifest("effect_key"),
            {fmt::format("the key of {}, made of its dossier, \"step\" and \"item\",", journalLineName(last)),
             key});
        compareDocuments(last);
    }

    // What the step that kept the dossier set out to keep, and what the container has.
    void compareDocuments(std::size_t last) {
        const Json& told = memberOf(detail(last), "documents");
        const std::size_t toldCount = told.is_array() ? told.size() : 0;
        const std::string where = placeInLine("documents", last);
        if (toldCount != story_.documents.size())
            return add(fmt::format("{} tells of {} documents; member \"manifest.json\" lists {}", where,
                                   toldCount, story_.documents.size()));
        for (std::size_t i = 0; i < toldCount; ++i) {
            const ToldDocument& document = story_.documents[i];
            const std::pair<const char*, const std::string&> fields[] = {
                {"id", document.id},
                {"slot", document.slot},
                {"produced_by", document.producedBy},
                {"derived_from", document.derivedFrom},
                {"sha256", document.sha256}};
            for (const auto& [field, listed] : fields) {
                const std::string said = textOf(told[i], field);
                if (said != listed)
                    mustAgree({fmt::format("\"{}\" of document {} in {}", field, i + 1, where), said},
                              {fmt::format("\"{}\" of {} in member \"manifest.json\"", field, document.shown),
                               listed});
            }
        }
    }

    const KeptStory& story_;
    const std::size_t lines_;
    std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> contradictionsIn(const KeptStory& story) {
    return Comparison(story).run();
}

}  // namespace greffe
