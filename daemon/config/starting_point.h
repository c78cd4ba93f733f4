// SPDX-License-Identifier: Apache-2.0
// First files for somebody who begins: a pipeline and, where there is none yet, a small greffe.lua around it.
// Both are made from the schemas: what a comment says of an option is what the manual says, and options that
// are left out stand there as comments with the value that they have then.
//
// Pure: the caller writes the files. That they pass the check is what end_to_end_author proves.
#pragma once

#include "config/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// What of a house the pipeline can use; empty names: there is none, and its step becomes a comment.
struct HouseParts {
    std::string key;       // that may seal at B-B
    std::string notifier;  // any
    std::string archive;
    std::string dropFolder;  // that nobody watches yet
};

// Of the house that startingHouse writes.
HouseParts startingParts(std::string_view pipeline);
// Of a plan that passed the check.
HouseParts partsOf(const Plan& plan, std::string_view pipeline);

// The text of pipelines/NAME.lua. name: isConfigName.
std::string startingPipeline(std::string_view name, const HouseParts& parts);
// The text of greffe.lua.
std::string startingHouse(std::string_view pipeline);

}  // namespace greffe
