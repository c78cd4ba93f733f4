// SPDX-License-Identifier: Apache-2.0
#include "oneshot/contradiction.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

namespace greffe {
namespace {

std::string saying(const Said& said) {
    return said.what.empty() ? said.where + " says nothing"
                             : fmt::format("{} says {}", said.where, displayText(said.what));
}

}  // namespace

std::string placeIn(const std::string& field, const std::string& member) {
    return fmt::format("\"{}\" in member \"{}\"", field, member);
}

std::string journalLineName(std::size_t line) {
    return fmt::format("line {} of member \"journal.jsonl\"", line);
}

std::string placeInLine(const std::string& field, std::size_t line) {
    return fmt::format("\"{}\" in {}", field, journalLineName(line));
}

std::string contradictionText(const Said& one, const Said& other) {
    return withAdvice(saying(one) + "; " + saying(other));
}

std::string withAdvice(std::string sentence) {
    return sentence += "; compare it with the office's archive, and ask who handed it over";
}

}  // namespace greffe
