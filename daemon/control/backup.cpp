// SPDX-License-Identifier: Apache-2.0
#include "control/backup.h"

#include "base/clock.h"
#include "base/json.h"
#include "control/restored_journal.h"
#include "spool/blob_files.h"
#include "sys/files.h"

#include <greffe/version.h>

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>

namespace greffe {
namespace {

constexpr int kFormat = 1;
constexpr const char* kFactsName = "backup.json";
constexpr const char* kJournalFolder = "journal";
constexpr const char* kJournalName = "greffe.sqlite3";
constexpr const char* kBlobsFolder = "blobs";
constexpr std::size_t kBlobsAtOnce = 1'000;

// Of all files below; what cannot be looked at counts nothing: it is for a progress bar.
std::uint64_t bytesBelow(const std::string& directory) {
    std::uint64_t bytes = 0;
    std::error_code ignored;
    for (auto at = std::filesystem::recursive_directory_iterator(directory, ignored);
         !ignored && at != std::filesystem::recursive_directory_iterator(); at.increment(ignored))
        if (at->is_regular_file(ignored)) bytes += at->file_size(ignored);
    return bytes;
}

// Made if absent. Errc::Exists when something is in it.
Status makeEmptyDirectory(const std::string& path) {
    GREFFE_TRY(makeDirectories(path));
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(path));
    bool isEmpty = true;
    GREFFE_TRY(listDirectory(directory.get(), [&](const std::string&) { return isEmpty = false; }));
    if (isEmpty) return {};
    return makeError(Errc::Exists, fmt::format("{} is not empty", path),
                     "name a directory that is not there yet");
}

// Read, not mapped: a medium that fails, or a file that is shorter than it was, is then an error and not the
// end of the process by SIGBUS.
Result<std::string> digestOf(int fd) {
    Sha256 hash;
    GREFFE_TRY(hashFile(fd, hash));
    return toHex(hash.digest());
}

// Counts a journal's rows, and checks each document's bytes when a spool is given.
Status lookThrough(Store& store, BlobSpool* spool, BackupFacts& facts, const BackupWatch& watch) {
    GREFFE_TRY_ASSIGN(const auto reader, store.openReader());
    GREFFE_TRY_ASSIGN(const auto counts, reader->countByState());
    facts.dossiers = facts.documents = 0;
    for (const auto& [state, count] : counts)
        facts.dossiers += count;
    Digest after{};
    std::uint64_t checkedBytes = 0;
    for (;;) {
        GREFFE_TRY_ASSIGN(const std::vector<BlobRow> blobs, reader->blobs(after, kBlobsAtOnce));
        if (blobs.empty()) return {};
        for (const BlobRow& blob : blobs) {
            ++facts.documents;
            if (spool == nullptr) continue;
            if (auto bytes = spool->openBlob(blob, true); !bytes)
                return makeError(Errc::Corrupt,
                                 fmt::format("document {}: {}", toHex(blob.sha256), bytes.error().message),
                                 "this backup is damaged; use an earlier one");
            checkedBytes += blob.sizeBytes;
            GREFFE_TRY(watch({"checking", checkedBytes, std::max(checkedBytes, facts.copiedBytes)}));
        }
        after = blobs.back().sha256;
    }
}

Status writeFacts(int directory, const BackupFacts& facts) {
    const Json json = {{"format", kFormat},
                       {"greffe", facts.version},
                       {"made_at", formatUtc(fromUnixMs(facts.madeAtMs))},
                       {"made_at_ms", facts.madeAtMs},
                       {"journal_sha256", facts.journalSha256},
                       {"journal_bytes", facts.journalBytes},
                       {"dossiers", facts.dossiers},
                       {"documents", facts.documents},
                       {"copied_bytes", facts.copiedBytes}};
    return replaceFile(directory, kFactsName, prettyJson(json) + "\n");
}

// The journal's file, and its digest into `facts` or against it.
Status copyJournal(const std::string& from, const std::string& targetDirectory, BackupFacts& facts) {
    GREFFE_TRY(makeDirectories(targetDirectory + "/" + kJournalFolder));
    GREFFE_TRY_ASSIGN(const UniqueFd source, openDirectory(from + "/" + kJournalFolder));
    GREFFE_TRY_ASSIGN(const UniqueFd file, openRegularAt(source.get(), kJournalName));
    GREFFE_TRY_ASSIGN(const std::string digest, digestOf(file.get()));
    GREFFE_TRY_ASSIGN(const FileFacts size, factsOf(file.get()));
    if (size.sizeBytes != facts.journalBytes || digest != facts.journalSha256)
        return makeError(Errc::Corrupt,
                         fmt::format("{}: the journal is not the one that was backed up", from),
                         "use another backup");
    GREFFE_TRY_ASSIGN(const UniqueFd target, openDirectory(targetDirectory + "/" + kJournalFolder));
    GREFFE_TRY_ASSIGN(const UniqueFd copy, openUnnamed(target.get(), 0640));
    GREFFE_TRY(copyRange(file.get(), 0, facts.journalBytes, copy.get()));
    GREFFE_TRY(syncFile(copy.get()));
    GREFFE_TRY(linkUnnamed(copy.get(), target.get(), kJournalName));
    return syncDirectory(target.get());
}

BlobSpool::Copied copiedInto(BackupFacts& facts, std::uint64_t totalBytes, const BackupWatch& watch) {
    return [&facts, totalBytes, &watch](std::uint64_t bytes) {
        facts.copiedBytes += bytes;
        return watch({"documents", facts.copiedBytes, std::max(totalBytes, facts.copiedBytes)});
    };
}

// Everything into `place`, which is not the target yet, and checked there.
Status fillRestored(const std::string& directory, const std::string& place, BackupFacts& facts,
                    const BackupWatch& watch) {
    GREFFE_TRY(watch({"journal", 0, facts.journalBytes}));
    GREFFE_TRY(copyJournal(directory, place, facts));
    {
        const std::string blobs = directory + "/" + kBlobsFolder;
        BlobSpool::Options reading;
        reading.isReadOnly = true;
        GREFFE_TRY_ASSIGN(const auto source, BlobSpool::open(blobs, std::move(reading)));
        facts.copiedBytes = 0;
        GREFFE_TRY(source->backupTo(place + "/" + kBlobsFolder, copiedInto(facts, bytesBelow(blobs), watch)));
    }
    GREFFE_TRY_ASSIGN(const auto store, openSqliteStore(place + "/" + kJournalFolder));
    GREFFE_TRY(store->verifyAudit());
    GREFFE_TRY(markRestored(*store, {facts.madeAtMs, toUnixMs(systemClock().wall())}));
    GREFFE_TRY_ASSIGN(const std::shared_ptr<StoreReader> reader, store->openReader());
    BlobSpool::Options options;
    options.findRow = [reader](const Digest& digest) { return reader->blob(digest); };
    GREFFE_TRY_ASSIGN(const auto spool, BlobSpool::open(place + "/" + kBlobsFolder, std::move(options)));
    return lookThrough(*store, spool.get(), facts, watch);
}

}  // namespace

