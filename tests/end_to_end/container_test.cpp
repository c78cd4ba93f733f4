// SPDX-License-Identifier: Apache-2.0
// A folder, or an archive, that is one dossier.
#include "base/json.h"
#include "store/store.h"
#include "support/daemon_under_test.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kSealLease = R"(seal { id = "seal", key = "office", document = "lease" })";
constexpr const char* kSlots = R"(documents = { slot "lease" {}, slot "identity" { per = "tenant" } },
    parties = { role "tenant" { many = true, optional = true } })";

class Containers : public ::testing::Test {
protected:
    explicit Containers(const std::string& options = {})
        : daemon_(kSealLease,
                  "stable_seconds = 0, folders_as_dossiers = true, archives_as_dossiers = true, "
                  "manifest = \"optional\"" +
                      options,
                  {}, kSlots) {}

    // A folder beside the drop folder, to be moved or packed into it.
    std::string prepare(const std::string& name, const std::map<std::string, std::string>& files) {
        const fs::path folder = daemon_.root() + "/prepared/" + name;
        for (const auto& [path, bytes] : files) {
            fs::create_directories((folder / path).parent_path());
            std::ofstream(folder / path, std::ios::binary) << bytes;
        }
        return folder;
    }
    void dropFolder(const std::string& name, const std::map<std::string, std::string>& files) {
        fs::rename(prepare(name, files), daemon_.inFolder() + "/" + name);
    }
    void dropArchive(const std::string& name, const std::map<std::string, std::string>& files) {
        const std::string folder = prepare(name + ".d", files);
        const std::string made = daemon_.root() + "/prepared/" + name;
        const bool isZip = name.find(".zip") != std::string::npos;
        const std::string command = isZip ? fmt::format("cd '{}' && zip -q -r '{}' .", folder, made)
                                          : fmt::format("tar --zstd -C '{}' -cf '{}' .", folder, made);
        ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(cert-env33-c): the test's own words
        fs::rename(made, daemon_.inFolder() + "/" + name);
    }
    void finish(std::size_t count) {
        ASSERT_TRUE(daemon_.start());
        ASSERT_TRUE(daemon_.waitUntilSettled(count)) << daemon_.log();
        EXPECT_EQ(daemon_.stop(), 0) << daemon_.log();
        auto store = openSqliteStore(daemon_.root() + "/spool/journal");
        auto reader = (*store)->openReader();
        dossiers_ = (*reader)->dossiers({}).value();
        for (const DossierRow& row : dossiers_) {
            const auto documents = (*reader)->documents(row.id);
            for (const DocumentRow& document : *documents)
                if (document.producedBy.empty() && document.slot.front() != '@')
                    documents_.insert(document.slot + "=" + document.name);
        }
    }
    Json receipt(const std::string& path) {
        auto text = readFile(daemon_.inFolder() + "/" + path + ".receipt.json", 1U << 20U);
        return text ? Json::parse(*text) : Json();
    }
    std::string reason(const std::string& name) {
        auto text = readFile(daemon_.inFolder() + "/rejected/" + name + ".reason.txt", 1U << 20U);
        return text ? *text : text.error().text();
    }

    DaemonUnderTest daemon_;
    std::vector<DossierRow> dossiers_;
    std::set<std::string> documents_;  // "slot=name" of what was received
};

TEST_F(Containers, AFolderIsOneDossierAndMovesAsOne) {
    const std::string lease = tinyPdf();
    dropFolder("case 1", {{"lease.pdf", lease},
                          {"papers/identity-1.png", "\x89PNG\r\n\x1a\n1"},
                          {"identity-2.png", "2"},
                          {".DS_Store", "noise"}});
    finish(1);
    ASSERT_EQ(dossiers_.size(), 1U);
    EXPECT_THAT(documents_, UnorderedElementsAre("lease=lease.pdf", "identity=identity-1.png",
                                                 "identity=identity-2.png"));
    EXPECT_THAT(daemon_.names("done"), ElementsAre("case 1", "case 1.receipt.json"));
    EXPECT_TRUE(fs::exists(daemon_.inFolder() + "/done/case 1/papers/identity-1.png"));
    EXPECT_THAT(daemon_.names("out"), ElementsAre("lease.pdf"));
    std::map<std::string, std::string> hashes;
    const Json said = receipt("done/case 1");
    for (const Json& part : said["documents"])
        hashes[textOf(part, "name")] = textOf(part, "sha256");
    EXPECT_EQ(hashes.size(), 3U);
    EXPECT_EQ(hashes["lease.pdf"], toHex(sha256(lease)));
    EXPECT_EQ(hashes["identity-2.png"], toHex(sha256("2")));
}

