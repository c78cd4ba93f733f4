// SPDX-License-Identifier: Apache-2.0
// Runs specs, each in a world of its own; and once more with a restart of the daemon between every two steps of
// the pipeline, which must end the same.
//
// One thread: the one that turns the stage's reactor.
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

// folder: the configuration's, where `drop { file = … }` finds its bytes. The Error is the machine's.
Result<SpecResult> runSpec(Stage& stage, const Spec& spec, const std::string& folder);

}  // namespace greffe