Result<BackupFacts> makeBackup(Store& store, BlobSpool& spool, const std::string& blobsDirectory,
                               const std::string& directory, std::int64_t nowMs, const BackupWatch& watch) {
    GREFFE_TRY(makeEmptyDirectory(directory));
    GREFFE_TRY_ASSIGN(const UniqueFd target, openDirectory(directory));
    BackupFacts facts;
    facts.version = GREFFE_VERSION;
    facts.madeAtMs = nowMs;
    const std::uint64_t totalBytes = bytesBelow(blobsDirectory);
    GREFFE_TRY(watch({"journal", 0, totalBytes}));
    const std::string journal = directory + "/" + kJournalFolder;
    GREFFE_TRY(makeDirectories(journal));
    GREFFE_TRY(store.backupTo(journal + "/" + kJournalName));
    {
        // Counted in the snapshot: the journal itself goes on growing. Before the digest: closing it may
        // write.
        GREFFE_TRY_ASSIGN(const auto snapshot, openSqliteStore(journal));
        GREFFE_TRY(lookThrough(*snapshot, nullptr, facts, watch));
    }
    {
        GREFFE_TRY_ASSIGN(const UniqueFd folder, openDirectory(journal));
        GREFFE_TRY_ASSIGN(const UniqueFd file, openRegularAt(folder.get(), kJournalName));
        GREFFE_TRY_ASSIGN(const FileFacts size, factsOf(file.get()));
        facts.journalBytes = size.sizeBytes;
        GREFFE_TRY_ASSIGN(facts.journalSha256, digestOf(file.get()));
    }
    GREFFE_TRY(spool.backupTo(directory + "/" + kBlobsFolder, copiedInto(facts, totalBytes, watch)));
    GREFFE_TRY(syncFileSystem(target.get()));
    GREFFE_TRY(writeFacts(target.get(), facts));
    return facts;
}

