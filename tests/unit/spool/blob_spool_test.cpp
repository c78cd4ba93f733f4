// SPDX-License-Identifier: Apache-2.0
#include "spool/blob_spool.h"

#include "support/temporary_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

namespace greffe {
namespace {

class BlobSpoolTest : public testing::Test {
protected:
    BlobSpoolTest() { reopen(); }

    void reopen() {
        spool_.reset();
        BlobSpool::Options options;
        options.smallLimitBytes = 4096;
        options.segmentBytes = 16384;
        options.findRow = [this](const Digest& digest) -> Result<std::optional<BlobRow>> {
            const auto found = rows_.find(digest);
            if (found == rows_.end()) return std::optional<BlobRow>();
            return std::optional<BlobRow>(found->second);
        };
        auto spool = BlobSpool::open(folder_.path(), options);
        ASSERT_TRUE(spool) << spool.error().text();
        spool_ = std::move(*spool);
    }

    // Adds and "commits".
    BlobRow add(const std::string& bytes) {
        auto row = spool_->addBytes(bytes);
        EXPECT_TRUE(row) << row.error().text();
        EXPECT_TRUE(spool_->flush());
        return keep(*row);
    }
    BlobRow keep(const BlobRow& row) { return rows_.emplace(row.sha256, row).first->second; }

    std::string read(const BlobRow& row) {
        auto bytes = spool_->readBlob(row, 1U << 30U);
        EXPECT_TRUE(bytes) << bytes.error().text();
        return bytes ? *bytes : "<error>";
    }

    // What is behind openBlob, read from position 0.
    std::string readOpened(const BlobRow& row, bool verify = true) {
        auto fd = spool_->openBlob(row, verify);
        EXPECT_TRUE(fd) << fd.error().text();
        if (!fd) return "<error>";
        EXPECT_EQ(lseek(fd->get(), 0, SEEK_CUR), 0);
        return *readAll(fd->get(), 1U << 30U);
    }

