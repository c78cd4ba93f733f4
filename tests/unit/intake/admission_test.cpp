// SPDX-License-Identifier: Apache-2.0
// What becomes of a claimed file, folder or message: the rows, without a daemon.
#include "intake/admission.h"

#include "support/temporary_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Admissions : public ::testing::Test {
protected:
    Admissions() {
        store_ = openSqliteStore(folder_.path() + "/journal").value();
        reader_ = store_->openReader().value();
        BlobSpool::Options options;
        options.findRow = [this](const Digest& digest) { return reader_->blob(digest); };
        spool_ = BlobSpool::open(folder_.path() + "/blobs", std::move(options)).value();
        fs::create_directories(claimed());
        claimedFd_ = openDirectory(claimed()).value();
        settings_.name = "in";
        settings_.pipeline = "main";
        settings_.firstStep = "first";
    }
    std::string claimed() const { return folder_.path() + "/claimed"; }
    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(claimed() + "/" + name, std::ios::binary) << bytes;
    }
    SourceRow source(const std::string& name, const std::string& companion = {}) const {
        SourceRow row;
        row.intake = "in";
        row.name = name;
        row.claim = "batch/" + name;
        row.companion = companion;
        return row;
    }
    Result<AdmittedDossier> admit(const std::string& name, const std::string& companion = {}) {
        return Admission(settings_, ids_, systemClock(), *spool_, *reader_, recent_)
            .admit(claimedFd_.get(), source(name, companion));
    }
    Result<AdmittedDossier> deliver(const std::string& bytes, const Admission::Delivery& delivery) {
        const UniqueFd fd = sealedMemoryFile("test", bytes).value();
        SourceRow row;
        row.name = "message";
        return Admission(settings_, ids_, systemClock(), *spool_, *reader_, recent_)
            .admitOpened(fd.get(), row, delivery);
    }
    void commit(const AdmittedDossier& admitted) {
        const auto statuses =
            store_->commit({[&](StoreTransaction& tx) { return writeAdmission(tx, admitted, "test"); }})
                .value();
        EXPECT_TRUE(statuses.front()) << statuses.front().error().text();
        recent_.clear();
    }
    static std::string why(const Result<AdmittedDossier>& admitted) {
        return admitted ? admitted->dossier.reason + ": " + admitted->dossier.explanation
                        : admitted.error().text();
    }

    TemporaryDirectory folder_;
    UniqueFd claimedFd_;
    UlidSource ids_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
    std::unique_ptr<BlobSpool> spool_;
    std::map<std::string, std::string> recent_;
    FolderSettings settings_;
};

TEST_F(Admissions, AFileGoneIsNotARejectedOne) {
    auto admitted = admit("gone.pdf");
    ASSERT_FALSE(admitted);
    EXPECT_EQ(admitted.error().code, Errc::NotFound);
}

TEST_F(Admissions, TheManifestsStepComesFirst) {
    settings_.manifest = FolderSettings::Manifest::Required;
    write("x.pdf", "%PDF-");
    write("x.json", "{}");
    const auto admitted = admit("x.pdf", "x.json");
    EXPECT_EQ(admitted->branch.step, "@manifest");
    ASSERT_EQ(admitted->documents.size(), 2U);
    EXPECT_EQ(admitted->documents[1].slot, kManifestSlot);
}

TEST_F(Admissions, AManifestThatCannotBeOneRejectsItsDocument) {
    settings_.manifest = FolderSettings::Manifest::Required;
    write("x.pdf", "%PDF-");
    EXPECT_THAT(why(admit("x.pdf")), StartsWith("manifest_invalid: its manifest x.json did not come"));
    write("x.json", "");
    EXPECT_THAT(why(admit("x.pdf", "x.json")), HasSubstr("x.json: the file is empty"));
    write("x.json", std::string((1U << 20U) + 1, ' '));
    EXPECT_THAT(why(admit("x.pdf", "x.json")), HasSubstr("a manifest may have 1048576"));
    fs::remove(claimed() + "/x.json");
    ASSERT_EQ(mkfifo((claimed() + "/x.json").c_str(), 0600), 0);
    EXPECT_THAT(why(admit("x.pdf", "x.json")), HasSubstr("x.json: a pipe"));
    EXPECT_THAT(why(admit("x.json")), HasSubstr("not_a_regular_file"));
    fs::remove(claimed() + "/x.json");
    write("x.json", "{}");
    EXPECT_THAT(why(admit("x.json")), HasSubstr("a manifest alone"));
}

