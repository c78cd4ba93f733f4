// SPDX-License-Identifier: Apache-2.0
// A spool with small limits, the rows that were "committed", and hands to damage its files.
#pragma once

#include "spool/blob_spool.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

namespace greffe {

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
        options.isSegmentUsed = [this](std::uint32_t segment) -> Result<bool> {
            return std::any_of(rows_.begin(), rows_.end(), [&](const auto& entry) {
                return entry.second.kind == BlobKind::Segment && entry.second.segment == segment;
            });
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

}  // namespace greffe
