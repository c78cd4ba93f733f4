// SPDX-License-Identifier: Apache-2.0
// greffe verify on containers that somebody made again: every sum in them fits, and what they say of
// themselves does not. The honest one is kept by the real daemon.
#include "base/json.h"
#include "base/sha256.h"
#include "support/daemon_under_test.h"
#include "support/remade_container.h"
#include "support/run_tool.h"
#include "support/test_pki.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <memory>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kGreffe = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
constexpr const char* kSealed = "results/bail.pdf";
constexpr const char* kOriginal = "originals/bail.pdf";
constexpr const char* kAdvice = "compare it with the office's archive, and ask who handed it over";

std::string bytesOfFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class VerifyForged : public ::testing::Test {
protected:
    // One dossier, kept once: what is forged is a copy.
    static void SetUpTestSuite() {
        world = std::make_unique<DaemonUnderTest>(
            R"(
            validate { id = "check" },
            seal { id = "seal", key = "office" },
            archive { id = "keep", archive = "vault", retention_years = 3 })",
            "stable_seconds = 0", R"(archives = { archive { name = "vault", path = "@ROOT@/kept" } },)");
        world->drop("bail.pdf", tinyPdf());
        ASSERT_TRUE(world->start());
        ASSERT_TRUE(world->waitUntilSettled(1)) << world->log();
        ASSERT_EQ(world->stop(), 0) << world->log();
        for (const auto& entry : fs::recursive_directory_iterator(world->root() + "/kept"))
            if (entry.path().extension() == ".zip") kept = bytesOfFile(entry.path());
        ASSERT_FALSE(kept.empty());
    }
    static void TearDownTestSuite() { world.reset(); }

    static ToolResult verify(const std::string& bytes, std::vector<std::string> more = {}) {
        const std::string path = world->root() + "/looked-at.zip";
        std::ofstream(path, std::ios::binary) << bytes;
        std::vector<std::string> words = {kGreffe, "verify", path};
        words.insert(words.end(), more.begin(), more.end());
        return runTool(words, 60);
    }
    // Refused, in one sentence that holds all of `says` and tells what to do.
    static void expectRefused(const std::string& bytes, const std::vector<std::string>& says) {
        const ToolResult said = verify(bytes, {"--json"});
        EXPECT_EQ(said.exitCode, 1) << said.output;
        const std::size_t from = said.output.find("{\"facts\"");
        const Json json = storedJson(
            from == std::string::npos ? "" : said.output.substr(from, said.output.find('\n', from) - from));
        EXPECT_EQ(textOf(json, "verdict"), "bad") << said.output;
        bool isSaid = false;
        for (const Json& problem : memberOf(json, "problems")) {
            const std::string text = textOf(problem, "text");
            bool holdsAll = text.find(kAdvice) != std::string::npos;
            for (const std::string& part : says)
                holdsAll = holdsAll && text.find(part) != std::string::npos;
            isSaid = isSaid || holdsAll;
        }
        EXPECT_TRUE(isSaid) << said.output;
    }
    static RemadeContainer remade() { return RemadeContainer(kept); }

    // Seals a document as somebody who has another key does.
    static std::string sealedByAnother(const std::string& document) {
        TestPki pki;
        const TestIdentity other = pki.seal();
        const auto write = [&](const char* name, const std::string& bytes) {
            std::ofstream(world->root() + "/" + name, std::ios::binary) << bytes;
            fs::permissions(world->root() + "/" + name, fs::perms::owner_read | fs::perms::owner_write);
            return world->root() + "/" + name;
        };
        const std::string out = world->root() + "/other.pdf";
        fs::remove(out);
        const ToolResult sealed =
            runTool({kGreffe, "seal", write("plain.pdf", document), "-o", out, "--key",
                     write("other.key", other.keyPem()), "--cert", write("other.crt", other.chainPem())},
                    60);
        EXPECT_EQ(sealed.exitCode, 0) << sealed.output;
        return bytesOfFile(out);
    }
    // Puts other bytes in the result's place, wherever a digest of it stands.
    static void replaceResult(RemadeContainer& forged, const std::string& bytes) {
        const std::string before = toHex(sha256(forged.text(kSealed))), after = toHex(sha256(bytes));
        forged.text(kSealed) = bytes;
        forged.changeJson("receipt.json", [&](Json& receipt) {
            receipt["results"][0]["sha256"] = after;
            receipt["results"][0]["size_bytes"] = bytes.size();
        });
        forged.changeJournal([&](std::vector<Json>& lines) {
            for (Json& line : lines) {
                std::string text = dumpJson(line);
                if (const std::size_t at = text.find(before); at != std::string::npos)
                    line = storedJson(text.replace(at, before.size(), after));
            }
        });
    }
    static Json& lineOf(std::vector<Json>& lines, const std::string& step) {
        for (Json& line : lines)
            if (textOf(line["detail"], "step") == step && textOf(line, "action") == "step done") return line;
        throw std::runtime_error("no line of " + step);
    }

    static std::unique_ptr<DaemonUnderTest> world;
    static std::string kept;
};

