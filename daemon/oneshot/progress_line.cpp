// SPDX-License-Identifier: Apache-2.0
#include "oneshot/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace greffe {
namespace {

constexpr const char* kWipe = "\r\033[K";

std::string_view wordsFor(std::string_view operation) {
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"key.describe", "opening the key"},
        {"seal.prepare", "making room for the seal"},
        {"sign", "signing"},
        {"stamp", "asking for a time-stamp"},
        {"seal.embed", "putting the seal in"},
        {"archive.verify", "checking every byte"},
        {"transform", "taking documents out"},
        {"inspect", "checking the document"},
        {"validate", "checking the document"},
    };
    for (const auto& [name, words] : kWords)
        if (name == operation) return words;
    return operation;
}

}  // namespace

ProgressLine::ProgressLine() : isTerminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    if (isTerminal_) std::fputs(kWipe, stderr);
}

void ProgressLine::show(std::string_view operation) const {
    if (isTerminal_) fmt::print(stderr, "{}{} …", kWipe, wordsFor(operation));
}

}  // namespace greffe
