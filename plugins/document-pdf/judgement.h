// SPDX-License-Identifier: Apache-2.0
// Compares what was found with what is wanted. All findings are given, so that a sender mends everything at
// once; the gravest comes first and its code becomes the verdict's.
#pragma once

#include "examination.h"
#include "profile.h"

#include <greffe/reason.h>

#include <cstdint>
#include <string>
#include <vector>

namespace greffe::document_pdf {

struct Finding {
    Reason reason = Reason::Malformed;
    std::string text;
    std::vector<std::uint32_t> pages;  // counted from 1; empty when it is about the whole document
};

// Damage only: what makes inspect refuse. Gravest first.
std::vector<Finding> judgeForm(const Examination& found);
// The same and everything that the profile asks for. Gravest first.
std::vector<Finding> judge(const Examination& found, const Profile& profile);

}  // namespace greffe::document_pdf