std::unique_ptr<DaemonUnderTest> VerifyForged::world;
std::string VerifyForged::kept;

TEST_F(VerifyForged, TheHonestOneIsGoodAsItIsAndPutTogetherAgain) {
    EXPECT_EQ(verify(kept).exitCode, 0) << verify(kept).output;
    const ToolResult again = verify(remade().bytes());
    EXPECT_EQ(again.exitCode, 0) << again.output;
}

TEST_F(VerifyForged, TellsItsDigestAndWhatItCannotTell) {
    const std::string digest = toHex(sha256(kept));
    const ToolResult said = verify(kept);
    const std::string id = textOf(storedJson(remade().text("manifest.json")), "dossier");
    EXPECT_THAT(said.output, AllOf(HasSubstr(digest), HasSubstr("greffe dossier show " + id)));
    EXPECT_THAT(said.output, HasSubstr("whether all of it was made again"));
    const ToolResult json = verify(kept, {"--json"});
    EXPECT_THAT(json.output, HasSubstr("\"sha256\":\"" + digest + "\""));
    // Also of one that is refused: that is the one to compare.
    RemadeContainer forged = remade();
    forged.changeJson("receipt.json", [](Json& receipt) { receipt["verdict"] = "rejected"; });
    const std::string bytes = forged.bytes();
    EXPECT_THAT(verify(bytes).output, HasSubstr(toHex(sha256(bytes))));
}

// --- the journal
// -------------------------------------------------------------------------------------------------

TEST_F(VerifyForged, AJournalWithoutItsLinks) {
    RemadeContainer forged = remade();
    forged.changeJournal(
        [](std::vector<Json>& lines) {
            for (Json& line : lines)
                line.erase("previous");
        },
        false);
    expectRefused(forged.bytes(), {"line 1 of member \"journal.jsonl\"", "previous"});
}

TEST_F(VerifyForged, AJournalWithoutLines) {
    RemadeContainer forged = remade();
    forged.text("journal.jsonl").clear();
    expectRefused(forged.bytes(), {"member \"journal.jsonl\" has no line"});
}

TEST_F(VerifyForged, NoJournal) {
    RemadeContainer forged = remade();
    forged.remove("journal.jsonl");
    expectRefused(forged.bytes(), {"member \"journal.jsonl\" is missing"});
}

TEST_F(VerifyForged, NoReceipt) {
    RemadeContainer forged = remade();
    forged.remove("receipt.json");
    expectRefused(forged.bytes(), {"member \"receipt.json\" is missing"});
}

TEST_F(VerifyForged, AJournalWithoutItsLastLine) {
    RemadeContainer forged = remade();
    forged.changeJournal([](std::vector<Json>& lines) { lines.pop_back(); });
    expectRefused(forged.bytes(), {"member \"journal.jsonl\" ends with line", "step begun"});
}

TEST_F(VerifyForged, AJournalWithoutALineInBetween) {
    RemadeContainer forged = remade();
    forged.changeJournal([](std::vector<Json>& lines) { lines.erase(lines.begin() + 1); });
    expectRefused(forged.bytes(), {"lines_before"});
}

