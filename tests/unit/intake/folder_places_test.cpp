// SPDX-License-Identifier: Apache-2.0
// Where a dropped file is, whatever becomes of the folder around it.
#include "intake/folder_places.h"

#include "support/mounted.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kDossier = "01J00000000000000000000001";
constexpr const char* kOther = "01J00000000000000000000002";

class Places : public ::testing::Test {
protected:
    Places() { fs::create_directories(in()); }
    std::string in() const { return folder_.path() + "/in"; }
    void write(const std::string& path, const std::string& bytes) const {
        fs::create_directories(fs::path(in() + "/" + path).parent_path());
        std::ofstream(in() + "/" + path, std::ios::binary) << bytes;
    }
    // As it was admitted and then copied to another disk: nothing of its identity is left.
    static SourceRow copied(const std::string& name) {
        SourceRow row;
        row.intake = "in";
        row.name = name;
        row.claim = "batch/" + name;
        row.device = 1;
        row.inode = 1;
        row.sizeBytes = 5;
        return row;
    }
    static SourceContent content(const std::string& bytes) {
        SourceContent content;
        content.members.push_back({"", bytes.size(), sha256(bytes)});
        return content;
    }
    static std::string found(const FolderPlaces& places, const SourceRow& source, const std::string& dossier,
                             const SourceContent& content, std::optional<Place> alsoIn = std::nullopt) {
        const auto at = places.findSource(source, dossier, alsoIn, content);
        if (!at) return at.error().text();
        if (!*at) return "nowhere";
        const std::string place =
            (*at)->place ? std::string(kPlaceNames[static_cast<std::size_t>(*(*at)->place)]) : "claimed";
        return place + "/" + (*at)->name;
    }

    TemporaryDirectory folder_;
};

TEST_F(Places, StayTheSameWhileTheFolderDoes) {
    const auto places = FolderPlaces::open(in()).value();
    const auto next = places.refreshed();
    ASSERT_TRUE(next) << next.error().text();
    EXPECT_FALSE(*next);
}

TEST_F(Places, AreOpenedAgainWhenTheFolderWasMadeAgain) {
    const auto places = FolderPlaces::open(in()).value();
    fs::remove_all(in());
    EXPECT_FALSE(places.refreshed()) << "it is missing";
    fs::create_directories(in());
    const auto next = places.refreshed();
    ASSERT_TRUE(next) << next.error().text();
    ASSERT_TRUE(*next);
    write("x.pdf", "new");
    EXPECT_TRUE(existsAt((*next)->root(), "x.pdf"));
    EXPECT_FALSE(existsAt(places.root(), "x.pdf")) << "the old ones lead to what is gone";
    EXPECT_FALSE(*(*next)->refreshed());
}

TEST_F(Places, ASubfolderThatSomebodyRemovedIsMadeAgain) {
    const auto places = FolderPlaces::open(in()).value();
    fs::remove_all(in() + "/done");
    const auto next = places.refreshed();
    ASSERT_TRUE(next && *next);
    EXPECT_TRUE(fs::is_directory(in() + "/done"));
}

TEST_F(Places, AnEmptyMountPointIsNotTheFolder) {
    Mounted share;
    GREFFE_NEEDS(share.mountTmpfs(""), "mounting needs root");
    const auto places = FolderPlaces::open(share.path()).value();
    share.unmount();
    const auto bare = places.refreshed();
    ASSERT_FALSE(bare);
    EXPECT_THAT(bare.error().text(), HasSubstr("mount what belongs there"));
    EXPECT_FALSE(fs::exists(share.path() + "/in-progress")) << "nothing is made below a mount point";
    EXPECT_FALSE(FolderPlaces::openKnown(share.path()));
}

TEST_F(Places, ASourceIsFoundByItsContentInACopiedFolder) {
    const auto places = FolderPlaces::open(in()).value();
    write("in-progress/a.pdf", "bytes");
    EXPECT_EQ(found(places, copied("a.pdf"), kDossier, content("bytes")), "in-progress/a.pdf");
    EXPECT_EQ(found(places, copied("a.pdf"), kDossier, content("other")), "nowhere")
        << "of its size, not its bytes";
    EXPECT_EQ(found(places, copied("a.pdf"), kDossier, {}), "nowhere");
}

