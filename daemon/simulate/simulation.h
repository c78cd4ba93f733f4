// SPDX-License-Identifier: Apache-2.0
// One simulation as `greffe simulate` runs it: samples are dropped, questions are answered as told, time
// passes, and what happened is told.
#pragma once

#include "simulate/timeline.h"

#include <map>
#include <string>
#include <vector>

namespace greffe {

struct SimulationOrder {
    std::vector<Sample> samples;
    // By step id: a task's answer, or the body (JSON) of the event that a wait waits for. Given as soon as
    // the step asks.
    std::map<std::string, std::string> answers;
    WallTime until{};  // time passes until then; the start or before: it stands still
    std::string language = "en";
};

struct SimulationReport {
    std::int64_t startedMs = 0, endedMs = 0;
    std::vector<DossierStory> dossiers;
    std::vector<std::string> unused;  // answers that no step asked for
};

// Errors are the machine's, or say what is wrong with a sample or an answer.
Result<SimulationReport> simulate(World& world, const SimulationOrder& order);

Json reportJson(const SimulationReport& report);

}  // namespace greffe
