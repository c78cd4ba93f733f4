// SPDX-License-Identifier: Apache-2.0
// A kept dossier taken apart and put together again the way a forger who knows the format does it: whatever
// was changed, every sum in it fits.
//
//   RemadeContainer forged(keptBytes);
//   forged.text("receipt.json") = "{}";
//   writeBytes(path, forged.bytes());
#pragma once

#include "base/json.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace greffe {

class RemadeContainer {
public:
    // Of a zip; a test that cannot read it has no members.
    explicit RemadeContainer(const std::string& container);

    // Names and bytes, as they will follow each other.
    std::vector<std::pair<std::string, std::string>> members;

    std::string& text(const std::string& name);
    // Reads a member, lets it be changed, and writes it as the archiver does.
    void changeJson(const std::string& name, const std::function<void(Json& json)>& change);
    // The same for the journal: its lines, chained anew afterwards unless they are to be left as they are.
    void changeJournal(const std::function<void(std::vector<Json>& lines)>& change, bool isChained = true);
    // Gone from the container, the manifest and the sums.
    void remove(const std::string& name);
    // The manifest's entry of a member.
    void changeEntry(const std::string& name, const std::function<void(Json& entry)>& change);

    // With manifest and SHA256SUMS that fit the members, and the digest at the end.
    std::string bytes();
    // The same, the digest alone made anew: members, manifest and sums as they stand here.
    std::string bytesAsTheyAre() const;

private:
    void fitSums();
};

}  // namespace greffe
