// SPDX-License-Identifier: Apache-2.0
// Files under way that a restored journal does not know.
#include "intake/forgotten_files.h"

#include "intake/placed_file.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kBatch = "01JBATCH";  // nobody recovers it here: its kind plays no part

class ForgottenFiles : public ::testing::Test {
protected:
    ForgottenFiles() {
        fs::create_directories(root_);
        places_ = std::make_unique<FolderPlaces>(FolderPlaces::open(root_).value());
        store_ = openSqliteStore(folder_.path() + "/journal").value();
        settings_.name = "leases";
        settings_.path = root_;
    }
    void lay(const std::string& path, const std::string& bytes = "bytes") const {
        fs::create_directories(fs::path(root_ + "/in-progress/" + path).parent_path());
        std::ofstream(root_ + "/in-progress/" + path) << bytes;
    }
    // A dossier of the journal whose source is this file.
    void know(std::uint64_t number, const std::string& directory, const std::string& name,
              const std::function<void(SourceRow&)>& change = {}) {
        DossierRow row = testDossier(testId(number));
        row.source.directory = directory;
        row.source.name = name;
        auto dir = places_->directory(Place::InProgress, directory);
        if (auto facts = factsAt(dir->get(), name)) {
            row.source.inode = facts->inode;
            row.source.sizeBytes = facts->sizeBytes;
            row.source.mtimeNs = facts->mtimeNs;
        }
        if (change) change(row.source);
        ASSERT_TRUE(commitOne(*store_, [&](StoreTransaction& tx) { return tx.insertDossier(row); }));
    }
    std::vector<std::string> reclaim() {
        const auto reader = store_->openReader().value();
        auto taken = reclaimForgotten(*places_, settings_, *reader, kBatch);
        EXPECT_TRUE(taken) << taken.error().text();
        return taken ? *taken : std::vector<std::string>();
    }
    std::vector<std::string> below(const std::string& place) const {
        std::vector<std::string> paths;
        const fs::path top = root_ + "/" + place;
        if (fs::exists(top))
            for (const auto& entry : fs::recursive_directory_iterator(top))
                if (entry.is_regular_file()) paths.push_back(fs::relative(entry.path(), top).string());
        std::sort(paths.begin(), paths.end());
        return paths;
    }
    std::vector<std::string> claimed() const { return below(std::string(".greffe/claimed/") + kBatch); }

    TemporaryDirectory folder_;
    const std::string root_ = folder_.path() + "/in";
    std::unique_ptr<FolderPlaces> places_;
    std::unique_ptr<Store> store_;
    FolderSettings settings_;
};

TEST_F(ForgottenFiles, AreClaimedAgainAndTheKnownStay) {
    lay("known.pdf");
    lay("unknown.pdf");
    know(1, "", "known.pdf");
    EXPECT_THAT(reclaim(), ElementsAre("unknown.pdf"));
    EXPECT_THAT(claimed(), ElementsAre("unknown.pdf"));
    EXPECT_THAT(below("in-progress"), ElementsAre("known.pdf"));
    EXPECT_THAT(reclaim(), IsEmpty()) << "again changes nothing";
}

// The name was given again, after the dossier that the backup knows had ended.
TEST_F(ForgottenFiles, AnotherFileOfAKnownNameIsNotTheKnownOne) {
    lay("lease.pdf", "the second one");
    know(1, "", "lease.pdf", [](SourceRow& source) {
        source.inode += 1'000'000;
        source.sizeBytes += 1;
    });
    EXPECT_THAT(reclaim(), ElementsAre("lease.pdf"));
}

TEST_F(ForgottenFiles, AFolderThatWasCopiedBackHasOtherInodes) {
    lay("lease.pdf");
    know(1, "", "lease.pdf", [](SourceRow& source) { source.inode += 1'000'000; });
    EXPECT_THAT(reclaim(), IsEmpty());
}

TEST_F(ForgottenFiles, WhatTheirReceiptSaidIsOver) {
    lay("unknown.pdf");
    lay("stranger.receipt.json");
    const auto dir = places_->directory(Place::InProgress, "").value();
    const PlacedFile receipt{testId(7), "unknown.pdf.receipt.json",
                             [](int fd) { return writeAll(fd, "{}"); }};
    ASSERT_TRUE(placeFile(dir.get(), receipt));
    if (!isPlacedFile(dir.get(), "unknown.pdf.receipt.json"))
        GTEST_SKIP() << "this file system has no extended attributes";
    EXPECT_THAT(reclaim(), UnorderedElementsAre("stranger.receipt.json", "unknown.pdf"));
    EXPECT_THAT(below("in-progress"), IsEmpty());
    EXPECT_THAT(claimed(), ElementsAre("stranger.receipt.json", "unknown.pdf"));
}

TEST_F(ForgottenFiles, AManifestGetsItsOwnNameBack) {
    settings_.manifest = FolderSettings::Manifest::Optional;
    lay("lease.pdf");
    lay(nameWithId("lease.json", testId(9)), "{}");
    lay("known.pdf");
    lay(nameWithId("known.json", testId(1)), "{}");
    know(1, "", "known.pdf", [](SourceRow& source) { source.companion = "known.json"; });
    reclaim();
    EXPECT_THAT(claimed(), ElementsAre("lease.json", "lease.pdf"));
    EXPECT_THAT(below("in-progress"), UnorderedElementsAre("known.pdf", nameWithId("known.json", testId(1))));
}

TEST_F(ForgottenFiles, SubfoldersAreLookedIntoOrAreDossiersThemselves) {
    lay("north/lease.pdf");
    EXPECT_THAT(reclaim(), IsEmpty()) << "nobody looks into subfolders here";
    settings_.hasFoldersAsDossiers = true;
    EXPECT_THAT(reclaim(), ElementsAre("north"));
    EXPECT_THAT(claimed(), ElementsAre("north/lease.pdf"));
    settings_.hasFoldersAsDossiers = false;
    settings_.isRecursive = true;
    lay("south/lease.pdf");
    EXPECT_THAT(reclaim(), ElementsAre("south/lease.pdf"));
}

}  // namespace
}  // namespace greffe
