// SPDX-License-Identifier: Apache-2.0
#include "specs/expectation.h"

#include "base/bytes_text.h"
#include "control/explanation.h"
#include "specs/spec.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::vector<std::string> textsOf(const Json& list) {
    std::vector<std::string> texts;
    for (const Json& one : list)
        if (one.is_string()) texts.push_back(one.get<std::string>());
    return texts;
}

std::string listText(const std::vector<std::string>& texts) {
    return texts.empty() ? "nothing" : displayText(fmt::format("{}", fmt::join(texts, ", ")));
}

std::string shown(const Json& value) {
    return value.is_string() ? displayText(value.get<std::string>()) : displayText(dumpJson(value));
}

// Whether everything of `part` is in `whole`; otherwise the first thing that is not.
std::string missingPart(const Json& part, const Json& whole, const std::string& path) {
    if (!part.is_object())
        return part == whole ? "" : fmt::format("{}: {}, expected {}", path, shown(whole), shown(part));
    for (const auto& [name, value] : part.items()) {
        const std::string below = missingPart(value, memberOf(whole, name), path + "." + name);
        if (!below.empty()) return below;
    }
    return {};
}

bool isBuiltIn(const std::string& step) {
    return step.rfind('@', 0) == 0;
}

bool wasSkipped(const EffectRow& effect) {
    return memberOf(storedJson(effect.factsJson), "skipped") == Json(true);
}

class Comparison {
public:
    Comparison(World& world, DossierRows rows) : world_(world), rows_(std::move(rows)) {}

    std::vector<std::string> differences(const Json& wanted) {
        const DossierRow& dossier = rows_.dossier;
        compareText(wanted, "state", std::string(stateName(dossier.state)));
        compareText(wanted, "reason", reason());
        compareText(wanted, "type", dossier.type);
        comparePlace(wanted);
        if (const std::string says = textOf(wanted, "says"); !says.empty())
            compareContains("says", explanation(), says);
        compareDue(wanted);
        if (wanted.contains("asks")) compareSets("asks", asked(), textsOf(wanted["asks"]));
        // In any order: branches side by side end as they like.
        if (wanted.contains("ran")) compareSets("ran", ran(), textsOf(wanted["ran"]));
        for (const std::string& step : textsOf(memberOf(wanted, "not_ran")))
            if (const auto all = ran(); std::find(all.begin(), all.end(), step) != all.end())
                tell("ran", listText(all), "not " + step);
        for (const std::string& slot : textsOf(memberOf(wanted, "documents")))
            if (!hasDocument(slot)) tell("documents", listText(slots()), slot);
        comparePart(wanted, "facts", facts());
        comparePart(wanted, "data", storedJson(dossier.dataJson));
        if (wanted.contains("sent")) compareSent(wanted["sent"]);
        if (wanted.contains("asked_to_sign")) compareAskedToSign(wanted["asked_to_sign"]);
        if (wanted.contains("stamps")) {
            const auto count = countOf("stamp");
            if (count != numberOf(wanted, "stamps"))
                tell("stamps", fmt::format("{}", count), fmt::format("{}", numberOf(wanted, "stamps")));
        }
        return std::move(found_);
    }

