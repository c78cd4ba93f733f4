// SPDX-License-Identifier: Apache-2.0
// Where a branch stands in its pipeline and where it goes next. Pure functions on a plan.
//
// A branch walks a line of steps. `choose`, `task` and `wait` lead it into a line of their own and back.
// `parallel` and `each` open branches beside it, which end with their line; meanwhile it waits.
//
// A branch is named by its way there: "" is the main one, "end.keep" the way "keep" of the parallel step
// "end", "tell[2]" the second item of the each step "tell", "tell[2]/end.keep" both.
#pragma once

#include "config/plan.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace greffe {

// Whether the lines inside a step of this kind are walked by branches of their own.
bool opensBranches(std::string_view kind);

// The way of that name; nullptr when the step has none. "cases.large", "on.refuse", "on_expired" …
const StepBranch* findWay(const StepPlan& step, std::string_view name);

// The step that follows on the same branch: the next of the line, or, at the line's end, what follows the
// step that led into it. nullptr where the branch ends, and for an unknown id. Behind a built-in step
// ("@manifest") comes the pipeline's first.
const StepPlan* nextStep(const PipelinePlan& pipeline, std::string_view id);

// Names of the branches that a step of `parent` opens. Slashes and percent signs in a way's name are escaped.
std::string wayPath(std::string_view parent, std::string_view step, std::string_view way);
std::string itemPath(std::string_view parent, std::string_view step, std::size_t number);  // from 1

std::string parentPath(std::string_view path);
// Whether the branch was opened by that step of `parent`.
bool isOpenedBy(std::string_view path, std::string_view parent, std::string_view step);

// What tells the executions of one step apart: the path up to its last item, "" outside of every `each`.
std::string itemOf(std::string_view path);
// Of two items: whether `other` is one that goes the same way beside `ours`, or lies in such a one.
// "all[1]" and "all[1]/inner[2]" beside "all[2]"; not "all[1]" beside "all[1]/inner[2]" nor beside "more[1]".
bool isOfAnotherItem(std::string_view other, std::string_view ours);
// Whether `ours` is `item`, or lies in it; every item lies in "".
bool isAround(std::string_view item, std::string_view ours);
// The number of the innermost item, 0 outside of every `each`.
std::size_t itemNumber(std::string_view path);
// The branch that opened the innermost item, and the id of its `each` step.
struct ItemOrigin {
    std::string branch, step;
};
ItemOrigin itemOrigin(std::string_view path);

}  // namespace greffe