TEST_F(Admissions, AFolderIsAllOrNothing) {
    settings_.hasFoldersAsDossiers = true;
    fs::create_directories(claimed() + "/case/inner/deep");
    write("case/a.pdf", "%PDF-a");
    write("case/inner/deep/b.pdf", "%PDF-b");
    const auto admitted = admit("case");
    ASSERT_TRUE(admitted);
    EXPECT_EQ(admitted->branch.step, "@documents");
    ASSERT_EQ(admitted->documents.size(), 2U);
    EXPECT_EQ(admitted->documents[1].name, "inner/deep/b.pdf");
    EXPECT_EQ(admitted->documents[1].blob, sha256("%PDF-b"));
    ASSERT_EQ(link((claimed() + "/case/a.pdf").c_str(), (folder_.path() + "/other").c_str()), 0);
    EXPECT_THAT(why(admit("case")), HasSubstr("a.pdf: the file has 2 hard links"));
}

// GB-34: equal files, and one that differs.
TEST_F(Admissions, AFolderIsADuplicateWhenOneDossierHadAllOfIt) {
    settings_.hasFoldersAsDossiers = true;
    settings_.onDuplicate = FolderSettings::OnDuplicate::Skip;
    for (const char* name : {"one", "two", "three"}) {
        fs::create_directories(claimed() + "/" + name);
        write(std::string(name) + "/a.pdf", "same a");
        write(std::string(name) + "/b.pdf", std::string(name) == "three" ? "other b" : "same b");
    }
    const auto first = admit("one");
    EXPECT_EQ(first->dossier.reason, "");
    EXPECT_THAT(why(admit("two")), HasSubstr(first->dossier.id)) << "of the same batch";
    commit(*first);
    EXPECT_THAT(why(admit("two")), HasSubstr(first->dossier.id)) << "from the journal";
    EXPECT_EQ(admit("three")->dossier.reason, "") << "shares one file only";
}

TEST_F(Admissions, WhatWasRejectedIsNoEarlierDossier) {
    settings_.onDuplicate = FolderSettings::OnDuplicate::Hold;
    write("a.pdf", "%PDF-same");
    write("b.pdf", "%PDF-same");
    AdmittedDossier first = admit("a.pdf").value();
    commit(first);
    recent_.clear();
    EXPECT_THAT(why(admit("b.pdf")), HasSubstr(first.dossier.id));
    first.dossier.state = DossierState::Rejected;
    ASSERT_TRUE(
        store_->commit({[&](StoreTransaction& tx) { return tx.updateDossier(first.dossier); }}).value()[0]);
    EXPECT_EQ(admit("b.pdf")->dossier.reason, "") << "the sender drops it again";
}

// The queue behind it would wait for ever, and each try leaves a copy in the spool.
TEST_F(Admissions, AReferencedFileThatNeverStopsChangingIsRefusedInTheEnd) {
    const std::string path = folder_.path() + "/growing";
    std::ofstream(path, std::ios::binary) << std::string(16U << 20U, 'x');
    std::atomic<bool> isOver{false};
    std::thread writer([&] {
        std::ofstream more(path, std::ios::binary | std::ios::app);
        while (!isOver)
            more << 'y' << std::flush;
    });
    const auto deliverGrowing = [&](bool isLastTry) {
        const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        SourceRow row;
        row.name = "message";
        return Admission(settings_, ids_, systemClock(), *spool_, *reader_, recent_)
            .admitOpened(fd.get(), row, {"id", "", isLastTry});
    };
    // On a busy machine the writer may sleep through a copy: then that one is whole, and good.
    const auto isSeen = [&](bool isLastTry, const std::function<bool(const Result<AdmittedDossier>&)>& what) {
        for (int i = 0; i < 100; ++i)
            if (what(deliverGrowing(isLastTry))) return true;
        return false;
    };
    const bool isBusyFirst = isSeen(false, [](const Result<AdmittedDossier>& admitted) {
        EXPECT_TRUE(!admitted || admitted->dossier.reason.empty()) << "refused too early";
        return !admitted && admitted.error().code == Errc::Busy;
    });
    const bool isRefusedLast = isSeen(true, [](const Result<AdmittedDossier>& admitted) {
        EXPECT_TRUE(admitted.ok());
        return admitted && admitted->dossier.explanation.find("kept changing") != std::string::npos;
    });
    isOver = true;
    writer.join();
    EXPECT_TRUE(isBusyFirst);
    EXPECT_TRUE(isRefusedLast);
}

