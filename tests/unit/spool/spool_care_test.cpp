// SPDX-License-Identifier: Apache-2.0
// What happens to blobs long after they were added: damage, torn ends, sweeps, backups.
#include "spool/segments.h"
#include "unit/spool/spool_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

class SpoolCareTest : public BlobSpoolTest {};

// GB-34: the digest shows a change.
TEST_F(SpoolCareTest, WhatIsDamagedIsNamedAndNeverHandedOut) {
    const BlobRow small = add(std::string(1000, 's'));
    const BlobRow large = add(std::string(9000, 'l'));
    auto sealed = spool_->addExtended(large, "tail");
    keep(sealed->tail);
    keep(sealed->whole);
    ASSERT_TRUE(damages().empty());
    flip("segments/00000001.seg", small.offset + 500);
    flip(pathOf(large), 4000);
    for (const BlobRow& row : {small, large, sealed->whole}) {
        EXPECT_EQ(spool_->openBlob(row, true).error().code, Errc::Corrupt);
        EXPECT_EQ(spool_->readBlob(row, 1U << 20U).error().code, Errc::Corrupt);
    }
    reopen();  // no remembered hashes
    EXPECT_EQ(spool_->addExtended(large, "again").error().code, Errc::Corrupt);
    EXPECT_EQ(damages().size(), 2U);
}

TEST_F(SpoolCareTest, EveryDamagedByteOfARecordIsFound) {
    const BlobRow before = add(std::string(40, 'a'));
    const BlobRow row = add(std::string(40, 'b'));
    const BlobRow after = add(std::string(40, 'c'));
    const std::uint64_t start = row.offset - 64;
    for (std::uint64_t at = start; at < start + 64 + 40 + 8; ++at) {
        // State and reserved bytes carry nothing; an erased mark by damage is caught by the row's own
        // reading.
        flip("segments/00000001.seg", at);
        const auto found = damages();
        if (at == start + 5) {
            flip("segments/00000001.seg", at);
            continue;
        }
        EXPECT_EQ(found.size(), 1U) << "byte " << at - start;
        EXPECT_EQ(read(before), std::string(40, 'a'));
        EXPECT_EQ(read(after), std::string(40, 'c'));
        flip("segments/00000001.seg", at);
    }
    EXPECT_TRUE(damages().empty());
}

TEST_F(SpoolCareTest, ALostFileIsAnErrorNotAnEmptyDocument) {
    const BlobRow large = add(std::string(9000, 'l'));
    ASSERT_EQ(unlink((folder_.path() + "/" + pathOf(large)).c_str()), 0);
    EXPECT_EQ(spool_->openBlob(large, false).error().code, Errc::NotFound);
    const BlobRow small = add("small");
    ASSERT_EQ(
        truncate((folder_.path() + "/segments/00000001.seg").c_str(), static_cast<off_t>(small.offset + 2)),
        0);
    EXPECT_EQ(spool_->openBlob(small, false).error().code, Errc::Corrupt);
}

