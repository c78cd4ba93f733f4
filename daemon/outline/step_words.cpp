// SPDX-License-Identifier: Apache-2.0
#include "outline/step_words.h"

#include "base/json.h"
#include "config/schema.h"
#include "config/step_kinds.h"
#include "outline/function_excerpt.h"

namespace greffe {
namespace {

// « lease » or “lease”, so that a name cannot be taken for a word of the sentence.
std::string quoted(std::string_view name, Tongue say) {
    return say("« {} »", "“{}”", name);
}

std::vector<std::string> quotedAll(std::vector<std::string> names, Tongue say) {
    for (std::string& name : names)
        name = quoted(name, say);
    return names;
}

std::string placeOf(const StepView& view, const FunctionReference& function) {
    return fmt::format("{}:{}", view.fileName(function.file), function.line);
}

// The function in words: what it returns where that is short, else where it stands.
std::string functionText(const StepView& view, std::string_view option) {
    const auto found = view.step.functions.find(std::string(option));
    if (found == view.step.functions.end()) return {};
    const std::string_view name =
        option.substr(option.rfind('.') == std::string_view::npos ? 0 : option.rfind('.') + 1);
    std::string excerpt = functionExcerpt(view.plan, found->second, name);
    if (!excerpt.empty()) return excerpt;
    return view.say("la fonction de {}", "the function at {}", placeOf(view, found->second));
}

std::string validateSentence(const StepView& view) {
    const Tongue say = view.say;
    const Json& options = view.options;
    std::vector<std::string> wanted = {textOf(options, "media_type")};
    if (textOf(options, "page_size") != "any") wanted.push_back(textOf(options, "page_size"));
    if (textOf(options, "orientation") != "any")
        wanted.push_back(textOf(options, "orientation") == "portrait" ? say("en portrait", "portrait")
                                                                      : say("en paysage", "landscape"));
    const std::int64_t least = numberOf(options, "min_pages"), most = numberOf(options, "max_pages");
    wanted.push_back(least == most ? say("{} pages", "{} pages", least)
                                   : say("de {} à {} pages", "{} to {} pages", least, most));
    if (textOf(options, "encryption") == "refuse") wanted.push_back(say("non chiffré", "not encrypted"));
    if (textOf(options, "active_content") == "refuse")
        wanted.push_back(say("sans contenu actif", "no active content"));
    if (textOf(options, "embedded_files") == "refuse")
        wanted.push_back(say("sans fichier joint", "no embedded files"));
    if (textOf(options, "foreign_bytes") == "refuse")
        wanted.push_back(say("rien devant ni derrière le PDF", "nothing in front of the PDF or behind it"));
    if (textOf(options, "signatures") == "must_hold")
        wanted.push_back(say("signatures antérieures intactes", "earlier signatures intact"));
    if (textOf(options, "signatures") == "none") wanted.push_back(say("sans signature", "no signatures"));
    return say("vérifie {} : {}", "checks {}: {}", quoted(textOf(options, "document"), say),
               fmt::join(wanted, ", "));
}

std::string pageText(const std::string& page, Tongue say) {
    if (page == "first") return say("première page", "first page");
    if (page == "last") return say("dernière page", "last page");
    return say("page {}", "page {}", page);
}

std::string sealSentence(const StepView& view) {
    const Tongue say = view.say;
    const Json& options = view.options;
    std::string text = say("scelle {} avec la clé {}, niveau {}", "seals {} with the key {}, level {}",
                           quoted(textOf(options, "document"), say), quoted(textOf(options, "key"), say),
                           textOf(options, "level"));
    const std::vector<std::string> authorities = textsOf(memberOf(options, "authorities"));
    if (!authorities.empty())
        text += say(" ; l'heure est attestée par {}", "; the time is proved by {}",
                    listText(quotedAll(authorities, say), say, true));
    if (const std::int64_t level = numberOf(options, "certify"); level != 0)
        text += say(" ; certification {}", "; certification {}", level);
    if (const Json& mark = memberOf(options, "mark"); mark.is_object() && !mark.empty())
        text += say(" ; marque visible, {}", "; visible mark, {}", pageText(textOf(mark, "page"), say));
    return text;
}

std::string signSentence(const StepView& view) {
    const Tongue say = view.say;
    const std::string who = view.step.functions.count("signers") != 0
                                ? functionText(view, "signers")
                                : listText(textsOf(memberOf(view.options, "signers")), say);
    std::string text = say("fait signer {} par {} chez {}", "has {} signed by {} at {}",
                           listText(quotedAll(textsOf(memberOf(view.options, "documents")), say), say), who,
                           quoted(textOf(view.options, "provider"), say));
    if (boolOf(view.options, "ordered")) text += say(", dans cet ordre", ", in this order");
    return text;
}

std::string archiveSentence(const StepView& view) {
    const std::string name = quoted(textOf(view.options, "archive"), view.say);
    const std::int64_t years = numberOf(view.options, "retention_years");
    if (textOf(view.options, "policy") == "full")
        return view.say("conserve le dossier dans {} pendant {} ans", "keeps the dossier in {} for {} years",
                        name, years);
    return view.say("conserve la preuve seule dans {} pendant {} ans",
                    "keeps only the proof in {} for {} years", name, years);
}

std::string notifySentence(const StepView& view) {
    const Tongue say = view.say;
    const Json& options = view.options;
    const std::string to = view.step.functions.count("to") != 0
                               ? functionText(view, "to")
                               : listText(textsOf(memberOf(options, "to")), say);
    std::string text = say("prévient {} par {}", "tells {} by {}", to, quoted(textOf(options, "via"), say));
    const std::string subject = valueText(view, "subject");
    if (const std::string name = textOf(options, "template"); !name.empty())
        text += say(" : modèle {}", ": template {}", quoted(name, say));
    else if (view.step.functions.count("subject") != 0)
        text += say(" : objet {}", ": subject {}", subject);
    else if (!subject.empty())
        text += say(" : {}", ": {}", quoted(subject, say));
    const std::vector<std::string> attached = textsOf(memberOf(options, "attach"));
    if (!attached.empty()) text += say(", avec {}", ", with {}", listText(quotedAll(attached, say), say));
    return text;
}

std::string taskSentence(const StepView& view) {
    const Tongue say = view.say;
    std::string text = say("demande à {}", "asks {}", textOf(view.options, "ask"));
    if (const std::string question = textOf(view.options, "question"); !question.empty())
        text += say(" : {}", ": {}", quoted(question, say));
    return text + say(" – réponses : {}", " – answers: {}",
                      fmt::join(textsOf(memberOf(view.options, "answers")), ", "));
}

std::string waitSentence(const StepView& view) {
    const Tongue say = view.say;
    if (const std::string event = textOf(view.options, "for_event"); !event.empty())
        return say("attend l'événement {}", "waits for the event {}", quoted(event, say));
    if (const std::int64_t seconds = numberOf(view.options, "for_seconds"); seconds > 0)
        return say("attend {}", "waits {}", durationText(static_cast<std::uint64_t>(seconds), say));
    return say("attend jusqu'au {}", "waits until {}", valueText(view, "until_date"));
}

std::string transformSentence(const StepView& view) {
    const Tongue say = view.say;
    if (view.step.functions.count("run") != 0)
        return say("calcule des faits : {}", "works out facts: {}", functionText(view, "run"));
    const std::vector<std::string> documents = quotedAll(textsOf(memberOf(view.options, "documents")), say);
    const std::string into = quoted(textOf(view.options, "into"), say);
    const std::string plugin = textOf(view.options, "plugin");
    if (boolOf(view.options, "many"))
        return say("{} fait plusieurs documents {} de {}", "{} makes several documents {} of {}", plugin,
                   into, listText(documents, say));
    return say("{} fait {} de {}", "{} makes {} of {}", plugin, into, listText(documents, say));
}

std::string eachSentence(const StepView& view) {
    const Tongue say = view.say;
    const std::string as = quoted(textOf(view.options, "as"), say);
    if (view.step.functions.count("over") != 0)
        return say("pour chaque chose, appelée {}, de : {}", "for each thing, called {}, of: {}", as,
                   functionText(view, "over"));
    if (textOf(view.options, "over") == "parties")
        return say("pour chaque partie, appelée {}", "for each party, called {}", as);
    return say("pour chaque document, appelé {}", "for each document, called {}", as);
}

}  // namespace

std::string valueText(const StepView& view, std::string_view option) {
    const std::string text = functionText(view, option);
    return text.empty() ? textOf(view.options, std::string(option)) : text;
}

std::vector<std::string> textsOf(const Json& list) {
    std::vector<std::string> texts;
    if (list.is_array())
        for (const Json& each : list)
            if (each.is_string()) texts.push_back(each.get<std::string>());
    return texts;
}

std::string durationText(std::uint64_t seconds, Tongue say) {
    constexpr std::uint64_t kMinute = 60, kHour = 3600, kDay = 86'400;
    if (seconds >= kDay && seconds % kDay == 0)
        return seconds == kDay ? say("1 jour", "1 day") : say("{} jours", "{} days", seconds / kDay);
    if (seconds >= kHour && seconds % kHour == 0) return fmt::format("{} h", seconds / kHour);
    if (seconds >= kMinute && seconds % kMinute == 0) return fmt::format("{} min", seconds / kMinute);
    return fmt::format("{} s", seconds);
}

std::string listText(const std::vector<std::string>& words, Tongue say, bool isChoice) {
    if (words.empty()) return say("personne", "nobody");
    std::string text = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string last = isChoice ? say(" ou ", " or ") : say(" et ", " and ");
        text += (i + 1 == words.size() ? last : ", ") + words[i];
    }
    return text;
}

