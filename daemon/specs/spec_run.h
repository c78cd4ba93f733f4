// SPDX-License-Identifier: Apache-2.0
// Runs specs, each in a world of its own; and once more with a restart of the daemon between every two steps
// of the pipeline, which must end the same.
#pragma once

#include "simulate/stage.h"
#include "specs/spec.h"

#include <functional>
#include <string>
#include <vector>

namespace greffe {

struct SpecFailure {
    std::string file;  // of the action that failed
    int line = 0;
    std::vector<std::string> lines;  // "state: waiting, expected done"
    bool isRestarted = false;        // only with restarts between the steps
    std::string timeline;            // what happened until then, for people
};

struct SpecResult {
    const Spec* spec = nullptr;
    std::optional<SpecFailure> failure;
    std::chrono::milliseconds took{0};
};

// folder: the configuration's, where `drop { file = … }` finds its bytes. The Error is the machine's. On the
// thread that turns the stage's reactor.
Result<SpecResult> runSpec(Stage& stage, const Spec& spec, const std::string& folder);

// All of them, as many at once as the machine has processors, each on a stage of its own; what is known in
// `results` of pure work is not done again. `told` is called
// for each result in the order of the specs, one call at a time. The Error is the machine's; what was begun
// ends.
Result<std::vector<SpecResult>> runSpecs(
    const std::vector<Spec>& specs, const LoadedConfiguration& configuration, const HousePaths& paths,
    const std::string& folder, PureResults& results,
    const std::function<void(const SpecResult&, std::size_t number)>& told);

}  // namespace greffe