TEST_F(Containers, AnArchiveIsOneDossier) {
    dropArchive("a.zip",
                {{"case/bail.pdf", tinyPdf("zip")},
                 {"case/carte.png", "png"},
                 {"case/manifest.json", R"({"documents":{"identity":"carte.png"},"data":{"rent":1}})"}});
    dropArchive("b.tar.zst", {{"lease.pdf", tinyPdf("tar")}, {"identity.png", "png"}});
    finish(2);
    ASSERT_EQ(dossiers_.size(), 2U);
    EXPECT_THAT(documents_, UnorderedElementsAre("lease=bail.pdf", "identity=carte.png", "lease=lease.pdf",
                                                 "identity=identity.png"));
    EXPECT_THAT(daemon_.names("done"),
                ElementsAre("a.zip", "a.zip.receipt.json", "b.tar.zst", "b.tar.zst.receipt.json"));
    const Json said = receipt("done/a.zip");
    EXPECT_EQ(said["data"]["rent"], 1);
    EXPECT_EQ(said["received"]["name"], "a.zip");
    EXPECT_EQ(said["documents"].size(), 2U);
    EXPECT_EQ(said["manifest"]["name"], "manifest.json");
}

TEST_F(Containers, OneBadFileRejectsAllOfIt) {
    dropFolder("empty file", {{"lease.pdf", tinyPdf()}, {"identity.png", ""}});
    dropFolder("no place", {{"lease.pdf", tinyPdf()}, {"identity.png", "x"}, {"x.bin", "x"}});
    dropFolder("nothing yet", {{".hidden", "x"}});
    dropFolder("manifest",
               {{"lease.pdf", tinyPdf()}, {"identity.png", "x"}, {"manifest.json", "{\n\"dta\": 1}"}});
    const std::string linked = prepare("linked", {{"lease.pdf", tinyPdf()}});
    ASSERT_EQ(symlink("/etc/hostname", (linked + "/identity.png").c_str()), 0);
    ASSERT_EQ(mkfifo((linked + "/pipe").c_str(), 0600), 0);
    fs::rename(linked, daemon_.inFolder() + "/linked");
    dropArchive("missing.zip", {{"lease.pdf", tinyPdf()}});
    finish(5);
    EXPECT_TRUE(fs::exists(daemon_.inFolder() + "/nothing yet")) << "it may still be filled";
    EXPECT_THAT(documents_, IsEmpty()) << "nothing half admitted";
    EXPECT_THAT(daemon_.names("out"), IsEmpty());
    EXPECT_THAT(reason("empty file"), HasSubstr("identity.png: the file is empty"));
    EXPECT_THAT(reason("no place"), HasSubstr("no place for \"x.bin\""));
    EXPECT_THAT(reason("manifest"), HasSubstr("line 2 column 1: unknown member \"dta\""));
    EXPECT_THAT(reason("linked"), HasSubstr("identity.png: a symbolic link"));
    EXPECT_THAT(reason("missing.zip"), HasSubstr("the document \"identity\" is missing"));
    EXPECT_TRUE(fs::exists(daemon_.inFolder() + "/rejected/no place/x.bin")) << "the folder moves as one";
}

