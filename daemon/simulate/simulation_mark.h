// SPDX-License-Identifier: Apache-2.0
// Between a simulated house and its documents pool: no seal gets into a document without the word SIMULATION
// on its page, whatever the pipeline says about marks.
#pragma once

#include "workers/call_target.h"

namespace greffe {

class SimulationMark final : public CallTarget {
public:
    explicit SimulationMark(CallTarget& documents) : documents_(documents) {}

    void submit(CallRequest request, bool isReplayable, Done done) override;

private:
    CallTarget& documents_;
};

}  // namespace greffe
