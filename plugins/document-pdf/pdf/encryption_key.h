// SPDX-License-Identifier: Apache-2.0
// From the encryption dictionary and the empty password to the file's key (ISO 32000-2, algorithms
// 2, 2.A, 2.B, 4-6, 11).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace greffe::pdf {

struct KeyInputs {
    std::int64_t revision = 0;
    std::size_t keyBytes = 5;
    std::uint32_t permissions = 0;
    bool encryptsMetadata = true;
    std::string ownerValue, userValue;  // /O and /U
    std::string ownerKey, userKey;      // /OE and /UE, revisions 5 and 6
    std::string fileId;
};

// The key, when the empty password opens the file, be it the user's or the owner's.
std::optional<std::string> keyForEmptyPassword(const KeyInputs& inputs);

}  // namespace greffe::pdf