TEST_F(Containers, HostileArchivesEndWithAReceipt) {
    const fs::path corpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus/hostile/generated";
    std::size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(corpus, ignored)) {
        const std::string name = entry.path().filename();
        if (name.rfind("zip-", 0) != 0 && name.rfind("tar-", 0) != 0) continue;
        fs::copy_file(entry.path(), daemon_.inFolder() + "/" + name);
        ++count;
    }
    dropArchive("no-archive.zip", {{"lease.pdf", tinyPdf()}});
    std::ofstream(daemon_.inFolder() + "/no-archive.zip", std::ios::binary) << "PK\3\4 and then nothing";
    ++count;
    ASSERT_TRUE(daemon_.start());
    ASSERT_TRUE(daemon_.waitUntilSettled(count, seconds(120))) << daemon_.log();
    EXPECT_EQ(daemon_.stop(), 0);
    EXPECT_THAT(daemon_.names("done"), IsEmpty());
    EXPECT_THAT(daemon_.names("out"), IsEmpty());
    std::size_t receipts = 0;
    for (const char* place : {"rejected", "quarantine"})
        for (const std::string& name : daemon_.names(place))
            if (name.find(".receipt.json") != std::string::npos) ++receipts;
    EXPECT_EQ(receipts, count);
    EXPECT_FALSE(fs::exists(daemon_.root() + "/evil")) << "nothing is unpacked to a disk";
}

TEST_F(Containers, AFolderThatIsBeingFilledIsTakenWhole) {
    DaemonUnderTest daemon(kSealLease, "stable_seconds = 1, folders_as_dossiers = true", {}, kSlots);
    ASSERT_TRUE(daemon.start());
    const std::string folder = daemon.inFolder() + "/slow";
    fs::create_directory(folder);
    std::ofstream(folder + "/lease.pdf", std::ios::binary) << tinyPdf();
    for (int i = 0; i < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(600));
        std::ofstream(fmt::format("{}/identity-{}.png", folder, i), std::ios::binary) << i;
    }
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("done/slow"), testing::SizeIs(6));
    EXPECT_THAT(daemon.names("rejected"), IsEmpty()) << daemon.log();
}

TEST_F(Containers, AReadyMarkerSaysWhenAFolderOrFileIsComplete) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })",
                           R"(stable_seconds = 0, folders_as_dossiers = true, ready_marker = ".ok")");
    ASSERT_TRUE(daemon.start());
    daemon.drop("file.pdf", tinyPdf("file"));
    fs::create_directory(daemon.inFolder() + "/case");
    std::ofstream(daemon.inFolder() + "/case/x.pdf", std::ios::binary) << tinyPdf("case");
    daemon.drop("marked.pdf", tinyPdf("marked"));
    daemon.drop("marked.pdf.ok", "");
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    std::this_thread::sleep_for(seconds(2));  // two rescans
    EXPECT_THAT(daemon.names("out"), ElementsAre("marked.pdf")) << "the others have no marker yet";
    daemon.drop("case.ok", "");
    daemon.drop("file.pdf.ok", "");
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("out"), UnorderedElementsAre("file.pdf", "marked.pdf", "x.pdf"));
    EXPECT_THAT(daemon.names(""), testing::Not(Contains(HasSubstr(".ok"))))
        << "a marker goes with what it marked";
}

TEST_F(Containers, SurviveAKillAtAnyRename) {
    for (int n = 1; n <= 4; ++n) {
        DaemonUnderTest daemon(kSealLease, "stable_seconds = 0, folders_as_dossiers = true", {}, kSlots);
        fs::create_directory(daemon.root() + "/case");
        std::ofstream(daemon.root() + "/case/lease.pdf", std::ios::binary) << tinyPdf();
        std::ofstream(daemon.root() + "/case/identity.png", std::ios::binary) << "x";
        fs::rename(daemon.root() + "/case", daemon.inFolder() + "/case");
        ASSERT_TRUE(daemon.start(DaemonUnderTest::killedBefore("renameat2", n)));
        static_cast<void>(daemon.waitUntilSettled(1, seconds(30)));
        daemon.killAllHard();
        daemon.waitForEnd(seconds(10));
        ASSERT_TRUE(daemon.start());
        ASSERT_TRUE(daemon.waitUntilSettled(1)) << n << daemon.log();
        ASSERT_EQ(daemon.stop(), 0);
        EXPECT_THAT(daemon.names("done"), ElementsAre("case", "case.receipt.json")) << n;
        EXPECT_THAT(daemon.names("out"), ElementsAre("lease.pdf")) << n;
        auto store = openSqliteStore(daemon.root() + "/spool/journal");
        EXPECT_EQ((*(*store)->openReader())->dossiers({})->size(), 1U) << n;
    }
}

}  // namespace
}  // namespace greffe
