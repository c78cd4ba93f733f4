// SPDX-License-Identifier: Apache-2.0
// The signatures a document already carries, and what they forbid (ISO 32000-2, 12.8.2).
//
// Read from the form's field tree, as validators do. Says nothing about whether a signature verifies: that is
// the validate step's business; here it only matters that a new signature must not take an earlier one's
// standing away.
#pragma once

#include "document.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace greffe::pdf {

// FieldMDP, or the /Lock of a signature field: which fields a signature freezes.
struct FieldLock {
    enum class Action { All, Include, Exclude };
    Action action = Action::All;
    std::vector<std::string> fields;

    bool locks(const std::string& fieldName) const;
};

struct Signature {
    std::string fieldName;  // fully qualified
    Reference field;        // the field's object
    // The signature dictionary and the object that it is, or stands in. They live as long as the document.
    const Object* owner = nullptr;
    Value dictionary;
    std::string subFilter;  // "ETSI.CAdES.detached", "adbe.pkcs7.detached", "ETSI.RFC3161", …
    bool isTimestamp = false;
    std::optional<std::vector<std::int64_t>> byteRange;  // absent when it is not an array of integers
    bool hasContents = false;
    std::optional<std::int64_t> permission;  // P of a DocMDP transform or of the field's lock: 1, 2 or 3
    std::vector<FieldLock> locks;
};

struct SignatureInventory {
    std::vector<Signature> signatures;        // signed ones, in the order of the field tree
    std::size_t emptyFields = 0;              // signature fields without a signature
    std::vector<std::string> rootFieldNames;  // /T of the form's top-level fields: a new one must differ
    // P of the certification that the catalog's /Perms names.
    std::optional<std::int64_t> certification;
};

Expected<SignatureInventory> readSignatures(Document& document);

// Whether a signature in a new field `fieldName` may be appended to the file of `fileBytes` bytes. The
// refusals: ChangesForbidden (certified with P=1, or `isVisible` on a certified document), FieldsLocked,
// NotExtensible (a byte range beyond the end of the file, which any appended byte would make wrong),
// SignatureBroken (no usable byte range at all).
Check mayAppendSignature(const SignatureInventory& inventory, std::uint64_t fileBytes,
                         const std::string& fieldName, bool isVisible);

}  // namespace greffe::pdf