TEST_F(Places, TwoDossiersOfOneNameAndContentDoNotTakeEachOthersSource) {
    const auto places = FolderPlaces::open(in()).value();
    write("in-progress/a.pdf", "bytes");
    write("in-progress/" + nameWithId("a.pdf", kOther), "bytes");
    EXPECT_EQ(found(places, copied("a.pdf"), kOther, content("bytes")),
              "in-progress/" + nameWithId("a.pdf", kOther));
    EXPECT_EQ(found(places, copied("a.pdf"), kDossier, content("bytes")), "in-progress/a.pdf");
}

TEST_F(Places, AnInodeThatMeansAnotherFileByNowIsNotBelieved) {
    const auto places = FolderPlaces::open(in()).value();
    write("in-progress/a.pdf", "theirs");
    write("in-progress/" + nameWithId("a.pdf", kOther), "bytes");
    SourceRow source = copied("a.pdf");
    source.inode = factsAt(AT_FDCWD, in() + "/in-progress/a.pdf")->inode;
    EXPECT_EQ(found(places, source, kOther, content("bytes")), "in-progress/" + nameWithId("a.pdf", kOther));
}

TEST_F(Places, WhatAnEarlierDossierLeftInDoneIsNotTheSource) {
    const auto places = FolderPlaces::open(in()).value();
    write("done/a.pdf", "bytes");
    SourceRow source = copied("a.pdf");
    source.device = factsAt(AT_FDCWD, in())->device;
    EXPECT_EQ(found(places, source, kDossier, content("bytes"), Place::Done), "nowhere");
}

// Moved from quarantine/ into the drop folder by hand, it is taken as another dossier's, and has the inode
// that the first one remembers.
TEST_F(Places, AFileThatBecameAnotherDossiersIsNotTheFirstOnesAnyMore) {
    const auto places = FolderPlaces::open(in()).value();
    for (const bool isFolder : {false, true}) {
        const std::string name = isFolder ? "case" : "a.pdf";
        write(".greffe/claimed/first/" + name + (isFolder ? "/a.pdf" : ""), "bytes");
        SourceRow first = copied(name), second = copied(name);
        first.claim = "first/" + name;
        second.claim = "second/" + name;
        const auto facts = factsAt(AT_FDCWD, in() + "/.greffe/claimed/first/" + name);
        first.inode = second.inode = facts->inode;
        first.device = second.device = facts->device;
        ASSERT_EQ(places.moveSource(first, kDossier, Place::Quarantine).value(), name);
        fs::create_directories(in() + "/.greffe/claimed/second");
        fs::rename(in() + "/quarantine/" + name, in() + "/.greffe/claimed/second/" + name);
        ASSERT_EQ(places.moveSource(second, kOther, Place::InProgress).value(), name);

        EXPECT_EQ(found(places, first, kDossier, {}, Place::Quarantine), "nowhere");
        EXPECT_EQ(found(places, second, kOther, {}), "in-progress/" + name);
        ASSERT_EQ(places.moveSource(second, kOther, Place::Done).value(), name);
        EXPECT_EQ(found(places, first, kDossier, {}, Place::Done), "nowhere");
        EXPECT_EQ(found(places, second, kOther, {}, Place::Done), "done/" + name);
    }
}

TEST_F(Places, AMarkThatCameAlongWithACopyCountsForNothing) {
    const auto places = FolderPlaces::open(in()).value();
    write("in-progress/a.pdf", "bytes");
    const std::string mark = std::string(kOther) + " 4711";
    ASSERT_EQ(
        setxattr((in() + "/in-progress/a.pdf").c_str(), "user.greffe.source", mark.data(), mark.size(), 0),
        0);
    EXPECT_EQ(found(places, copied("a.pdf"), kDossier, content("bytes")), "in-progress/a.pdf");
}

TEST_F(Places, ADroppedFolderIsFoundByAllThatIsInIt) {
    const auto places = FolderPlaces::open(in()).value();
    write("in-progress/case/a/lease.pdf", "one");
    write("in-progress/case/b/lease.pdf", "two");
    SourceContent all;
    all.members = {{"a/lease.pdf", 3, sha256("one")}, {"b/lease.pdf", 3, sha256("two")}};
    EXPECT_EQ(found(places, copied("case"), kDossier, all), "in-progress/case");
    all.members.back().sha256 = sha256("six");
    EXPECT_EQ(found(places, copied("case"), kDossier, all), "nowhere");
}

}  // namespace
}  // namespace greffe
