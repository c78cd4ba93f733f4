// SPDX-License-Identifier: Apache-2.0
// A backup of journal and documents at one moment, made while the daemon works, and its way back.
//
//   <backup>/journal/greffe.sqlite3   the journal, one snapshot
//   <backup>/blobs/…                  every document it refers to (perhaps some that came after)
//   <backup>/backup.json              written last: without it a backup is not complete, and is not restored
//
// The order is journal, then documents: a row is committed only after its bytes, so every row of the snapshot
// finds them. Keys, certificates and the configuration folder are not in it (the plan's sources are, in the
// journal).
#pragma once

#include "spool/blob_spool.h"
#include "store/store.h"

#include <cstdint>
#include <functional>
#include <string>

namespace greffe {

struct BackupFacts {
    std::string version;  // of the Greffe that made it
    std::int64_t madeAtMs = 0;
    std::string journalSha256;  // hexadecimal
    std::uint64_t journalBytes = 0;
    std::int64_t dossiers = 0, documents = 0;  // documents: distinct contents
    std::uint64_t copiedBytes = 0;
};

struct BackupProgress {
    std::string_view phase;  // "journal", "documents", "checking"
    std::uint64_t doneBytes = 0, totalBytes = 0;
};
// An error ends the work with it.
using BackupWatch = std::function<Status(const BackupProgress& progress)>;

// directory: absent or empty. Errc::Exists otherwise. A backup that fails in the middle stays without its
// backup.json.
Result<BackupFacts> makeBackup(Store& store, BlobSpool& spool, const std::string& blobsDirectory,
                               const std::string& directory, std::int64_t nowMs, const BackupWatch& watch);

// Reads backup.json. Errc::Corrupt when it is no complete backup.
Result<BackupFacts> readBackupFacts(const std::string& directory);

// Puts a backup where a daemon's settings.spool is: `target`, absent or empty, Errc::Exists otherwise.
// Everything is copied beside it, checked (the journal's digest, the audit chain, every document against its
// digest) and moved there in one step. The journal is marked: the first start on it asks a person about what
// may have been done after the backup (restored_journal.h).
Result<BackupFacts> restoreBackup(const std::string& directory, const std::string& target,
                                  const BackupWatch& watch);

}  // namespace greffe