std::string sentenceOf(const StepView& view) {
    const std::string& kind = view.step.kind;
    if (kind == "validate") return validateSentence(view);
    if (kind == "seal") return sealSentence(view);
    if (kind == "sign") return signSentence(view);
    if (kind == "archive") return archiveSentence(view);
    if (kind == "notify") return notifySentence(view);
    if (kind == "task") return taskSentence(view);
    if (kind == "wait") return waitSentence(view);
    if (kind == "transform") return transformSentence(view);
    if (kind == "choose")
        return view.say("prend une voie selon : {}", "goes one way, named by: {}", functionText(view, "by"));
    if (kind == "each") return eachSentence(view);
    if (kind == "parallel") return view.say("prend toutes les voies à la fois", "goes all ways at once");
    if (kind == "refuse")
        return view.say("le dossier est refusé : {}", "the dossier ends as refused: {}",
                        textOf(view.options, "reason"));
    // A kind of a later version still has its name and its place.
    return {};
}

namespace {

// The retry that a step has when nobody says anything, from its schema.
RetryPolicy usualRetry(const std::string& kind) {
    RetryPolicy usual;
    const Schema* const schema = findSchema(SchemaGroup::Step, kind);
    const Option* const retry = schema != nullptr ? schema->find("retry") : nullptr;
    if (retry == nullptr || retry->inner == nullptr) return usual;
    const auto number = [&](const char* name) {
        const Option* const option = retry->inner->find(name);
        return option == nullptr ? 0U : static_cast<std::uint32_t>(std::stoul("0" + option->defaultJson));
    };
    return {number("attempts"), number("first_delay_seconds"), number("max_delay_seconds")};
}

std::string_view onErrorText(OnError onError, Tongue say) {
    switch (onError) {
        case OnError::Hold: return say.isFrench ? "retenu pour un opérateur" : "held for an operator";
        case OnError::Continue: return say.isFrench ? "on continue" : "it goes on";
        case OnError::Reject: return say.isFrench ? "rejeté" : "rejected";
    }
    return "";
}

void addConditions(const StepView& view, std::vector<OutlineNote>& notes) {
    const Tongue say = view.say;
    if (view.step.isSkipped)
        notes.push_back({say("jamais : when = false", "never: when = false"), false, true});
    if (view.step.functions.count("when") != 0)
        notes.push_back({say("seulement si {}", "only if {}", functionText(view, "when")), false, true});
    if (view.step.kind != "seal") return;
    const std::string otherwise = textOf(view.options, "on_no_timestamp");
    if (textOf(view.options, "level") == "B-B") return;
    const std::string text =
        otherwise == "fail" ? say("sans réponse des autorités : retenu", "when no authority answers: held")
        : otherwise == "degrade"
            ? say("sans réponse des autorités : niveau B-B", "when no authority answers: sealed at B-B")
            : say("sans réponse des autorités : on attend leur retour",
                  "when no authority answers: it waits until one does");
    notes.push_back({text, otherwise == "queue"});
}

}  // namespace

