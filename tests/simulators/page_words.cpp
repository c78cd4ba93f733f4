// SPDX-License-Identifier: Apache-2.0
#include "simulators/page_words.h"

#include <algorithm>

namespace greffe::simulators {
namespace {

struct Words {
    std::string_view key, english, french;
};

constexpr Words kPageWords[] = {
    {"title", "Simulated services", "Services simulés"},
    {"note", "Nothing on this page is real. What came in is kept until the simulators end or are reset.",
     "Rien de réel sur cette page. Ce qui est arrivé est gardé jusqu’à la fin des simulateurs ou leur remise "
     "à "
     "zéro."},
    {"other_language", "Français", "English"},
    {"refresh", "Load again every 5 seconds", "Recharger toutes les 5 secondes"},
    {"no_refresh", "Stop loading again", "Ne plus recharger"},
    {"nothing", "Nothing yet.", "Rien pour l’instant."},
    {"more", "older ones are not shown", "plus anciens, non affichés"},
    {"bytes_link", "raw", "brut"},
    // What came in.
    {"requests", "Calls", "Appels"},
    {"messages", "Messages", "Messages"},
    {"commands", "Commands", "Commandes"},
    {"signature_requests", "Signature requests", "Demandes de signature"},
    {"webhooks", "Webhook subscriptions", "Abonnements aux webhooks"},
    {"inbound", "Messages from people", "Messages reçus"},
    {"opted_out", "Opted out", "Ne veulent plus de messages"},
    {"attempts", "Webhooks sent", "Webhooks envoyés"},
    {"waiting", "Webhooks that wait", "Webhooks en attente"},
    {"faults", "Faults still to happen", "Incidents à venir"},
    // Columns.
    {"id", "no.", "n°"},
    {"at", "at", "heure"},
    {"time", "time", "heure"},
    {"place", "where", "où"},
    {"method", "method", "méthode"},
    {"path", "path", "chemin"},
    {"route", "call", "appel"},
    {"status", "status", "état"},
    {"fault", "fault", "incident"},
    {"bytes", "bytes", "octets"},
    {"content_type", "content type", "type de contenu"},
    {"from", "from", "de"},
    {"to", "to", "à"},
    {"subject", "subject", "objet"},
    {"text", "text", "texte"},
    {"parts", "parts", "segments"},
    {"reference", "reference", "référence"},
    {"name", "name", "nom"},
    {"external_id", "reference", "référence"},
    {"signers", "signers", "signataires"},
    {"documents", "documents", "documents"},
    {"expiration_date", "expires", "expire"},
    {"endpoint", "endpoint", "adresse"},
    {"subscribed_events", "events", "événements"},
    {"enabled", "enabled", "actif"},
    {"event", "event", "événement"},
    {"attempt", "try", "essai"},
    {"outcome", "outcome", "résultat"},
    {"next_at", "next try", "prochain essai"},
    {"due", "due", "prévu"},
    {"times", "times", "fois"},
    {"details", "details", "détails"},
    {"message_id", "Message-ID", "Message-ID"},
    {"tls", "TLS", "TLS"},
    {"authorized", "allowed", "autorisé"},
    {"true", "yes", "oui"},
    {"false", "no", "non"},
    {"for ever", "for ever", "toujours"},
};

}  // namespace

std::string pageWord(std::string_view key, std::string_view language) {
    for (const Words& each : kPageWords)
        if (each.key == key) return std::string(language == "fr" ? each.french : each.english);
    std::string plain(key);
    std::replace(plain.begin(), plain.end(), '_', ' ');
    return plain;
}

}  // namespace greffe::simulators
