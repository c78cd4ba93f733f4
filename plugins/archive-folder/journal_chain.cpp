// SPDX-License-Identifier: Apache-2.0
#include "journal_chain.h"

#include "container/sha256.h"
#include "dossier_container.h"

#include <string>

namespace greffe::archive_folder {
namespace {

container::Refusal lost(std::uint32_t line, const std::string& what) {
    return {Reason::BytesLost,
            "line " + std::to_string(line) + " of member \"journal.jsonl\" " + what + std::string(kWhoToAsk),
            false};
}

}  // namespace

container::Check checkJournalChain(std::string_view journal, std::string_view dossier, JournalFacts& facts) {
    if (journal.empty())
        return container::Refusal{Reason::BytesLost,
                                  "member \"journal.jsonl\" has no line" + std::string(kWhoToAsk), false};
    std::string expected = container::sha256Hex(dossier);
    while (!journal.empty()) {
        const std::size_t end = journal.find('\n');
        ++facts.lines;
        if (end == std::string_view::npos) return lost(facts.lines, "does not end");
        const std::string_view text = journal.substr(0, end);
        journal.remove_prefix(end + 1);
        const Json line = Json::parse(text, nullptr, false);
        if (!line.is_object()) return lost(facts.lines, "is no JSON object");
        const auto previous = line.find("previous");
        if (previous == line.end())
            return lost(facts.lines, "does not follow the one before it: it has no \"previous\"");
        if (*previous != expected)
            return lost(facts.lines,
                        "does not follow the one before it: its \"previous\" is not " + expected);
        expected = container::sha256Hex(text);
    }
    facts.isChained = true;
    return {};
}

}  // namespace greffe::archive_folder