TEST_F(VerifyForged, AJournalWithoutTheStepThatMadeTheResult) {
    RemadeContainer forged = remade();
    forged.changeJournal([](std::vector<Json>& lines) {
        for (auto line = lines.begin(); line != lines.end(); ++line)
            if (textOf((*line)["detail"], "step") == "seal") {
                lines.erase(line);
                break;
            }
    });
    expectRefused(forged.bytes(), {"step \"seal\"", kSealed, "no line \"step done\""});
}

TEST_F(VerifyForged, AJournalThatDidNotBeginWithThisFile) {
    RemadeContainer forged = remade();
    forged.changeJournal(
        [](std::vector<Json>& lines) { lines[0]["detail"]["sha256"] = std::string(64, '0'); });
    expectRefused(forged.bytes(), {"line 1 of member \"journal.jsonl\"", "sha256", "receipt.json"});
}

TEST_F(VerifyForged, AJournalWithALineThatWasChangedTakenOutOrMoved) {
    using Change = std::function<void(std::vector<Json> & lines)>;
    const std::pair<const char*, Change> breaks[] = {
        {"line 3", [](std::vector<Json>& lines) { lines[1]["actor"] = "somebody"; }},
        {"line 2", [](std::vector<Json>& lines) { lines.erase(lines.begin() + 1); }},
        {"line 1", [](std::vector<Json>& lines) { std::swap(lines[0], lines[1]); }},
        {"line 1", [](std::vector<Json>& lines) { lines[0]["previous"] = toHex(sha256("another dossier")); }},
        {"line 3", [](std::vector<Json>& lines) { lines[2].erase("previous"); }}};
    for (const auto& [where, change] : breaks) {
        RemadeContainer forged = remade();
        forged.changeJournal(change, false);
        expectRefused(forged.bytes(), {where, "does not follow"});
    }
}

// --- receipt and manifest
// ----------------------------------------------------------------------------------------

TEST_F(VerifyForged, AReceiptOfAnotherDossier) {
    RemadeContainer forged = remade();
    forged.changeJson("receipt.json",
                      [](Json& receipt) { receipt["dossier"] = "01M8491H1AE5K5315EXH6D6FPZ"; });
    expectRefused(forged.bytes(),
                  {"\"dossier\"", "receipt.json", "manifest.json", "01M8491H1AE5K5315EXH6D6FPZ"});
}

TEST_F(VerifyForged, AReceiptThatSaysRejected) {
    RemadeContainer forged = remade();
    forged.changeJson("receipt.json", [](Json& receipt) { receipt["verdict"] = "rejected"; });
    expectRefused(forged.bytes(), {"receipt.json", "\"verdict\"", "rejected", "archived"});
}

TEST_F(VerifyForged, AReceiptWithoutResults) {
    RemadeContainer forged = remade();
    forged.changeJson("receipt.json", [](Json& receipt) { receipt["results"] = Json::array(); });
    expectRefused(forged.bytes(), {"receipt.json", "results", kSealed});
}

TEST_F(VerifyForged, AReceiptWithAResultThatIsNotThere) {
    RemadeContainer forged = remade();
    forged.changeJson("receipt.json", [](Json& receipt) {
        receipt["results"].push_back(
            {{"name", "b.pdf"}, {"sha256", std::string(64, '0')}, {"size_bytes", 7}});
    });
    expectRefused(forged.bytes(), {"receipt.json", "results", "b.pdf", std::string(64, '0')});
}

TEST_F(VerifyForged, AReceiptWithoutWhatWasReceived) {
    RemadeContainer forged = remade();
    forged.changeJson("receipt.json", [](Json& receipt) { receipt.erase("received"); });
    expectRefused(forged.bytes(), {"receipt.json", "received"});
}

TEST_F(VerifyForged, OtherPlanAndPipeline) {
    for (const char* field : {"plan", "pipeline"}) {
        RemadeContainer forged = remade();
        forged.changeJson("manifest.json", [&](Json& manifest) { manifest[field] = "other"; });
        expectRefused(forged.bytes(), {std::string("\"") + field + "\"", "receipt.json", "manifest.json"});
    }
}

