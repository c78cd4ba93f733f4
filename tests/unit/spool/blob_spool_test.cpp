// SPDX-License-Identifier: Apache-2.0
#include "unit/spool/spool_fixture.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

namespace greffe {
namespace {

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

// The office sends the contract again because the kept one is damaged.
TEST_F(BlobSpoolTest, TheSameContentAgainHealsDamage) {
    for (const std::string& bytes : {std::string(1'000, 's'), std::string(10'000, 'l')}) {
        const BlobRow first = add(bytes);
        flip(first.kind == BlobKind::Segment ? "segments/00000001.seg" : pathOf(first),
             first.kind == BlobKind::Segment ? first.offset + 5 : 5);
        ASSERT_FALSE(spool_->openBlob(first, true));
        const auto again = spool_->addBytes(bytes);
        ASSERT_TRUE(again) << again.error().text();
        ASSERT_TRUE(spool_->flush());
        EXPECT_EQ(read(*again), bytes);
        if (first.kind == BlobKind::Segment) {
            EXPECT_TRUE(again->replacesDamaged);
        } else {
            EXPECT_EQ(read(first), bytes) << "the file itself is replaced";
        }
        rows_[first.sha256] = *again;
        EXPECT_FALSE(spool_->addBytes(bytes)->replacesDamaged) << "all is well now";
    }
}

TEST_F(BlobSpoolTest, AFileThatGotShorterIsReplacedToo) {
    const std::string bytes(10'000, 'l');
    const BlobRow row = add(bytes);
    ASSERT_EQ(truncate((folder_.path() + "/" + pathOf(row)).c_str(), 100), 0);
    const UniqueFd source = fileWith(bytes);
    ASSERT_TRUE(spool_->addFromFile(source.get(), 1U << 20U));
    EXPECT_EQ(read(row), bytes);
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
