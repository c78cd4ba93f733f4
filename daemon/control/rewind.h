// SPDX-License-Identifier: Apache-2.0
// A dossier as it was at an earlier moment, from what the journal keeps of it: effects with their beginning
// and end, tasks, messages, documents. Pure.
//
// What was at a moment is what had begun by then and had not ended. Of a branch that waited for its next try
// nobody wrote down until when: that is the moment at which the try began.
#pragma once

#include "config/plan.h"
#include "dossier/operator_moves.h"

namespace greffe {

// Nothing is in it when the dossier came later: createdMs of the row says so.
struct DossierMoment {
    DossierRows rows;
    std::vector<TaskRow> tasks;  // answered ones, too
};

DossierMoment rewound(const DossierRows& now, const std::vector<TaskRow>& tasks, const PipelinePlan& pipeline,
                      std::int64_t atMs);

}  // namespace greffe
