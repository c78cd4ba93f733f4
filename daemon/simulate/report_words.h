// SPDX-License-Identifier: Apache-2.0
// What a simulation's page says in its own name, in French and English. Pure.
#pragma once

#include "simulate/simulation.h"

#include <span>
#include <string>
#include <string_view>

namespace greffe {

struct PageWord {
    std::string_view key, french, english;
    std::string_view in(bool isFrench) const { return isFrench ? french : english; }
};

// The words of the frame, by the name under which it calls them.
std::span<const PageWord> pageWords();

// Of a dossier or a step: "done" → "terminé".
std::string stateWord(std::string_view state, bool isFrench);
// "2 pages", "1 page".
std::string pagesWord(std::uint32_t count, bool isFrench);
// "12 Ko", "12 KB".
std::string bytesWord(std::uint64_t bytes, bool isFrench);
// "2026-11-22 08:30".
std::string timeWord(std::int64_t unixMs);
std::string standstillWords(const Standstill& standstill, bool isFrench);
// What became of something that would have left the house; empty when it was taken.
std::string answerWord(Verdict answer, bool isFrench);

}  // namespace greffe