TEST_F(VerifyForged, ADossierKeptForAnotherTime) {
    for (const char* until : {"2026-11-24", "2099-01-01", "never"}) {
        RemadeContainer forged = remade();
        forged.changeJson("manifest.json", [&](Json& manifest) { manifest["retention_until"] = until; });
        expectRefused(forged.bytes(), {"\"retention_until\"", until, "manifest.json", "journal.jsonl"});
    }
}

TEST_F(VerifyForged, ADossierThatWasReceivedAtAnotherTime) {
    RemadeContainer forged = remade();
    forged.changeJson("manifest.json", [](Json& manifest) { manifest["created"] = "1999-01-01T00:00:00Z"; });
    expectRefused(forged.bytes(), {"\"created\"", "1999-01-01T00:00:00Z", "receipt.json"});
}

TEST_F(VerifyForged, AManifestOfAnotherEffect) {
    RemadeContainer forged = remade();
    forged.changeJson("manifest.json", [](Json& manifest) { manifest["effect_key"] = std::string(64, 'e'); });
    expectRefused(forged.bytes(), {"\"effect_key\"", "manifest.json", "journal.jsonl"});
}

TEST_F(VerifyForged, AnOriginalThatIsMissing) {
    RemadeContainer forged = remade();
    forged.remove(kOriginal);
    expectRefused(forged.bytes(), {"receipt.json", "received"});
}

TEST_F(VerifyForged, AnOriginalThatIsAnother) {
    RemadeContainer forged = remade();
    forged.text(kOriginal) = tinyPdf("other");
    expectRefused(forged.bytes(), {"receipt.json", "received"});
}

TEST_F(VerifyForged, AResultThatNoStepMade) {
    RemadeContainer forged = remade();
    forged.changeEntry(kSealed, [](Json& entry) { entry.erase("produced_by"); });
    expectRefused(forged.bytes(), {"manifest.json", kSealed, "produced_by"});
}

// --- the seal
// ----------------------------------------------------------------------------------------------------

TEST_F(VerifyForged, AResultThatIsNotSealed) {
    RemadeContainer forged = remade();
    forged.changeEntry(kSealed, [](Json& entry) { entry["slot"] = "document"; });
    replaceResult(forged, forged.text(kOriginal));
    expectRefused(forged.bytes(), {kSealed, "step \"seal\"", "carries none"});
    // Also when it says that it is no PDF.
    forged.changeEntry(kSealed, [](Json& entry) { entry["media_type"] = "text/plain"; });
    expectRefused(forged.bytes(), {kSealed, "step \"seal\"", "carries none"});
}

TEST_F(VerifyForged, AResultWhoseSealIsBroken) {
    RemadeContainer forged = remade();
    std::string changed = forged.text(kSealed);
    changed[changed.find("hello")] = 'j';
    replaceResult(forged, changed);
    const std::string bytes = forged.bytes();
    expectRefused(bytes, {kSealed, "no seal that covers the whole file holds", "step \"seal\""});
    EXPECT_THAT(verify(bytes).output, HasSubstr("[signature_broken]"));
}

TEST_F(VerifyForged, AResultSealedOnceMoreWithAnotherKey) {
    RemadeContainer forged = remade();
    replaceResult(forged, sealedByAnother(forged.text(kSealed)));
    expectRefused(forged.bytes(), {kSealed, "certificate_sha256", "journal.jsonl"});
}

TEST_F(VerifyForged, AResultSealedWithAnotherKey) {
    RemadeContainer forged = remade();
    replaceResult(forged, sealedByAnother(forged.text(kOriginal)));
    std::string certificate;
    forged.changeJournal([&](std::vector<Json>& lines) {
        certificate = textOf(lineOf(lines, "seal")["detail"]["facts"], "certificate_sha256");
    });
    expectRefused(forged.bytes(), {kSealed, "certificate_sha256", certificate, "journal.jsonl"});
}

TEST_F(VerifyForged, AResultOfAnotherDocument) {
    RemadeContainer forged = remade();
    replaceResult(forged, sealedByAnother(tinyPdf("quite another lease")));
    expectRefused(forged.bytes(), {kSealed, kOriginal, "does not begin with"});
}

