// SPDX-License-Identifier: Apache-2.0
// What the sender gets back about a dropped file: a JSON receipt beside it, and, when it was refused, a short
// text a person can read, in French or English.
#pragma once

#include "intake/folder_places.h"  // kReceiptSuffix
#include "store/rows.h"

#include <greffe/reason.h>

#include <optional>
#include <string>
#include <vector>

namespace greffe {

struct ReceiptFile {
    std::string name;  // bytes
    Digest sha256{};
    std::uint64_t sizeBytes = 0;
};

struct SealNote {
    std::string step, level;
    bool isDegraded = false;  // asked for a time-stamp and has none
    std::string authority;    // who gave the time-stamp, or empty
    std::int64_t stampedUnix = 0;
};

// What people did with a request for their signatures.
struct SignatureNote {
    struct Signer {
        std::string id, status;
        std::int64_t signedUnix = 0;
    };
    std::string step, provider, remoteId, status;
    std::vector<Signer> signers;
};

struct KeptNote {
    std::string archive;
    std::string name;   // of the container, below the archive's path
    std::string until;  // date, or empty
};

struct OutcomeNote {
    std::string step, branch;
    std::string outcome;  // "unknown", "happened", "did_not_happen"
    std::string said;     // why it is unknown, or who knew better
};

struct ReceiptFacts {
    DossierRow dossier;
    std::string verdict;  // of the endings table, or the state's name while under way
    std::optional<ReceiptFile> received;
    std::optional<ReceiptFile> manifest;
    // Of a folder or an archive: what was found in it, and as which document each file counts.
    struct Part {
        std::string slot;
        ReceiptFile file;
    };
    std::vector<Part> parts;
    std::vector<ReceiptFile> results;  // files in out/
    std::vector<KeptNote> kept;        // the containers that keep it
    std::vector<OutcomeNote> outcomes;
    std::vector<SealNote> seals;  // in their order
    std::vector<SignatureNote> signatures;
    std::vector<MessageRow> messages;  // who was told, and what became of it
    std::string currentStep;           // live receipts
    std::string supportContact;        // whom to ask, or empty
    std::int64_t atMs = 0;
};

inline constexpr std::string_view kReasonSuffix = ".reason.txt";

std::string receiptJson(const ReceiptFacts& facts);

// language: "fr" or "en". A reason as a sender may read it, without its detail.
std::string_view reasonSentence(Reason reason, std::string_view language);
// The same without what somebody must do: where nobody has to yet.
std::string_view reasonCause(Reason reason, std::string_view language);

std::string reasonText(const ReceiptFacts& facts, std::string_view language);

}  // namespace greffe
