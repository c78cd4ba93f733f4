// SPDX-License-Identifier: Apache-2.0
// How results are told: TAP for people and runners, JUnit for CI. Pure.
#pragma once

#include "specs/spec_run.h"

#include <string>
#include <vector>

namespace greffe {

// One test point of TAP 14, with what was expected and the timeline up to there as its diagnostics.
std::string tapLine(const SpecResult& result, std::size_t number);

// The XML that CI servers read: one suite, one case a spec.
std::string junitXml(const std::vector<SpecResult>& results);

}  // namespace greffe