TEST_F(Admissions, AMessageIsKnownByItsIdOrByItsBytes) {
    EXPECT_EQ(deliver("a", {"id-1", ""})->dossier.source.claim, "queue:in/id:id-1");
    const std::string byBytes = deliver("a", {"", ""})->dossier.source.claim;
    EXPECT_EQ(byBytes, "queue:in/sha256:" + toHex(sha256("a")));
    EXPECT_NE(deliver("b", {"", ""})->dossier.source.claim, byBytes);
    commit(*deliver("a", {"", ""}));
    const auto again = deliver("a", {"", ""});
    const auto statuses =
        store_->commit({[&](StoreTransaction& tx) { return writeAdmission(tx, *again, "test"); }}).value();
    ASSERT_FALSE(statuses.front());
    EXPECT_EQ(statuses.front().error().code, Errc::Exists);
}

TEST_F(Admissions, AMessageMustBeWhatItsSenderSays) {
    settings_.maxBytes = 10;
    settings_.accepts = {"application/pdf"};
    EXPECT_EQ(deliver("%PDF-", {"", toHex(sha256("%PDF-"))})->dossier.reason, "");
    EXPECT_THAT(why(deliver("%PDF-", {"", toHex(sha256("%PDF"))})),
                HasSubstr("not the one that the message names"));
    EXPECT_THAT(why(deliver("", {"x", ""})), StartsWith("empty_file"));
    EXPECT_THAT(why(deliver("%PDF-1.7 more", {"x", ""})), StartsWith("too_large"));
    EXPECT_THAT(why(deliver("text", {"x", ""})), StartsWith("not_accepted"));
}

TEST(Release, BeginsAtTheStepThatTheDocumentsStillOwe) {
    const auto at = [](const std::vector<std::string>& slots, bool needsManifest = false) {
        std::vector<DocumentRow> documents;
        for (const std::string& slot : slots) {
            documents.emplace_back();
            documents.back().slot = slot;
        }
        return stepAtRelease(documents, needsManifest, "first");
    };
    EXPECT_EQ(at({"document"}), "first");
    EXPECT_EQ(at({"lease", "@manifest"}), "@manifest");
    EXPECT_EQ(at({"lease"}, true), "@manifest") << "where the missing parties are found out";
    EXPECT_EQ(at({"@archive"}), "@documents");
    EXPECT_EQ(at({"@member", "@member"}), "@documents");
    EXPECT_EQ(at({"@archive", "lease", "@manifest"}), "first") << "its files have their slots already";
    EXPECT_EQ(at({"@manifest"}), "") << "no bytes of a document";
    EXPECT_EQ(at({}), "");
}

TEST_F(Admissions, AFileAloneGoesToTheSlotItIsFor) {
    settings_.slots = {{"lease", true, false, {"application/pdf"}}, {"plan", false, false, {"image/*"}}};
    write("bail.pdf", "%PDF-");
    write("plan.png", "\x89PNG\r\n\x1a\n");
    write("x.png", "\x89PNG\r\n\x1a\n");
    EXPECT_EQ(admit("bail.pdf")->documents.front().slot, "lease");
    EXPECT_THAT(why(admit("plan.png")), AllOf(StartsWith("not_accepted"), HasSubstr("\"lease\" is missing")));
    EXPECT_THAT(why(admit("x.png")), HasSubstr("no place for \"x.png\""));
    EXPECT_THAT(why(deliver("text", {"x", ""})), HasSubstr("no place for")) << "a queue's message as well";
    settings_.slots = {{"photo", true, false, {"Image/PNG"}}};
    EXPECT_EQ(admit("x.png")->documents.front().slot, "photo");
    EXPECT_THAT(why(admit("bail.pdf")), HasSubstr("which \"photo\" does not accept"));
}

TEST_F(Admissions, ADossierHasTheUrgencyOfItsPipeline) {
    settings_.priority = 9;
    write("bail.pdf", "%PDF-");
    EXPECT_EQ(admit("bail.pdf")->dossier.priority, 9);
}

}  // namespace
}  // namespace greffe