Result<BackupFacts> readBackupFacts(const std::string& directory) {
    const auto text = readFile(directory + "/" + kFactsName, 64U << 10U);
    if (!text)
        return makeError(Errc::Corrupt,
                         fmt::format("{} holds no complete backup: {}", directory, text.error().message));
    GREFFE_TRY_ASSIGN(const Json json, parseJson(*text));
    if (numberOf(json, "format") != kFormat)
        return makeError(Errc::Unsupported,
                         fmt::format("{}: a backup of format {}", directory, numberOf(json, "format")),
                         "restore it with the Greffe that made it");
    BackupFacts facts;
    facts.version = textOf(json, "greffe");
    facts.madeAtMs = numberOf(json, "made_at_ms");
    facts.journalSha256 = textOf(json, "journal_sha256");
    facts.journalBytes = static_cast<std::uint64_t>(numberOf(json, "journal_bytes"));
    facts.dossiers = numberOf(json, "dossiers");
    facts.documents = numberOf(json, "documents");
    facts.copiedBytes = static_cast<std::uint64_t>(numberOf(json, "copied_bytes"));
    return facts;
}

Result<BackupFacts> restoreBackup(const std::string& directory, const std::string& target,
                                  const BackupWatch& watch) {
    GREFFE_TRY_ASSIGN(BackupFacts facts, readBackupFacts(directory));
    const std::int64_t promised = facts.dossiers;
    GREFFE_TRY(makeEmptyDirectory(target));
    const SplitPath place = splitPath(target);
    const std::string filling = place.name + ".restoring";
    GREFFE_TRY_ASSIGN(const UniqueFd parent, openDirectory(place.directory));
    if (existsAt(parent.get(), filling))
        return makeError(
            Errc::Exists,
            fmt::format("{}/{} is there: an earlier restore did not end", place.directory, filling),
            "remove it and try again");
    const std::string fillingPath = place.directory + "/" + filling;
    GREFFE_TRY(makeDirectories(fillingPath));
    Status filled = fillRestored(directory, fillingPath, facts, watch);
    if (filled && facts.dossiers != promised)
        filled = makeError(Errc::Corrupt,
                           fmt::format("{} dossiers restored, {} were backed up", facts.dossiers, promised));
    if (!filled) {
        // Half of a spool is of use to nobody, and in the way of the next attempt.
        std::error_code ignored;
        std::filesystem::remove_all(fillingPath, ignored);
        Error& error = filled.error();
        if (error.advice.empty())
            error.advice = "nothing was restored; mend the cause, or use another backup";
        return std::move(error);
    }
    GREFFE_TRY(syncFileSystem(parent.get()));
    GREFFE_TRY(removeDirectoryAt(parent.get(), place.name));
    GREFFE_TRY(renameNew(parent.get(), filling, parent.get(), place.name));
    GREFFE_TRY(syncDirectory(parent.get()));
    return facts;
}

}  // namespace greffe
