// SPDX-License-Identifier: Apache-2.0
// The small world of the crash and fault tests: numbered documents, admitted by admission_workload into a
// store and a spool, and the check that everything which was acknowledged is really there.
#pragma once

#include "spool/blob_spool.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "support/store_rows.h"

#include <gtest/gtest.h>

#include <set>

namespace greffe::admission {

// Small limits, so that a few dozen documents reach every path: records, files, rotations.
inline BlobSpool::Options spoolOptions(StoreReader& reader) {
    BlobSpool::Options options;
    options.smallLimitBytes = 4096;
    options.segmentBytes = 16384;
    options.findRow = [&reader](const Digest& digest) { return reader.blob(digest); };
    options.isSegmentUsed = [&reader](std::uint32_t segment) -> Result<bool> {
        GREFFE_TRY_ASSIGN(const auto rows, reader.blobsOfSegment(segment));
        return !rows.empty();
    };
    return options;
}

// What document `number` contains: different for each, of sizes on both sides of the limits.
inline std::string contentOf(std::uint64_t number) {
    std::string content = "document " + std::to_string(number) + "\n";
    const std::size_t size = number % 4 == 3 ? 5000 + number % 3000 : number * 797 % 4000 + 30;
    while (content.size() < size)
        content += content;
    content.resize(size);
    return content;
}

// Every fifth is kept as an earlier one followed by a tail.
inline bool isExtended(std::uint64_t number) {
    return number % 5 == 4;
}
inline std::string wholeOf(std::uint64_t number) {
    return isExtended(number) ? contentOf(number - 1) + contentOf(number) : contentOf(number);
}

struct World {
    std::unique_ptr<Store> store;
    std::unique_ptr<StoreReader> reader;
    std::unique_ptr<BlobSpool> spool;

    static Result<World> open(const std::string& journal, const std::string& spool) {
        World world;
        GREFFE_TRY_ASSIGN(world.store, openSqliteStore(journal));
        GREFFE_TRY_ASSIGN(world.reader, world.store->openReader());
        GREFFE_TRY_ASSIGN(world.spool, BlobSpool::open(spool, spoolOptions(*world.reader)));
        return world;
    }
};

// After a crash: every acknowledged document is there byte by byte, every row has its bytes, the database and
// the audit chain are whole, nothing counts as damaged. Answers the numbers that are in the journal.
inline std::set<std::uint64_t> check(const std::string& journal, const std::string& spool,
                                     const std::set<std::uint64_t>& acknowledged) {
    std::set<std::uint64_t> present;
    auto opened = World::open(journal, spool);
    EXPECT_TRUE(opened) << opened.error().text();
    if (!opened) return present;
    World& world = *opened;

    auto database = sqlite::Database::open(journal + "/greffe.sqlite3", {});
    auto integrity = (*database)->query("PRAGMA integrity_check");
    EXPECT_TRUE(integrity && *integrity->next());
    EXPECT_EQ(integrity->text(0), "ok");
    const Status audit = world.store->verifyAudit();
    EXPECT_TRUE(audit) << audit.error().text();
    const Status verified = world.spool->verifyAll(
        [&](const Digest& digest) { return world.reader->isBlobUsed(digest); },
        [](const std::string& place, const std::string& what) { ADD_FAILURE() << place << ": " << what; });
    EXPECT_TRUE(verified) << verified.error().text();

    DossierFilter filter;
    filter.limit = 1'000'000;
    const auto dossiers = world.reader->dossiers(filter);
    EXPECT_TRUE(dossiers);
    for (const DossierRow& dossier : *dossiers) {
        const std::uint64_t number = std::stoull(dossier.id.substr(3));
        present.insert(number);
        const auto documents = world.reader->documents(dossier.id);
        EXPECT_TRUE(documents && documents->size() == 1);
        EXPECT_EQ(world.reader->branches(dossier.id)->size(), 1U);
        EXPECT_EQ(world.reader->audit(dossier.id, 0, 10)->size(), 1U);
        if (!documents || documents->empty()) continue;
        const auto row = world.reader->blob(documents->front().blob);
        EXPECT_TRUE(row && *row) << "document " << number << " has no blob row";
        if (!row || !*row) continue;
        const auto bytes = world.spool->readBlob(**row, 1U << 20U);
        EXPECT_TRUE(bytes) << "document " << number << ": " << bytes.error().text();
        EXPECT_TRUE(!bytes || *bytes == wholeOf(number)) << "document " << number << " has other bytes";
    }
    for (const std::uint64_t number : acknowledged)
        EXPECT_EQ(present.count(number), 1U) << "document " << number << " was acknowledged and is lost";
    return present;
}

}  // namespace greffe::admission