std::vector<OutlineNote> notesOf(const StepView& view) {
    const Tongue say = view.say;
    const StepPlan& step = view.step;
    std::vector<OutlineNote> notes;
    addConditions(view, notes);
    if (step.kind == "refuse") return notes;
    const StepKind* const kind = findStepKind(step.kind);
    const bool isUsualTime = kind != nullptr && kind->deadlineSeconds == step.deadlineSeconds;
    // What only waits or leads on works for a moment: its usual limits tell nobody anything.
    const StepLook look = lookOf(step);
    const bool isPlain = look == StepLook::Fork || look == StepLook::Wait || step.kind == "task";
    if (isPlain && isUsualTime && step.retry == usualRetry(step.kind) && step.onError == OnError::Hold)
        return notes;
    notes.push_back({say("un essai dure {} au plus", "one attempt takes {} at most",
                         durationText(step.deadlineSeconds, say)),
                     isUsualTime});
    const RetryPolicy usual = usualRetry(step.kind);
    // A seal that waits for its authorities has more attempts by itself.
    const bool isQueue = step.kind == "seal" && textOf(view.options, "on_no_timestamp") == "queue" &&
                         textOf(view.options, "level") != "B-B";
    const std::string tries = step.retry.attempts == 1
                                  ? say("un seul essai", "a single attempt")
                                  : say("{} essais, à intervalles de {} à {}", "{} attempts, {} to {} apart",
                                        step.retry.attempts, durationText(step.retry.firstDelaySeconds, say),
                                        durationText(step.retry.maxDelaySeconds, say));
    notes.push_back({tries, step.retry == usual || isQueue});
    notes.push_back({say("en cas d'échec : {}", "if it fails: {}", onErrorText(step.onError, say)),
                     step.onError == OnError::Hold});
    return notes;
}

StepLook lookOf(const StepPlan& step) {
    if (step.kind == "seal" || step.kind == "archive") return StepLook::Seal;
    if (step.kind == "notify" || step.kind == "task" || step.kind == "sign") return StepLook::People;
    if (step.kind == "wait") return StepLook::Wait;
    if (step.kind == "choose" || step.kind == "each" || step.kind == "parallel") return StepLook::Fork;
    if (step.kind == "refuse") return StepLook::Ending;
    return StepLook::Work;
}

}  // namespace greffe
