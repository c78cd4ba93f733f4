// SPDX-License-Identifier: Apache-2.0
#include "dossier/kept_dossier.h"

#include "base/bytes_text.h"
#include "base/clock.h"
#include "dossier/delivery.h"
#include "dossier/receipt.h"
#include "intake/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>

namespace greffe {
namespace {

std::chrono::year_month_day dayOf(std::int64_t unixMs) {
    return std::chrono::floor<std::chrono::days>(fromUnixMs(unixMs));
}

Json journalLine(std::int64_t atMs, const std::string& actor, const std::string& action, Json detail) {
    return {{"at", formatUtc(fromUnixMs(atMs))},
            {"actor", actor},
            {"action", action},
            {"detail", std::move(detail)}};
}

std::string actionOf(EffectState state) {
    switch (state) {
        case EffectState::Done: return std::string(kStepDone);
        case EffectState::Uncertain: return "step uncertain";
        default: return "step failed";
    }
}

// What is kept, as the step that keeps it sets out to: each document with its digest.
Json documentLines(const std::vector<DocumentRow>& kept) {
    Json lines = Json::array();
    for (const DocumentRow& document : kept)
        lines.push_back({{"id", document.id},
                         {"slot", document.slot},
                         {"produced_by", document.producedBy},
                         {"derived_from", document.derivedFrom},
                         {"sha256", toHex(document.blob)}});
    return lines;
}

// The last line that the container's journal can have: the beginning of the step that writes it. It says how
// many lines stand before it and what the container must hold, so that a journal that was cut off, or one
// beside other documents, contradicts itself.
Json closingLine(const DossierRun& run, const std::vector<DocumentRow>& kept, const KeptFacts& facts,
                 std::size_t linesBefore) {
    Json detail = {{"step", facts.step},
                   {"pipeline", run.dossier.pipeline},
                   {"plan", run.dossier.plan},
                   {"policy", facts.policy},
                   {"retention_until", facts.retentionUntil},
                   {"lines_before", linesBefore},
                   {"documents", documentLines(kept)}};
    if (!facts.item.empty()) detail["item"] = facts.item;
    return journalLine(facts.archivedMs, "engine", std::string(kKeepingBegun), std::move(detail));
}

// The dossier's story so far. From rows that are the same before and after a crash, in an order that does not
// depend on how they were loaded.
Json journalOf(const DossierRun& run, const std::vector<DocumentRow>& kept, const KeptFacts& facts) {
    Json admitted = Json::object();
    putBytes(admitted, "file", run.dossier.source.name);
    for (const DocumentRow& document : run.documents)
        if (document.producedBy.empty() && document.slot == kDocumentSlot)
            admitted["sha256"] = toHex(document.blob);
    Json journal = Json::array();
    journal.push_back(journalLine(run.dossier.createdMs, "intake:" + run.dossier.source.intake,
                                  std::string(kAdmitted), std::move(admitted)));
    std::vector<const EffectRow*> effects;
    for (const EffectRow& effect : run.effects)
        if (effect.step != facts.step && effect.state != EffectState::Intent) effects.push_back(&effect);
    std::sort(effects.begin(), effects.end(), [](const EffectRow* a, const EffectRow* b) {
        return std::tie(a->startedMs, a->endedMs, a->step, a->item, a->attempt) <
               std::tie(b->startedMs, b->endedMs, b->step, b->item, b->attempt);
    });
    for (const EffectRow* effect : effects) {
        Json detail = {{"step", effect->step}, {"attempt", effect->attempt}};
        if (!effect->item.empty()) detail["item"] = effect->item;
        if (!effect->reason.empty()) detail["reason"] = effect->reason;
        if (!effect->explanation.empty()) detail["explanation"] = displayText(effect->explanation);
        const Json said = storedJson(effect->factsJson);
        if (said.is_object() && !said.empty()) detail["facts"] = said;
        journal.push_back(journalLine(effect->endedMs, "engine", actionOf(effect->state), std::move(detail)));
    }
    journal.push_back(closingLine(run, kept, facts, journal.size()));
    // Each line names the one before it by the digest of its text, as the archiver writes it.
    std::string previous = toHex(sha256(run.id()));
    for (Json& line : journal) {
        line["previous"] = previous;
        previous = toHex(sha256(dumpJson(line)));
    }
    return journal;
}

// The receipt at this moment. Its final form, with the verdict, lies beside the source when all steps are
// done.
Json receiptOf(const DossierRun& run, const KeptFacts& facts) {
    ReceiptFacts receipt;
    receipt.dossier = run.dossier;
    receipt.verdict = kKeptVerdict;
    receipt.atMs = facts.archivedMs;
    for (const DocumentRow& document : run.documents)
        if (document.producedBy.empty() && document.slot == kDocumentSlot)
            receipt.received = ReceiptFile{document.name, document.blob, document.sizeBytes};
    for (const DocumentRow& document : resultsOf(run.documents))
        receipt.results.push_back({document.name, document.blob, document.sizeBytes});
    Json json = storedJson(receiptJson(receipt));
    json.erase("state");
    return json;
}

}  // namespace

std::string retentionDate(std::int64_t fromUnixMs, std::int64_t years) {
    const std::chrono::year_month_day from = dayOf(fromUnixMs);
    std::chrono::year_month_day until = from + std::chrono::years(years);
    if (!until.ok()) until = until.year() / until.month() / std::chrono::last;
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(until.year()),
                       static_cast<unsigned>(until.month()), static_cast<unsigned>(until.day()));
}

std::string keptFolder(std::int64_t atUnixMs) {
    const std::chrono::year_month_day day = dayOf(atUnixMs);
    return fmt::format("{:04}/{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()));
}

std::vector<DocumentRow> keptDocuments(const std::vector<DocumentRow>& documents) {
    std::vector<DocumentRow> kept;
    for (const DocumentRow& document : documents)
        if (document.producedBy.empty()) kept.push_back(document);
    for (DocumentRow& result : resultsOf(documents))
        kept.push_back(std::move(result));
    // By id, which grows with time: a dossier that was loaded again gives the same container.
    std::stable_sort(kept.begin(), kept.end(), [](const DocumentRow& a, const DocumentRow& b) {
        return std::make_tuple(!a.producedBy.empty(), a.id) < std::make_tuple(!b.producedBy.empty(), b.id);
    });
    return kept;
}

Json keptMetadata(const DossierRun& run, const std::vector<DocumentRow>& kept, const KeptFacts& facts) {
    Json documents = Json::array();
    for (const DocumentRow& document : kept)
        documents.push_back({{"index", documents.size()},
                             {"id", document.id},
                             {"slot", document.slot},
                             {"produced_by", document.producedBy},
                             {"derived_from", document.derivedFrom},
                             {"folder", document.producedBy.empty() ? "originals" : "results"}});
    return {{"dossier", run.id()},
            {"pipeline", run.dossier.pipeline},
            {"plan", run.dossier.plan},
            {"created_at", formatUtc(fromUnixMs(run.dossier.createdMs))},
            {"retention_until", facts.retentionUntil},
            {"policy", facts.policy},
            {"documents", std::move(documents)},
            {"receipt", receiptOf(run, facts)},
            {"journal", journalOf(run, kept, facts)}};
}

}  // namespace greffe
