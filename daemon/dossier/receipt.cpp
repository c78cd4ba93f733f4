// SPDX-License-Identifier: Apache-2.0
#include "dossier/receipt.h"

#include "base/bytes_text.h"
#include "base/clock.h"
#include "base/json.h"

#include <greffe/reason.h>
#include <greffe/version.h>

#include <fmt/format.h>

namespace greffe {
namespace {

Json fileJson(const ReceiptFile& file) {
    Json json = {{"sha256", toHex(file.sha256)}, {"size_bytes", file.sizeBytes}};
    putBytes(json, "name", file.name);
    return json;
}

Json signatureJson(const SignatureNote& note) {
    Json json = {{"step", note.step},
                 {"provider", note.provider},
                 {"remote_id", note.remoteId},
                 {"status", note.status},
                 {"signers", Json::array()}};
    for (const SignatureNote::Signer& signer : note.signers) {
        Json one = {{"id", signer.id}, {"status", signer.status}};
        if (signer.signedUnix != 0) one["at"] = formatUtc(fromUnixMs(signer.signedUnix * 1000));
        json["signers"].push_back(std::move(one));
    }
    return json;
}

Json sealJson(const SealNote& seal) {
    Json json = {{"step", seal.step}, {"level", seal.level}};
    if (seal.isDegraded) json["degraded"] = true;
    if (!seal.authority.empty())
        json["time_stamp"] = {{"authority", seal.authority},
                              {"at", formatUtc(fromUnixMs(seal.stampedUnix * 1000))}};
    return json;
}

Json outcomeJson(const OutcomeNote& note) {
    Json json = {{"step", note.step}, {"outcome", note.outcome}, {"said", displayText(note.said)}};
    if (!note.branch.empty()) json["branch"] = note.branch;
    return json;
}

struct FrenchReason {
    Reason reason;
    std::string_view text;
};
// What a sender may read, for every reason that a dossier can end with.
constexpr FrenchReason kFrench[] = {
    {Reason::NotAccepted, "ce type de fichier n'est pas accepté ici"},
    {Reason::NotAPdf, "le fichier n'est pas un PDF"},
    {Reason::PageSize, "une page n'a pas le format demandé"},
    {Reason::PageCount, "le nombre de pages ne convient pas"},
    {Reason::ActiveContent, "le document contient des scripts ou d'autres contenus actifs"},
    {Reason::PasswordNeeded, "le fichier demande un mot de passe"},
    {Reason::Encrypted, "le fichier est chiffré"},
    {Reason::ChangesForbidden, "une certification antérieure interdit toute modification"},
    {Reason::FieldsLocked, "une signature antérieure verrouille les champs"},
    {Reason::SignatureBroken, "une signature antérieure n'est pas valable"},
    {Reason::NotExtensible, "le fichier ne peut pas être complété sans dommage"},
    {Reason::NoPages, "le document n'a pas de page"},
    {Reason::ManifestInvalid, "le fichier d'accompagnement (.json) manque, est seul ou est erroné"},
    {Reason::EmptyFile, "le fichier est vide"},
    {Reason::TooLarge, "le fichier est trop volumineux pour ce dossier"},
    {Reason::NotARegularFile, "les liens et fichiers spéciaux ne sont pas acceptés"},
    {Reason::ArchiveUnsafe, "l'archive contient des noms dangereux, des liens ou trop de données"},
    {Reason::InvalidOptions, "les réglages de l'étape ne conviennent pas à ce document"},
    {Reason::Malformed, "le fichier est endommagé"},
    {Reason::LimitExceeded, "le fichier dépasse une limite de sécurité"},
    {Reason::WorkerCrashed, "le traitement de ce fichier s'est interrompu plusieurs fois"},
    {Reason::DeadlineExceeded, "le traitement a duré trop longtemps"},
    {Reason::OutOfMemory, "le traitement demande trop de mémoire"},
    {Reason::PluginMissing, "un composant nécessaire manque ; un opérateur doit intervenir"},
    {Reason::PluginFault, "un composant a mal répondu ; un opérateur doit intervenir"},
    {Reason::ConfigurationError,
     "la configuration du traitement est en défaut ; un opérateur doit intervenir"},
    {Reason::AttemptsUsedUp, "toutes les tentatives ont échoué ; un opérateur doit intervenir"},
    {Reason::BytesLost, "les données conservées sont altérées ; un opérateur doit intervenir"},
    {Reason::KeyUnusable, "la clé de scellement est inutilisable ; un opérateur doit intervenir"},
    {Reason::OutcomeUnknown, "on ne sait pas si l'opération a eu lieu ; un opérateur doit intervenir"},
    {Reason::Duplicate, "le même contenu a déjà été reçu"},
    {Reason::ProviderUnavailable, "un service externe ne répond pas ; un opérateur doit intervenir"},
    {Reason::ProviderError, "un service externe a répondu par une erreur ; un opérateur doit intervenir"},
    {Reason::BadAnswer, "la réponse d'un service externe est inacceptable ; un opérateur doit intervenir"},
    {Reason::RateLimited, "un service externe demande de ralentir"},
    {Reason::Unauthorized, "un service externe refuse nos identifiants ; un opérateur doit intervenir"},
    {Reason::StorageFull, "il n'y a plus de place ; un opérateur doit intervenir"},
    {Reason::StorageError, "le stockage est en panne ; un opérateur doit intervenir"},
    {Reason::TimestampUnavailable, "aucune autorité ne donne d'horodatage"},
    {Reason::ClockUnsure, "l'horloge a sauté ; le scellement attend"},
    {Reason::Refused, "une personne a refusé"},
    {Reason::RefusedByPipeline, "les règles de traitement le refusent"},
    {Reason::Expired, "le délai est dépassé"},
    {Reason::Cancelled, "un opérateur a annulé le dossier"},
    {Reason::Restored, "le registre revient d'une sauvegarde ; un opérateur doit intervenir"},
    {Reason::UnknownRequest, "le service ne connaît pas la demande ; un opérateur doit intervenir"},
};

std::string_view frenchText(Reason reason) {
    for (const FrenchReason& row : kFrench)
        if (row.reason == reason) return row.text;
    return "un problème technique ; un opérateur doit intervenir";
}

}  // namespace

std::string_view reasonSentence(Reason reason, std::string_view language) {
    return language == "fr" ? frenchText(reason) : describe(reason).text;
}

std::string_view reasonCause(Reason reason, std::string_view language) {
    const std::string_view sentence = reasonSentence(reason, language);
    return sentence.substr(0, sentence.find(" ; un opérateur doit intervenir"));
}

std::string receiptJson(const ReceiptFacts& facts) {
    const DossierRow& dossier = facts.dossier;
    Json receipt = {{"greffe", GREFFE_VERSION},
                    {"dossier", dossier.id},
                    {"pipeline", dossier.pipeline},
                    {"plan", dossier.plan},
                    {"state", stateName(dossier.state)},
                    {"verdict", facts.verdict},
                    {"received_at", formatUtc(fromUnixMs(dossier.createdMs))},
                    {"written_at", formatUtc(fromUnixMs(facts.atMs))}};
    putBytes(receipt, "file", dossier.source.name);
    if (!dossier.source.directory.empty()) putBytes(receipt, "directory", dossier.source.directory);
    if (facts.received) receipt["received"] = fileJson(*facts.received);
    if (facts.manifest) {
        // What the sender said comes back as it was understood.
        receipt["manifest"] = fileJson(*facts.manifest);
        receipt["type"] = dossier.type;
        receipt["parties"] = storedJson(dossier.partiesJson);
        receipt["data"] = storedJson(dossier.dataJson);
    }
    for (const ReceiptFacts::Part& part : facts.parts) {
        Json json = fileJson(part.file);
        json["slot"] = part.slot;
        receipt["documents"].push_back(std::move(json));
    }
    if (dossier.endedMs != 0) receipt["ended_at"] = formatUtc(fromUnixMs(dossier.endedMs));
    if (!dossier.reason.empty()) receipt["reason"] = dossier.reason;
    if (!dossier.explanation.empty()) receipt["explanation"] = displayText(dossier.explanation);
    if (!facts.currentStep.empty()) receipt["step"] = facts.currentStep;
    for (const ReceiptFile& file : facts.results)
        receipt["results"].push_back(fileJson(file));
    for (const SignatureNote& note : facts.signatures)
        receipt["signatures"].push_back(signatureJson(note));
    for (const SealNote& seal : facts.seals) {
        receipt["seals"].push_back(sealJson(seal));
        // Beside the list, too: whoever reads only the first level must see it.
        if (seal.isDegraded) receipt["degraded"] = true;
    }
    if (!facts.supportContact.empty()) receipt["contact"] = displayText(facts.supportContact);
    for (const KeptNote& kept : facts.kept)
        receipt["kept"].push_back({{"archive", kept.archive}, {"name", kept.name}, {"until", kept.until}});
    for (const OutcomeNote& note : facts.outcomes)
        receipt["outcomes"].push_back(outcomeJson(note));
    for (const MessageRow& message : facts.messages)
        receipt["messages"].push_back({{"id", message.id},
                                       {"step", message.step},
                                       {"recipient", message.recipient},
                                       {"subject", message.subject},
                                       {"state", message.state},
                                       {"at", formatUtc(fromUnixMs(message.updatedMs))}});
    return prettyJson(receipt) + "\n";
}

std::string reasonText(const ReceiptFacts& facts, std::string_view language) {
    const DossierRow& dossier = facts.dossier;
    const ReasonInfo* info = findReason(dossier.reason);
    const Reason reason = info != nullptr ? info->reason : Reason::None;
    const std::string name = displayText(dossier.source.name);
    const std::string detail = displayText(dossier.explanation);
    // What a person wrote, if only in the pipeline, stands as it was written; what the program says in detail
    // it says in English.
    const bool isComment =
        reason == Reason::Refused || reason == Reason::RefusedByPipeline || reason == Reason::Cancelled;
    const std::string contact =
        facts.supportContact.empty()
            ? ""
            : fmt::format("Contact{}: {}\n", language == "fr" ? " " : "", displayText(facts.supportContact));
    if (language == "fr")
        return fmt::format("Le fichier « {} » n'a pas été traité : {}.\n{} : {}\nDossier : {}\nDate : {}\n{}",
                           name, frenchText(reason),
                           isComment ? "Commentaire" : "Détail technique (en anglais)", detail, dossier.id,
                           formatUtc(fromUnixMs(facts.atMs)), contact);
    return fmt::format("The file \"{}\" was not processed: {}.\n{}: {}\nDossier: {}\nDate: {}\n{}", name,
                       describe(reason).text, isComment ? "Comment" : "Detail", detail, dossier.id,
                       formatUtc(fromUnixMs(facts.atMs)), contact);
}

}  // namespace greffe