// A power cut before its first sync: the file system knows the file's length, and none of its bytes. Seen
// with fault_disk.
TEST_F(SpoolCareTest, ASegmentThatNeverReachedTheDiskIsNoLoss) {
    const BlobRow kept = add("kept");
    for (const std::uint64_t size : {3U, 64U, 65U, 9'000U}) {
        const std::string path = folder_.path() + "/segments/" + segmentName(kept.segment + 1);
        const UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
        ASSERT_EQ(ftruncate(fd.get(), static_cast<off_t>(size)), 0);
        EXPECT_THAT(damages(), testing::IsEmpty()) << size;
        reopen();
        EXPECT_EQ(read(add(fmt::format("after {}", size))), fmt::format("after {}", size));
        ASSERT_EQ(unlink(path.c_str()), 0);
        reopen();
    }
    EXPECT_EQ(read(kept), "kept");
}

TEST_F(SpoolCareTest, ASegmentsLostHeaderIsNamedWhereItHoldsADocument) {
    const BlobRow first = add("one"), second = add("two");
    flip(fmt::format("segments/{}", segmentName(first.segment)), 20);
    EXPECT_THAT(damages(), testing::ElementsAre(fmt::format("segments/{}@0", segmentName(first.segment))));
    EXPECT_EQ(read(second), "two") << "reading by row needs no header";
    // And where nothing in it tells of documents any more.
    const std::string path = folder_.path() + "/segments/" + segmentName(first.segment);
    ASSERT_EQ(truncate(path.c_str(), 0), 0);
    ASSERT_EQ(truncate(path.c_str(), 4096), 0);
    EXPECT_THAT(damages(), testing::ElementsAre(fmt::format("segments/{}@0", segmentName(first.segment))));
}

TEST_F(SpoolCareTest, ATornEndIsNeverWrittenAgain) {
    const BlobRow first = add(std::string(300, 'f'));
    const BlobRow torn = add(std::string(300, 't'));
    rows_.erase(torn.sha256);  // its row was not committed
    for (std::uint64_t cut = torn.offset - 64 + 1; cut < torn.offset + 300 + 8; cut += 37) {
        spool_.reset();
        ASSERT_EQ(truncate((folder_.path() + "/segments/00000001.seg").c_str(), static_cast<off_t>(cut)), 0);
        reopen();
        const BlobRow next = add("next " + std::to_string(cut));
        EXPECT_GT(next.segment, 1U);
        EXPECT_EQ(read(next), "next " + std::to_string(cut));
        EXPECT_EQ(read(first), std::string(300, 'f'));
        EXPECT_TRUE(damages().empty()) << "a crash's torn end is no damage";
        spool_.reset();
        ASSERT_EQ(unlink((folder_.path() + "/segments/" + "00000002.seg").c_str()), 0);
        rows_.erase(next.sha256);
        ASSERT_EQ(truncate((folder_.path() + "/segments/00000001.seg").c_str(),
                           static_cast<off_t>(torn.offset + 400)),
                  0);
    }
}

TEST_F(SpoolCareTest, ARecordInsideADocumentIsNotARecord) {
    const BlobRow inner = add(std::string(200, 'i'));
    const std::string segment = *readFile(folder_.path() + "/segments/00000001.seg", 1U << 20U);
    const BlobRow hostile = add(segment.substr(64) + segment.substr(64));
    flip("segments/00000001.seg", hostile.offset - 64);  // the chain is lost at the hostile document's header
    EXPECT_EQ(damages(),
              std::vector<std::string>{"segments/00000001.seg@" + std::to_string(hostile.offset - 64)});
    EXPECT_EQ(read(inner), std::string(200, 'i'));
}

TEST_F(SpoolCareTest, ASweepErasesWhatNobodyNeedsAndIsOld) {
    const std::int64_t day = 86'400'000;
    const BlobRow used = add(std::string(3000, 'u'));
    const BlobRow usedLarge = add(std::string(9000, 'u'));
    const BlobRow rubbish = add(std::string(3000, 'r'));
    const BlobRow rubbishLarge = add(std::string(9000, 'r'));
    const BlobRow after = add(std::string(3000, 'a'));
    rows_.erase(rubbish.sha256);
    rows_.erase(rubbishLarge.sha256);
    const auto isUsed = [&](const Digest& digest) -> Result<bool> { return rows_.count(digest) != 0; };

    // A second early: the kernel stamps files with a clock that lags some milliseconds.
    const auto young = spool_->sweep(isUsed, day, rubbish.createdMs + day - 1000);
    ASSERT_TRUE(young) << young.error().text();
    EXPECT_EQ(young->records + young->files, 0U) << "a blob whose row is about to be committed must stay";

    const auto old = spool_->sweep(isUsed, day, rubbish.createdMs + 2 * day);
    ASSERT_TRUE(old) << old.error().text();
    EXPECT_EQ(old->records, 1U);
    EXPECT_EQ(old->files, 1U);
    EXPECT_EQ(old->bytes, 12'000U);
    EXPECT_EQ(spool_->openBlob(rubbish, false).error().code, Errc::NotFound);
    EXPECT_EQ(spool_->openBlob(rubbishLarge, false).error().code, Errc::NotFound);
    const std::string segment = *readFile(folder_.path() + "/segments/00000001.seg", 1U << 20U);
    EXPECT_EQ(segment.find("rrrr"), std::string::npos) << "erased bytes can still be read";
    for (const BlobRow& row : {used, usedLarge, after})
        EXPECT_EQ(read(row).size(), row.sizeBytes);
    EXPECT_EQ(spool_->sweep(isUsed, day, rubbish.createdMs + 2 * day)->records, 0U) << "erased twice";
    EXPECT_TRUE(damages().empty());
    reopen();
    EXPECT_EQ(add("goes on").segment, used.segment) << "an erased record breaks the chain";
}

TEST_F(SpoolCareTest, ASweepTakesTheSecondCopyButNotTheLastGoodOne) {
    const std::int64_t late = add(std::string(500, 'x')).createdMs + 1'000'000;
    const BlobRow row = rows_.at(sha256(std::string(500, 'x')));
    const auto spare = spool_->addBytes(std::string(500, 'x'));
    ASSERT_TRUE(spool_->flush());
    const auto isUsed = [&](const Digest& digest) -> Result<bool> { return rows_.count(digest) != 0; };
    flip("segments/00000001.seg", row.offset);
    EXPECT_EQ(spool_->sweep(isUsed, 1000, late)->records, 0U) << "the row's copy is damaged";
    flip("segments/00000001.seg", row.offset);
    EXPECT_EQ(spool_->sweep(isUsed, 1000, late)->records, 1U);
    EXPECT_EQ(read(row), std::string(500, 'x'));
    EXPECT_FALSE(spool_->openBlob(*spare, true));
}

TEST_F(SpoolCareTest, AFileAddedAgainIsYoungAgain) {
    const BlobRow row = add(std::string(9000, 'x'));
    rows_.clear();
    const timespec old[2] = {{1000, 0}, {1000, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, (folder_.path() + "/" + pathOf(row)).c_str(), old, 0), 0);
    ASSERT_TRUE(spool_->addBytes(std::string(9000, 'x')));  // its row is on its way
    const auto swept =
        spool_->sweep([](const Digest&) -> Result<bool> { return false; }, 86'400'000, row.createdMs + 5000);
    EXPECT_EQ(swept->files, 0U);
    EXPECT_EQ(read(row).size(), 9000U);
}

TEST_F(SpoolCareTest, ABackupHoldsEverything) {
    const BlobRow small = add("small"), large = add(std::string(9000, 'l'));
    TemporaryDirectory elsewhere;
    ASSERT_TRUE(spool_->backupTo(elsewhere.path() + "/copy"));
    spool_ = BlobSpool::open(elsewhere.path() + "/copy", {}).value();
    EXPECT_EQ(read(small), "small");
    EXPECT_EQ(read(large), std::string(9000, 'l'));
}

}  // namespace
}  // namespace greffe