    Json outcome() {
        Json sent = Json::array();
        for (const LedgerEntry* entry : messages())
            sent.push_back(messageText(*entry));
        Json at = Json::array();
        for (const BranchRow& branch : rows_.branches)
            at.push_back(branch.path + ":" + branch.step + " " + std::string(stateName(branch.state)));
        // What goes side by side ends in any order.
        auto done = ran(), made = slots();
        std::sort(done.begin(), done.end());
        std::sort(made.begin(), made.end());
        std::sort(sent.begin(), sent.end());
        std::sort(at.begin(), at.end());
        return {{"state", stateName(rows_.dossier.state)},
                {"reason", reason()},
                {"ran", done},
                {"at", std::move(at)},
                {"sent", std::move(sent)},
                {"asked_to_sign", askedToSign()},
                {"slots", made}};
    }

private:
    void tell(const std::string& what, const std::string& is, const std::string& expected) {
        found_.push_back(fmt::format("{}: {}, expected {}", what, is, expected));
    }
    void compareText(const Json& wanted, const char* name, const std::string& is) {
        const std::string expected = textOf(wanted, name);
        if (!expected.empty() && expected != is) tell(name, is.empty() ? "none" : displayText(is), expected);
    }
    void compareContains(const std::string& what, const std::string& is, const std::string& part) {
        if (is.find(part) == std::string::npos)
            tell(what, "\"" + displayText(is) + "\"", fmt::format("\"{}\" in it", part));
    }
    void compareSets(const std::string& what, std::vector<std::string> is,
                     std::vector<std::string> expected) {
        std::sort(is.begin(), is.end());
        std::sort(expected.begin(), expected.end());
        if (is != expected) tell(what, listText(is), listText(expected));
    }
    void comparePart(const Json& wanted, const char* name, const Json& is) {
        if (!wanted.contains(name)) return;
        if (const std::string missing = missingPart(wanted[name], is, name); !missing.empty())
            found_.push_back(missing);
    }
    void comparePlace(const Json& wanted) {
        const std::string step = textOf(wanted, "at");
        if (step.empty()) return;
        std::vector<std::string> places;
        for (const BranchRow& branch : rows_.branches)
            places.push_back(branch.step);
        if (std::find(places.begin(), places.end(), step) == places.end()) tell("at", listText(places), step);
    }
    void compareDue(const Json& wanted) {
        const std::string text = textOf(wanted, "due");
        const auto expected = specTime(text);
        if (!expected) return;
        std::vector<std::string> dues;
        for (const BranchRow& branch : rows_.branches) {
            if (branch.dueMs == 0) continue;
            if (branch.dueMs / kMinuteMs == toUnixMs(*expected) / kMinuteMs) return;
            dues.push_back(formatUtc(fromUnixMs(branch.dueMs)));
        }
        tell("due", listText(dues), text);
    }

    std::string reason() const {
        if (!rows_.dossier.reason.empty()) return rows_.dossier.reason;
        // While a step tries again the reason is its last effect's.
        for (auto effect = rows_.effects.rbegin(); effect != rows_.effects.rend(); ++effect)
            for (const BranchRow& branch : rows_.branches)
                if (branch.step == effect->step && branch.path == effect->branch) return effect->reason;
        return {};
    }
    std::string explanation() const {
        return world_.ownPaths().in(explainDossier(rows_, world_.plan().settings.language));
    }
    std::vector<std::string> asked() const {
        std::vector<std::string> who;
        for (const TaskRow& task : rows_.openTasks)
            who.push_back(task.ask);
        return who;
    }
    std::vector<std::string> ran() const {
        std::vector<std::string> steps;
        for (const EffectRow& effect : rows_.effects)
            // With on_error = "continue" a step that failed is done, and keeps its reason.
            if (effect.state == EffectState::Done && effect.reason.empty() && !wasSkipped(effect) &&
                !isBuiltIn(effect.step))
                steps.push_back(effect.step);
        return steps;
    }
    Json facts() const {
        Json all = Json::object();
        for (const EffectRow& effect : rows_.effects)
            if (effect.state == EffectState::Done) all[effect.step] = storedJson(effect.factsJson);
        return all;
    }
    std::vector<std::string> slots() const {
        std::vector<std::string> names;
        for (const DocumentRow& document : rows_.documents)
            if (!isBuiltIn(document.slot) &&
                std::find(names.begin(), names.end(), document.slot) == names.end())
                names.push_back(document.slot);
        return names;
    }
    bool hasDocument(const std::string& slot) const {
        const auto all = slots();
        return std::find(all.begin(), all.end(), slot) != all.end();
    }