TEST_F(VerifyForged, ASealOfAnotherLevel) {
    RemadeContainer forged = remade();
    forged.changeJournal(
        [](std::vector<Json>& lines) { lineOf(lines, "seal")["detail"]["facts"]["level"] = "B-T"; });
    expectRefused(forged.bytes(), {kSealed, "level", "B-T", "time-stamp"});
}

TEST_F(VerifyForged, ASealOfAnotherTime) {
    RemadeContainer forged = remade();
    forged.changeJournal([](std::vector<Json>& lines) {
        lineOf(lines, "seal")["detail"]["facts"]["signing_time_unix"] = 915'148'800;
    });
    expectRefused(forged.bytes(), {kSealed, "signing_time_unix", "1999-01-01T00:00:00"});
}

TEST_F(VerifyForged, AResultThatAnotherStepMade) {
    RemadeContainer forged = remade();
    forged.changeEntry(kSealed, [](Json& entry) {
        entry["produced_by"] = "check";
        entry["slot"] = "document";
    });
    expectRefused(forged.bytes(),
                  {"\"produced_by\"", "manifest.json", "journal.jsonl", "documents", "check"});
}

// --- the container
// -----------------------------------------------------------------------------------------------

TEST_F(VerifyForged, MembersInAnotherOrder) {
    RemadeContainer forged = remade();
    forged.bytes();
    std::reverse(forged.members.begin(), forged.members.end());
    expectRefused(forged.bytesAsTheyAre(), {"member 1", kSealed, "manifest.json", "order"});
}

TEST_F(VerifyForged, AFolderThatHoldsNothing) {
    RemadeContainer forged = remade();
    forged.members.emplace_back("dir/", "");
    expectRefused(forged.bytes(), {"\"dir/\"", "folder"});
}

TEST_F(VerifyForged, WhatIsDamagedOrNoKeptDossier) {
    for (const std::string& damaged :
         {kept + "x", "x" + kept, kept.substr(0, kept.size() - 1), kept.substr(0, kept.size() / 2)})
        EXPECT_THAT(verify(damaged).output, HasSubstr("[bytes_lost]"));
    std::string flipped = kept;
    flipped[flipped.size() / 2] ^= 1;
    EXPECT_THAT(verify(flipped).output, HasSubstr("[bytes_lost]"));
    const ToolResult pdf = verify(tinyPdf());
    EXPECT_EQ(pdf.exitCode, 1);
    EXPECT_THAT(pdf.output, HasSubstr("[not_accepted]"));
}

// --- what earlier builds kept
// ------------------------------------------------------------------------------------

// Version 1 had no last line that says where the journal ends, and was the same otherwise.
RemadeContainer asVersion1(RemadeContainer container) {
    container.changeJson("manifest.json", [](Json& manifest) { manifest["version"] = 1; });
    container.changeJournal([](std::vector<Json>& lines) {
        if (textOf(lines.back(), "action") == "step begun") lines.pop_back();
    });
    return container;
}

TEST_F(VerifyForged, VersionOneIsGoodAndSaysWhatItLacks) {
    const ToolResult said = verify(asVersion1(remade()).bytes());
    EXPECT_EQ(said.exitCode, 0) << said.output;
    EXPECT_THAT(said.output, HasSubstr("version 1 of the format does not say where its journal ends"));
    EXPECT_THAT(verify(kept).output, Not(HasSubstr("does not say where")));
}

TEST_F(VerifyForged, VersionOneThatContradictsItself) {
    RemadeContainer cut = asVersion1(remade());
    cut.changeJournal([](std::vector<Json>& lines) { lines.pop_back(); });
    expectRefused(cut.bytes(), {"step \"seal\"", kSealed, "no line \"step done\""});
    RemadeContainer bare = asVersion1(remade());
    bare.remove(kSealed);
    bare.changeJson("receipt.json", [](Json& receipt) { receipt.erase("results"); });
    expectRefused(bare.bytes(), {"step \"seal\" sealed a document", "lists no result"});
    RemadeContainer late = asVersion1(remade());
    late.changeJson("manifest.json", [](Json& manifest) { manifest["retention_until"] = "2001-01-01"; });
    expectRefused(late.bytes(), {"\"retention_until\"", "2001-01-01", "receipt.json", "written_at"});
}

}  // namespace
}  // namespace greffe
