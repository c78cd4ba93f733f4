// SPDX-License-Identifier: Apache-2.0
// Which file of a folder or an archive, or which single file, is which document of the dossier.
//
// In this order: what the manifest says; a file called like a slot (lease.pdf → "lease", identity-2.jpg →
// "identity" where it takes several); one file that is left over goes to the first mandatory slot that is
// empty and accepts it, or to the only slot there is. Everything else is refused: a guess would put
// somebody's identity card where the contract should be.
//
// Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace greffe {

struct SlotRule {
    std::string name;
    bool isMandatory = true;
    bool isMany = false;               // one for each party of a role
    std::vector<std::string> accepts;  // media types; empty: any
};

struct NamedFile {
    std::string name;  // bytes, with the folders it lies in
    std::string mediaType;
};

struct SlotMapping {
    std::vector<std::string> slots;  // one for each file
    std::string problem;             // for the sender; empty when everything has its place
};

// What can say where a file belongs, besides its name: advice that names what nobody reads helps nobody.
enum class NamedBy { FileName, Manifest };

// given: slot → names of files, of the manifest. Without rules there is one slot, "document".
SlotMapping mapToSlots(std::vector<SlotRule> rules, const std::vector<NamedFile>& files,
                       const std::map<std::string, std::vector<std::string>>& given, NamedBy namedBy);

// What stands behind the last '/'.
std::string baseNameOf(const std::string& path);

}  // namespace greffe
