// SPDX-License-Identifier: Apache-2.0
#include "simulate/report_words.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr PageWord kWords[] = {
    {"title", "Simulation", "Simulation"},
    {"nothing_real", "Rien n’a été envoyé, ni scellé avec une vraie clé, ni conservé.",
     "Nothing was sent, sealed with a real key, or kept."},
    {"pipeline", "Parcours", "Pipeline"},
    {"from", "Du", "From"},
    {"to", "au", "to"},
    {"on", "Le", "On"},
    {"contents", "Dossiers de cette simulation", "Dossiers of this simulation"},
    {"waits_for", "Ce qui est attendu", "What is waited for"},
    {"what_happened", "Ce qui s’est passé", "What happened"},
    {"branch", "branche", "branch"},
    {"decided", "décidé par", "decided by"},
    {"would_send", "Serait envoyé", "Would be sent"},
    {"would_stamp", "Un horodatage serait demandé", "A time-stamp would be asked for"},
    {"recipient", "À", "To"},
    {"by", "Par", "By"},
    {"subject", "Objet", "Subject"},
    {"attachments", "Pièces jointes", "Attachments"},
    {"has_html", "Ce message a aussi une version mise en page.",
     "This message also has a version with layout."},
    {"asks", "Question à", "Question to"},
    {"answers", "Réponses possibles :", "Possible answers:"},
    {"until", "jusqu’au", "until"},
    {"answered", "Réponse", "Answer"},
    {"made", "Produit", "Made"},
    {"documents", "Documents", "Documents"},
    {"received", "reçu", "received"},
    {"made_by", "produit par l’étape", "made by step"},
    {"version_of", "à partir de", "from"},
    {"no_picture", "Pas d’image", "No picture"},
    {"more_pages", "Les pages suivantes ne sont pas montrées.", "The pages behind these are not shown."},
    {"unused", "Réponses que personne n’a demandées", "Answers that nobody asked for"},
    {"page", "page", "page"},
    {"of", "sur", "of"},
};

constexpr PageWord kStates[] = {
    {"received", "reçu", "received"},
    {"ready", "prêt", "ready"},
    {"running", "en cours", "running"},
    {"runs", "en cours", "runs"},
    {"waits", "attend", "waits"},
    {"waiting", "en attente", "waiting"},
    {"retry_wait", "nouvel essai prévu", "to be tried again"},
    {"uncertain", "incertain", "uncertain"},
    {"held", "arrêté", "held"},
    {"done", "terminé", "done"},
    {"skipped", "sauté", "skipped"},
    {"failed", "échec", "failed"},
    {"rejected", "rejeté", "rejected"},
    {"refused", "refusé", "refused"},
    {"expired", "expiré", "expired"},
    {"cancelled", "annulé", "cancelled"},
    {"destroyed", "détruit", "destroyed"},
    {"quarantined", "en quarantaine", "quarantined"},
};

}  // namespace

std::span<const PageWord> pageWords() {
    return kWords;
}

std::string stateWord(std::string_view state, bool isFrench) {
    for (const PageWord& word : kStates)
        if (word.key == state) return std::string(word.in(isFrench));
    return displayText(state);
}

std::string pagesWord(std::uint32_t count, bool) {
    return fmt::format("{} page{}", count, count == 1 ? "" : "s");
}

std::string bytesWord(std::uint64_t bytes, bool isFrench) {
    const char unit = isFrench ? 'o' : 'B';
    if (bytes < 1000) return isFrench ? fmt::format("{} octets", bytes) : fmt::format("{} bytes", bytes);
    if (bytes < 1'000'000) return fmt::format("{} k{}", (bytes + 500) / 1000, unit);
    return fmt::format("{} M{}", (bytes + 500'000) / 1'000'000, unit);
}

std::string timeWord(std::int64_t unixMs) {
    const std::string utc = formatUtc(fromUnixMs(unixMs));
    return utc.substr(0, 10) + " " + utc.substr(11, 5);
}

std::string standstillWords(const Standstill& standstill, bool isFrench) {
    std::string text;
    if (!standstill.whom.empty()) {
        text = fmt::format(fmt::runtime(isFrench ? "l’étape {} attend la réponse de {}"
                                                 : "step {} waits for an answer of {}"),
                           standstill.step, displayText(standstill.whom));
    } else if (!standstill.news.empty()) {
        text = fmt::format(
            fmt::runtime(isFrench ? "l’étape {} attend l’événement {}" : "step {} waits for the event {}"),
            standstill.step, displayText(standstill.news));
    } else {
        text = fmt::format(fmt::runtime(isFrench ? "l’étape {} attend" : "step {} waits"), standstill.step);
    }
    if (!standstill.branch.empty())
        text += fmt::format(" ({} {})", isFrench ? "branche" : "branch", displayText(standstill.branch));
    text += standstill.untilMs == 0
                ? std::string(isFrench ? ", sans limite de temps" : ", without a time limit")
                : fmt::format(fmt::runtime(isFrench ? ", jusqu’au {} (UTC)" : ", until {} (UTC)"),
                              timeWord(standstill.untilMs));
    return text;
}

std::string answerWord(Verdict answer, bool isFrench) {
    switch (answer) {
        case Verdict::Done:
        case Verdict::Waiting: return {};
        case Verdict::Uncertain:
            return isFrench ? "nul ne saurait si c’est arrivé" : "nobody would know whether it happened";
        case Verdict::RetryLater: return isFrench ? "personne ne répondrait" : "nobody would answer";
        case Verdict::Rejected: return isFrench ? "ce serait refusé" : "it would be refused";
    }
    return {};
}

}  // namespace greffe
