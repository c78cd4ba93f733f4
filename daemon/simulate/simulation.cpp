// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulation.h"

#include "store/event_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

// Gives the answers that were prepared, and remembers which were used.
class Answerer {
public:
    Answerer(World& world, const SimulationOrder& order) : world_(world), order_(order) {}

    // Until nobody asks any more for what is known. One step may be asked again and again (each), so every
    // question is answered once.
    Status answerAll(const std::vector<std::string>& dossiers) {
        bool hasAnswered = true;
        while (hasAnswered) {
            hasAnswered = false;
            for (const std::string& dossier : dossiers) {
                GREFFE_TRY_ASSIGN(const bool tasks, answerTasks(dossier));
                GREFFE_TRY_ASSIGN(const bool events, sendEvents(dossier));
                hasAnswered = hasAnswered || tasks || events;
            }
        }
        return {};
    }

    std::vector<std::string> unused() const {
        std::vector<std::string> left;
        for (const auto& [step, answer] : order_.answers)
            if (used_.count(step) == 0) left.push_back(step);
        return left;
    }

private:
    const std::string* answerFor(const std::string& step) {
        const auto found = order_.answers.find(step);
        if (found == order_.answers.end()) return nullptr;
        used_.insert(step);
        return &found->second;
    }

    Result<bool> answerTasks(const std::string& dossier) {
        bool hasAnswered = false;
        GREFFE_TRY_ASSIGN(const std::vector<TaskRow> tasks, world_.reader().tasks(dossier, true));
        for (const TaskRow& task : tasks) {
            const std::string* const answer = answerFor(task.step);
            if (answer == nullptr || !answered_.insert(task.id).second) continue;
            GREFFE_TRY(world_.ask("task.answer",
                                  {{"task", task.id}, {"answer", *answer}, {"reason", "simulation"}}));
            hasAnswered = true;
        }
        return hasAnswered;
    }

    Result<bool> sendEvents(const std::string& dossier) {
        bool hasSent = false;
        GREFFE_TRY_ASSIGN(const std::vector<BranchRow> branches, world_.reader().branches(dossier));
        for (const BranchRow& branch : branches) {
            const auto awaited = EventWait::of(branch.waitKey);
            if (!awaited) continue;
            const std::string* const body = answerFor(branch.step);
            if (body == nullptr || !answered_.insert(dossier + "/" + branch.path + "/" + branch.step).second)
                continue;
            const bool isSigning =
                world_.plan().findInstance("signature_provider", awaited->provider) != nullptr;
            if (isSigning) GREFFE_TRY(sign(*awaited, branch.step, *body));
            GREFFE_TRY(world_.ask("event.send", {{"provider", awaited->provider},
                                                 {"event", fmt::format("simulated-{}", ++events_)},
                                                 {"about", awaited->about},
                                                 {"body", body->empty() || isSigning ? "{}" : *body},
                                                 {"reason", "simulation"}}));
            hasSent = true;
        }
        return hasSent;
    }

    // Everybody who was asked signs, or says no.
    Status sign(const EventWait& awaited, const std::string& step, const std::string& answer) {
        using Act = StandInSigning::Act;
        if (answer != "signed" && answer != "refused")
            return makeError(Errc::Invalid,
                             fmt::format("--answer {}={}: a signature is signed or refused", step, answer));
        return world_.ledger().signing().act(awaited.provider, awaited.about, "",
                                             answer == "signed" ? Act::Sign : Act::Refuse, "simulation",
                                             world_.time().wall());
    }

    World& world_;
    const SimulationOrder& order_;
    std::set<std::string> used_;
    std::set<std::string> answered_;
    int events_ = 0;
};

}  // namespace

Result<SimulationReport> simulate(World& world, const SimulationOrder& order) {
    SimulationReport report;
    report.startedMs = toUnixMs(world.time().wall());
    std::vector<std::string> dossiers;
    for (const Sample& sample : order.samples) {
        GREFFE_TRY_ASSIGN(std::string id, world.import(sample));
        dossiers.push_back(std::move(id));
    }
    Answerer answerer(world, order);
    Status answered;
    world.moveTo(order.until, [&] {
        if (answered) answered = answerer.answerAll(dossiers);
    });
    GREFFE_TRY(answered);
    for (const std::string& dossier : dossiers) {
        GREFFE_TRY_ASSIGN(DossierStory story, storyOf(world, dossier, order.language));
        report.dossiers.push_back(std::move(story));
    }
    report.endedMs = toUnixMs(world.time().wall());
    report.unused = answerer.unused();
    return report;
}

Json reportJson(const SimulationReport& report) {
    Json dossiers = Json::array();
    for (const DossierStory& story : report.dossiers)
        dossiers.push_back(storyJson(story));
    Json json = {{"simulation", true},
                 {"started_ms", report.startedMs},
                 {"ended_ms", report.endedMs},
                 {"dossiers", std::move(dossiers)}};
    if (!report.unused.empty()) json["unused_answers"] = report.unused;
    return json;
}

}  // namespace greffe