    // What the ledger has of this dossier, and was not surely left undone.
    std::vector<const LedgerEntry*> entries(const std::string& operation) const {
        std::vector<const LedgerEntry*> all;
        for (const LedgerEntry& entry : world_.ledger().entries()) {
            const bool isOurs = std::any_of(rows_.effects.begin(), rows_.effects.end(),
                                            [&](const EffectRow& effect) { return effect.key == entry.key; });
            if (isOurs && entry.operation == operation) all.push_back(&entry);
        }
        return all;
    }
    std::int64_t countOf(const std::string& operation) const {
        return static_cast<std::int64_t>(entries(operation).size());
    }
    std::vector<const LedgerEntry*> messages() const {
        std::vector<const LedgerEntry*> sent;
        for (const LedgerEntry* entry : entries("notify.send"))
            if (entry->answer == Verdict::Done || entry->answer == Verdict::Uncertain) sent.push_back(entry);
        return sent;
    }
    // Mail addresses of all that were asked, in the order of requests and signers.
    Json askedToSign() const {
        Json asked = Json::array();
        for (const LedgerEntry* entry : entries("sign.send")) {
            if (entry->answer != Verdict::Done && entry->answer != Verdict::Uncertain) continue;
            for (const Json& signer : memberOf(entry->params, "signers"))
                asked.push_back(textOf(signer, "email"));
        }
        return asked;
    }
    void compareAskedToSign(const Json& wanted) {
        const Json asked = askedToSign();
        const Json expected = wanted.is_array() ? wanted : Json::array();  // Lua's empty table
        if (asked != expected) tell("asked_to_sign", dumpJson(asked), dumpJson(expected));
    }
    static std::string messageText(const LedgerEntry& entry) {
        return fmt::format("\"{}\" to {} by {}", textOf(entry.params, "subject"),
                           textOf(entry.params, "recipient"), entry.instance);
    }
    static bool isSuch(const LedgerEntry& entry, const Json& wanted) {
        const auto is = [&](const char* option, const std::string& value) {
            const std::string expected = textOf(wanted, option);
            return expected.empty() || expected == value;
        };
        const auto holds = [&](const char* option, const std::string& value) {
            return value.find(textOf(wanted, option)) != std::string::npos;
        };
        std::vector<std::string> attached;
        for (const LedgerEntry::Attachment& one : entry.attachments)
            attached.push_back(one.name);
        return is("to", textOf(entry.params, "recipient")) && is("via", entry.instance) &&
               holds("subject", textOf(entry.params, "subject")) &&
               holds("says", textOf(entry.params, "text")) &&
               (!wanted.contains("attached") || attached == textsOf(wanted["attached"]));
    }
    // Each that is wanted is another one; the first that fits is taken.
    void compareSent(const Json& wanted) {
        std::vector<const LedgerEntry*> left = messages();
        std::vector<std::string> missing;
        for (const Json& one : wanted) {
            const auto found = std::find_if(left.begin(), left.end(),
                                            [&](const LedgerEntry* entry) { return isSuch(*entry, one); });
            if (found == left.end()) {
                missing.push_back(dumpJson(one));
            } else {
                left.erase(found);
            }
        }
        if (missing.empty() && left.empty()) return;
        std::vector<std::string> all;
        for (const LedgerEntry* entry : messages())
            all.push_back(messageText(*entry));
        std::string text = fmt::format("sent: {}", listText(all));
        if (!missing.empty()) text += fmt::format("; expected, and not sent: {}", listText(missing));
        if (missing.empty())
            text += fmt::format("; expected {} of them: \"{}\" was not expected", wanted.size(),
                                displayText(textOf(left.front()->params, "subject")));
        found_.push_back(std::move(text));
    }

    World& world_;
    const DossierRows rows_;
    std::vector<std::string> found_;
};

}  // namespace

Result<std::vector<std::string>> differences(World& world, const std::string& dossier, const Json& options) {
    GREFFE_TRY_ASSIGN(DossierRows rows, readDossierRows(world.reader(), dossier));
    return Comparison(world, std::move(rows)).differences(options);
}

Result<Json> outcomeOf(World& world, const std::string& dossier) {
    GREFFE_TRY_ASSIGN(DossierRows rows, readDossierRows(world.reader(), dossier));
    return Comparison(world, std::move(rows)).outcome();
}

}  // namespace greffe
