// SPDX-License-Identifier: Apache-2.0
// The jobs that commands do with one document, each through the pools that the daemon uses.
#pragma once

#include "app/house_paths.h"
#include "oneshot/one_shot.h"
#include "oneshot/verdict.h"

#include <string>

namespace greffe {

// --- greffe validate
// --------------------------------------------------------------------------------------------

// Form and signatures. `profile`: the validate step's options.
JobVerdict checkDocument(const HousePaths& paths, const CallInput& document, const Json& profile,
                         const OneShot::Began& began);

// --- greffe verify
// ----------------------------------------------------------------------------------------------

// A kept dossier: the container and its sums, the chain of its journal, whether receipt, manifest, journal
// and documents say the same, and the seals of the documents in it. Facts: those of the archiver, "sha256" of
// the container itself, and "seals": [{"member", "field", "signer", "certificate_sha256", "claimed_time",
// "coverage", "timestamp", "holds", "why"}].
//
// Good means that it does not contradict itself. Whoever made all of it again, and well, is found out only by
// comparing its digest with the office's.
JobVerdict checkKeptDossier(const HousePaths& paths, const CallInput& container, const OneShot::Began& began);

// --- greffe seal
// ------------------------------------------------------------------------------------------------

struct SealJob {
    std::string key, certificate;  // paths, PEM
    std::string pkcs12;            // path, instead of the two
    std::string passphrase;        // path, or empty
    std::string level = "B-B";
    std::string authority;         // URL, or empty
    std::string authorityRoots;    // path of a PEM file, or empty
    std::string reason, location;  // shown by readers, or empty
};

struct SealedDocument {
    JobVerdict verdict;
    CallArtifact tail;  // follows the document's bytes, when good
};
SealedDocument sealDocument(const HousePaths& paths, const CallInput& document, const SealJob& job,
                            const OneShot::Began& began);

}  // namespace greffe