    UniqueFd fileWith(const std::string& bytes) {
        UniqueFd fd(open((folder_.path() + "/source").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        EXPECT_TRUE(writeAll(fd.get(), bytes));
        return fd;
    }

    // Damages one byte of a file below the spool.
    void flip(const std::string& path, std::uint64_t offset) {
        const std::string full = folder_.path() + "/" + path;
        ASSERT_EQ(chmod(full.c_str(), 0640), 0);
        const UniqueFd fd(open(full.c_str(), O_RDWR | O_CLOEXEC));
        char byte = 0;
        ASSERT_EQ(pread(fd.get(), &byte, 1, static_cast<off_t>(offset)), 1);
        byte = static_cast<char>(byte ^ 0x20);
        ASSERT_EQ(pwrite(fd.get(), &byte, 1, static_cast<off_t>(offset)), 1);
    }

    std::string pathOf(const BlobRow& row) const {
        const std::string hex = toHex(row.sha256);
        return "blobs/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex;
    }

    std::vector<std::string> damages() {
        std::vector<std::string> found;
        const Status done =
            spool_->verifyAll([&](const Digest& digest) -> Result<bool> { return rows_.count(digest) != 0; },
                              [&](const std::string& place, const std::string&) { found.push_back(place); });
        EXPECT_TRUE(done) << done.error().text();
        return found;
    }

    TemporaryDirectory folder_;
    std::map<Digest, BlobRow> rows_;
    std::unique_ptr<BlobSpool> spool_;
};

TEST_F(BlobSpoolTest, SmallBlobsAreRecordsLargeOnesFiles) {
    const std::string small(4096, 's'), large(4097, 'l');
    const BlobRow smallRow = add(small);
    const BlobRow largeRow = add(large);
    EXPECT_EQ(smallRow.kind, BlobKind::Segment);
    EXPECT_EQ(smallRow.sha256, sha256(small));
    EXPECT_EQ(smallRow.sizeBytes, small.size());
    EXPECT_EQ(largeRow.kind, BlobKind::File);
    EXPECT_EQ(largeRow.sha256, sha256(large));
    reopen();
    EXPECT_EQ(read(smallRow), small);
    EXPECT_EQ(read(largeRow), large);
    EXPECT_EQ(readOpened(smallRow), small);
    EXPECT_EQ(readOpened(largeRow), large);
    struct stat info {};
    ASSERT_EQ(stat((folder_.path() + "/" + pathOf(largeRow)).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0440U);
}

TEST_F(BlobSpoolTest, NobodyCanWriteThroughAnOpenedBlob) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{10'000}}) {
        const BlobRow row = add(std::string(size, 'x'));
        const auto fd = spool_->openBlob(row, false);
        EXPECT_LT(pwrite(fd->get(), "y", 1, 0), 0);
        EXPECT_NE(ftruncate(fd->get(), 0), 0);
    }
}

TEST_F(BlobSpoolTest, EmptyAndTinyBlobs) {
    for (const std::string& bytes :
         {std::string(), std::string("a"), std::string(7, '\0'), std::string("12345678")}) {
        const BlobRow row = add(bytes);
        EXPECT_EQ(read(row), bytes);
        EXPECT_EQ(readOpened(row), bytes);
    }
    EXPECT_TRUE(damages().empty());
}

TEST_F(BlobSpoolTest, FilesAreCopiedFromTheirStart) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{4096}, std::size_t{4097}, std::size_t{700'000}}) {
        std::string bytes(size, 'b');
        if (size > 2) bytes[size / 2] = 'c';
        const UniqueFd fd = fileWith(bytes);  // its position is at the end
        const auto row = spool_->addFromFile(fd.get(), 1U << 20U);
        ASSERT_TRUE(row) << row.error().text();
        EXPECT_EQ(row->kind, size <= 4096 ? BlobKind::Segment : BlobKind::File);
        EXPECT_EQ(read(*row), bytes);
    }
}

TEST_F(BlobSpoolTest, TooLargeIsRefused) {
    for (const std::size_t size : {std::size_t{101}, std::size_t{5000}}) {
        const UniqueFd fd = fileWith(std::string(size, 'b'));
        EXPECT_EQ(spool_->addFromFile(fd.get(), size - 1).error().code, Errc::Invalid);
        EXPECT_TRUE(spool_->addFromFile(fd.get(), size));
    }
}

TEST_F(BlobSpoolTest, SegmentsRotate) {
    std::vector<BlobRow> rows;
    for (int i = 0; i < 40; ++i)
        rows.push_back(add(std::string(1000, static_cast<char>('0' + i))));
    EXPECT_GE(rows.back().segment, 3U);
    for (int i = 0; i < 40; ++i)
        EXPECT_EQ(read(rows[static_cast<std::size_t>(i)]), std::string(1000, static_cast<char>('0' + i)));
    const BlobRow first = rows.front();
    EXPECT_EQ(first.segment, 1U);
    struct stat info {};
    ASSERT_EQ(stat((folder_.path() + "/segments/00000001.seg").c_str(), &info), 0);
    EXPECT_LE(info.st_size, 16384);
}

TEST_F(BlobSpoolTest, ARestartGoesOnInTheSameSegment) {
    const BlobRow first = add("first");
    reopen();
    const BlobRow second = add("second");
    EXPECT_EQ(second.segment, first.segment);
    EXPECT_GT(second.offset, first.offset);
    EXPECT_EQ(read(first), "first");
    EXPECT_EQ(read(second), "second");
}

TEST_F(BlobSpoolTest, TheSameContentTwiceIsHarmless) {
    for (const std::size_t size : {std::size_t{100}, std::size_t{5000}}) {
        const BlobRow first = add(std::string(size, 'x'));
        const BlobRow second = add(std::string(size, 'x'));
        EXPECT_EQ(first.sha256, second.sha256);
        EXPECT_EQ(read(first), read(second));
    }
}

TEST_F(BlobSpoolTest, AnExtendedBlobCostsItsTail) {
    const std::string base(20'000, 'b'), tail = "the seal", more = "the time stamp";
    const BlobRow baseRow = add(base);
    auto sealed = spool_->addExtended(baseRow, tail);
    ASSERT_TRUE(sealed) << sealed.error().text();
    EXPECT_EQ(sealed->whole.sha256, sha256(base + tail));
    EXPECT_EQ(sealed->whole.sizeBytes, base.size() + tail.size());
    EXPECT_EQ(sealed->tail.sha256, sha256(tail));
    keep(sealed->tail);
    keep(sealed->whole);
    reopen();  // nothing remembered: the base is hashed again
    auto stamped = spool_->addExtended(sealed->whole, more);
    ASSERT_TRUE(stamped) << stamped.error().text();
    EXPECT_EQ(stamped->whole.sha256, sha256(base + tail + more));
    keep(stamped->tail);
    keep(stamped->whole);
    EXPECT_EQ(read(stamped->whole), base + tail + more);
    EXPECT_EQ(readOpened(stamped->whole), base + tail + more);
    const auto copy = openUnnamed(openDirectory(folder_.path())->get());
    ASSERT_TRUE(spool_->copyBlobTo(stamped->whole, copy->get()));
    EXPECT_EQ(factsOf(copy->get())->sizeBytes, stamped->whole.sizeBytes);
}

TEST_F(BlobSpoolTest, AnExtendedBlobOverAMegabyteIsAFileNobodyCanWrite) {
    const std::string base((1U << 20U) + 5, 'b');
    const BlobRow baseRow = add(base);
    auto sealed = spool_->addExtended(baseRow, "tail");
    keep(sealed->tail);
    keep(sealed->whole);
    EXPECT_EQ(readOpened(sealed->whole), base + "tail");
    const auto fd = spool_->openBlob(sealed->whole, false);
    EXPECT_LT(write(fd->get(), "y", 1), 0);
}

TEST_F(BlobSpoolTest, WhatIsDamagedIsNamedAndNeverHandedOut) {
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

TEST_F(BlobSpoolTest, EveryDamagedByteOfARecordIsFound) {
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

TEST_F(BlobSpoolTest, ALostFileIsAnErrorNotAnEmptyDocument) {
    const BlobRow large = add(std::string(9000, 'l'));
    ASSERT_EQ(unlink((folder_.path() + "/" + pathOf(large)).c_str()), 0);
    EXPECT_EQ(spool_->openBlob(large, false).error().code, Errc::NotFound);
    const BlobRow small = add("small");
    ASSERT_EQ(
        truncate((folder_.path() + "/segments/00000001.seg").c_str(), static_cast<off_t>(small.offset + 2)),
        0);
    EXPECT_EQ(spool_->openBlob(small, false).error().code, Errc::Corrupt);
}

TEST_F(BlobSpoolTest, ATornEndIsNeverWrittenAgain) {
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

TEST_F(BlobSpoolTest, ARecordInsideADocumentIsNotARecord) {
    const BlobRow inner = add(std::string(200, 'i'));
    const std::string segment = *readFile(folder_.path() + "/segments/00000001.seg", 1U << 20U);
    const BlobRow hostile = add(segment.substr(64) + segment.substr(64));
    flip("segments/00000001.seg", hostile.offset - 64);  // the chain is lost at the hostile document's header
    EXPECT_EQ(damages(),
              std::vector<std::string>{"segments/00000001.seg@" + std::to_string(hostile.offset - 64)});
    EXPECT_EQ(read(inner), std::string(200, 'i'));
}

TEST_F(BlobSpoolTest, ASweepErasesWhatNobodyNeedsAndIsOld) {
    const std::int64_t day = 86'400'000;
    const BlobRow used = add(std::string(3000, 'u'));
    const BlobRow usedLarge = add(std::string(9000, 'u'));
    const BlobRow rubbish = add(std::string(3000, 'r'));
    const BlobRow rubbishLarge = add(std::string(9000, 'r'));
    const BlobRow after = add(std::string(3000, 'a'));
    rows_.erase(rubbish.sha256);
    rows_.erase(rubbishLarge.sha256);
    const auto isUsed = [&](const Digest& digest) -> Result<bool> { return rows_.count(digest) != 0; };

    const auto young = spool_->sweep(isUsed, day, rubbish.createdMs + day - 1);
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

TEST_F(BlobSpoolTest, ASweepTakesTheSecondCopyButNotTheLastGoodOne) {
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

TEST_F(BlobSpoolTest, AFileAddedAgainIsYoungAgain) {
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

TEST_F(BlobSpoolTest, ABackupHoldsEverything) {
    const BlobRow small = add("small"), large = add(std::string(9000, 'l'));
    TemporaryDirectory elsewhere;
    ASSERT_TRUE(spool_->backupTo(elsewhere.path() + "/copy"));
    spool_ = BlobSpool::open(elsewhere.path() + "/copy", {}).value();
    EXPECT_EQ(read(small), "small");
    EXPECT_EQ(read(large), std::string(9000, 'l'));
}

TEST_F(BlobSpoolTest, OnlyOneProcessWrites) {
    const BlobRow row = add("first");
    auto second = BlobSpool::open(folder_.path(), {});
    ASSERT_TRUE(second) << second.error().text();
    EXPECT_EQ((*second)->addBytes("x").error().code, Errc::Busy);
    EXPECT_TRUE((*second)->readBlob(row, 100));
}

TEST_F(BlobSpoolTest, WhatIsKeptIsWhatWasHashedWhateverTheProducerDoes) {
    std::atomic<bool> stop{false};
    UniqueFd fd = fileWith(std::string(3000, 'a'));
    std::thread producer([&] {
        unsigned int step = 0;
        while (!stop) {
            const std::string bytes(1 + step * 769 % 12'000, static_cast<char>('a' + step % 26));
            static_cast<void>(!pwrite(fd.get(), bytes.data(), bytes.size(), step * 331 % 8000));
            static_cast<void>(!ftruncate(fd.get(), step * 1237 % 9000));
            ++step;
        }
    });
    for (int i = 0; i < 300; ++i) {
        const auto row = spool_->addFromFile(fd.get(), 1U << 20U);
        ASSERT_TRUE(row) << row.error().text();
        const auto bytes = spool_->readBlob(*row, 1U << 20U);
        ASSERT_TRUE(bytes) << bytes.error().text();
        ASSERT_EQ(bytes->size(), row->sizeBytes);
    }
    stop = true;
    producer.join();
}

TEST_F(BlobSpoolTest, ManyThreadsAddAndFlush) {
    constexpr int kThreads = 4, kEach = 100;
    std::vector<std::vector<BlobRow>> rows(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i) {
                const std::string bytes(static_cast<std::size_t>(i * 53 % 6000), static_cast<char>('a' + t));
                const auto row = spool_->addBytes(bytes);
                if (row && (i % 10 != 0 || spool_->flush()))
                    rows[static_cast<std::size_t>(t)].push_back(*row);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    for (const auto& some : rows) {
        ASSERT_EQ(some.size(), static_cast<std::size_t>(kEach));
        for (const BlobRow& row : some)
            EXPECT_EQ(read(row).size(), row.sizeBytes);
    }
}

}  // namespace
}  // namespace greffe
