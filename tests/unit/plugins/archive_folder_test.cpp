// SPDX-License-Identifier: Apache-2.0
// The archive-folder plugin: what it keeps, that it is the same every time, and that no damage goes
// unnoticed.
#include "container/sha256.h"
#include "support/temporary_directory.h"
#include "unit/plugins/archive_calls.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace greffe {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::HasSubstr;

const std::string kLease = "%PDF-1.4\n" + std::string(900, 'l') + "\n%%EOF\n";
const std::string kSealed = kLease + "sealed\n%%EOF\n";
const std::string kNamed = "a second original";
const std::string kKey = std::string(64, 'a');

// Each line names the one before it, as the engine chains them.
json journal() {
    json lines = {{{"action", "dossier admitted"}},
                  {{"action", "step done"}, {"detail", {{"step", "seal"}}}}};
    std::string previous = container::sha256Hex("01JD8Z3V5W6X7Y8Z9A0B1C2D3E");
    for (json& line : lines) {
        line["previous"] = previous;
        previous = container::sha256Hex(line.dump());
    }
    return lines;
}

json metadata() {
    return {{"dossier", "01JD8Z3V5W6X7Y8Z9A0B1C2D3E"},
            {"pipeline", "lease"},
            {"plan", std::string(64, 'b')},
            {"created_at", "2026-11-22T03:59:02.125Z"},
            {"retention_until", "2036-11-22"},
            {"policy", "full"},
            {"documents",
             {{{"index", 0}, {"id", "D1"}, {"slot", "document"}, {"folder", "originals"}},
              {{"index", 1}, {"slot", "annex"}, {"produced_by", nullptr}, {"folder", "originals"}},
              {{"index", 2},
               {"id", "D3"},
               {"slot", "sealed"},
               {"produced_by", "seal"},
               {"derived_from", "D1"},
               {"folder", "results"}}}},
            {"receipt", {{"verdict", "archived"}}},
            {"journal", journal()}};
}

std::vector<DocumentView> documents() {
    return {viewOf(kLease, "bail r\xc3\xa9gl\xc3\xa9.pdf", "application/pdf"),
            viewOf(kNamed, "annexe\xff.bin"),
            viewOf(kSealed, "bail r\xc3\xa9gl\xc3\xa9.pdf", "application/pdf")};
}

class ArchiveFolder : public ::testing::TestWithParam<const char*> {
protected:
    HeardOutcome build(const json& about, std::vector<DocumentView> views = documents(),
                       const std::string& key = kKey) {
        HeardOutcome outcome;
        plugin.use<Archiver>().build(key, views.data(), static_cast<std::uint32_t>(views.size()),
                                     std::string_view(about.dump()), "{}", outcome);
        return outcome;
    }
    std::string container() {
        HeardOutcome outcome = build(metadata());
        EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
        return outcome.artifacts["container"].text();
    }
    HeardOutcome verify(const std::string& bytes) {
        HeardOutcome outcome;
        plugin.use<Archiver>().verify(viewOf(bytes, "kept.zip"), outcome);
        return outcome;
    }
    // The members, by the other plugin.
    std::map<std::string, std::string> members(const std::string& bytes) {
        HeardOutcome outcome;
        const DocumentView view = viewOf(bytes, "kept");
        other.use<Transformer>().transform(&view, 1, R"({"into":"members"})", outcome);
        EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
        std::map<std::string, std::string> all;
        for (const json& member : json::parse(outcome.facts["members"]))
            all[member["name"]] = outcome.artifacts[member["artifact"]].text();
        return all;
    }
    // An archive with these members, without Greffe's digest at its end.
    std::string packed(const std::map<std::string, std::string>& all) {
        HeardOutcome outcome;
        std::vector<DocumentView> views;
        for (const auto& [name, text] : all)
            views.push_back(viewOf(text, name));
        other.use<Transformer>().transform(
            views.data(), static_cast<std::uint32_t>(views.size()),
            isZip() ? R"({"into":"zip","compression":"stored"})" : R"({"into":"tar.zst"})", outcome);
        return outcome.artifacts["archive"].text();
    }
    static bool isZip() { return std::string(GetParam()) == "zip"; }

    PluginUnderTest plugin{"archive-folder",
                           std::string(R"({"path":"/srv/archive","format":")") + GetParam() + "\"}"};
    PluginUnderTest other{"document-archive"};
};

TEST_P(ArchiveFolder, KeepsEverythingAndVerifies) {
    HeardOutcome built = build(metadata());
    ASSERT_EQ(built.verdict, Verdict::Done) << built.explanation;
    EXPECT_EQ(built.mediaTypes["container"], isZip() ? "application/zip" : "application/zstd");
    const std::string bytes = built.artifacts["container"].text();
    auto all = members(bytes);
    EXPECT_EQ(all.size(), 7U);
    EXPECT_EQ(all["originals/bail r\xc3\xa9gl\xc3\xa9.pdf"], kLease);
    EXPECT_EQ(all["originals/annexe_.bin"], kNamed);
    EXPECT_EQ(all["results/bail r\xc3\xa9gl\xc3\xa9.pdf"], kSealed);
    EXPECT_EQ(json::parse(all["receipt.json"]), metadata()["receipt"]);
    EXPECT_EQ(all["journal.jsonl"], journal()[0].dump() + "\n" + journal()[1].dump() + "\n");
    const json manifest = json::parse(all["manifest.json"]);
    EXPECT_EQ(manifest["version"], 2);
    EXPECT_EQ(manifest["dossier"], "01JD8Z3V5W6X7Y8Z9A0B1C2D3E");
    EXPECT_EQ(manifest["retention_until"], "2036-11-22");
    const json& annex = manifest["members"][3];
    EXPECT_EQ(annex["original_name_hex"], "616e6e657865ff2e62696e");
    EXPECT_EQ(annex["size_bytes"], kNamed.size());
    EXPECT_EQ(manifest["members"][4]["derived_from"], "D1");
    EXPECT_EQ(manifest["members"][4]["produced_by"], "seal");

    HeardOutcome verified = verify(bytes);
    EXPECT_EQ(verified.verdict, Verdict::Done) << verified.explanation;
    EXPECT_EQ(verified.facts["members"], "5");
    EXPECT_EQ(verified.facts["dossier"], "\"01JD8Z3V5W6X7Y8Z9A0B1C2D3E\"");
}

TEST_P(ArchiveFolder, SameKeyAndInputsGiveTheSameBytes) {
    EXPECT_EQ(container(), container());
    EXPECT_NE(container(), build(metadata(), documents(), "other").artifacts["container"].text());
}

TEST_P(ArchiveFolder, FindsEveryNinetySeventhByteFlipped) {
    const std::string bytes = container();
    std::size_t flips = 0, named = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 97) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
        const HeardOutcome outcome = verify(damaged);
        ASSERT_EQ(outcome.verdicts, 1) << at;
        ASSERT_EQ(outcome.verdict, Verdict::Rejected) << at;
        EXPECT_EQ(outcome.reason, "bytes_lost") << at << outcome.explanation;
        ++flips;
        if (outcome.explanation.find("member \"") != std::string::npos) ++named;
    }
    RecordProperty("flips", static_cast<int>(flips));
    RecordProperty("named", static_cast<int>(named));
    std::cout << GetParam() << ": " << named << " of " << flips << " damaged bytes name their member\n";
    EXPECT_TRUE(!isZip() || named * 10 > flips * 8);
}

TEST_P(ArchiveFolder, FindsEveryBitOfTheFrameAround) {
    const std::string bytes = container();
    for (std::size_t back = 1; back <= 200; ++back) {
        std::string damaged = bytes;
        char& byte = damaged[damaged.size() - back];
        byte = static_cast<char>(byte ^ 1 << back % 8);
        EXPECT_EQ(verify(damaged).verdict, Verdict::Rejected) << back;
    }
    EXPECT_EQ(verify(bytes.substr(0, bytes.size() - 1)).reason, "bytes_lost");
    EXPECT_EQ(verify(bytes.substr(0, bytes.size() / 2)).reason, "bytes_lost");
    EXPECT_EQ(verify(bytes + "x").verdict, Verdict::Rejected);
}

// Only a zip can: a compressed stream breaks where it breaks.
class ZippedArchiveFolder : public ArchiveFolder {};

TEST_P(ZippedArchiveFolder, NamesTheDamagedMember) {
    std::string bytes = container();
    bytes[bytes.find("a second original")] = 'A';
    EXPECT_THAT(verify(bytes).explanation, HasSubstr("member \"originals/annexe_.bin\""));
}

// Rewritten by somebody who takes care of every sum but one.
TEST_P(ArchiveFolder, FindsChangedMissingAndExtraMembers) {
    const auto all = members(container());
    const auto firstFinding = [&](std::map<std::string, std::string> changed) {
        std::map<std::string, std::string> flat;  // names without folders: as packed() gives them
        json manifest = json::parse(changed["manifest.json"]);
        for (json& member : manifest["members"]) {
            std::string name = member["name"];
            member["name"] = std::string(name[0] == 'r' && name.find('/') != name.npos ? "r-" : "") +
                             name.substr(name.rfind('/') + 1);
        }
        for (const auto& [name, text] : changed)
            flat[std::string(name.find("results/") == 0 ? "r-" : "") + name.substr(name.rfind('/') + 1)] =
                text;
        flat["manifest.json"] = manifest.dump();
        return verify(packed(flat)).explanation;
    };
    auto changed = all;
    changed["originals/annexe_.bin"] = "a forged original";
    EXPECT_THAT(firstFinding(changed), HasSubstr("member \"annexe_.bin\" is not as it was kept"));
    changed = all;
    changed.erase("originals/annexe_.bin");
    EXPECT_THAT(firstFinding(changed), HasSubstr("member \"annexe_.bin\" is missing"));
    changed = all;
    changed["extra.txt"] = "x";
    EXPECT_THAT(firstFinding(changed), HasSubstr("member \"extra.txt\" does not belong"));
    EXPECT_THAT(firstFinding(all), HasSubstr("do not agree"));  // the sums are of another manifest
}

// No container is good without the story of its dossier, whatever else fits.
TEST_P(ArchiveFolder, RefusesAStoryThatIsNotChained) {
    const auto explanationOf = [&](const json& lines) {
        json about = metadata();
        about["journal"] = lines;
        return verify(build(about).artifacts["container"].text()).explanation;
    };
    EXPECT_EQ(explanationOf(journal()), "");
    json unchained = journal(), moved = journal();
    for (json& line : unchained)
        line.erase("previous");
    std::swap(moved[0], moved[1]);
    EXPECT_THAT(explanationOf(unchained),
                HasSubstr("line 1 of member \"journal.jsonl\" does not follow the one before it: it has no"));
    EXPECT_THAT(explanationOf(moved), HasSubstr("line 1 of member \"journal.jsonl\" does not follow"));
    EXPECT_THAT(explanationOf(json::array()), HasSubstr("member \"journal.jsonl\" has no line"));
}

TEST_P(ArchiveFolder, TellsForeignArchivesFromDamage) {
    EXPECT_EQ(verify(packed({{"a.txt", "x"}})).reason, "not_accepted");
    EXPECT_EQ(verify(packed({{"manifest.json", R"({"format":"other"})"}})).reason, "not_accepted");
    EXPECT_EQ(verify("%PDF-1.7").reason, "not_accepted");
    EXPECT_EQ(verify("").reason, "bytes_lost");  // all of them
    const HeardOutcome newer =
        verify(packed({{"manifest.json", R"({"format":"greffe-dossier","version":3,"members":[]})"}}));
    EXPECT_EQ(newer.reason, "not_accepted");
    EXPECT_THAT(newer.explanation, HasSubstr("version 3"));
    for (const char* const broken : {"{", "[]", R"({"format":"greffe-dossier","version":1})",
                                     R"({"format":"greffe-dossier","version":1,"members":[{"name":7}]})"})
        EXPECT_THAT(verify(packed({{"manifest.json", broken}})).reason, AnyOf("bytes_lost", "not_accepted"))
            << broken;
}

TEST_P(ArchiveFolder, KeepsProofsOnlyWhenAsked) {
    json about = metadata();
    about["policy"] = "proof_only";
    HeardOutcome built = build(about);
    ASSERT_EQ(built.verdict, Verdict::Done) << built.explanation;
    const std::string bytes = built.artifacts["container"].text();
    auto all = members(bytes);
    EXPECT_EQ(all.size(), 4U);
    const json manifest = json::parse(all["manifest.json"]);
    ASSERT_EQ(manifest["not_kept"].size(), 3U);
    EXPECT_EQ(manifest["not_kept"][0]["original_name"], "bail r\xc3\xa9gl\xc3\xa9.pdf");
    EXPECT_EQ(manifest["not_kept"][0]["sha256"].get<std::string>().size(), 64U);
    EXPECT_EQ(verify(bytes).verdict, Verdict::Done);
}

TEST_P(ArchiveFolder, RefusesBytesThatAreNotWhatTheirDigestSays) {
    auto views = documents();
    views[1].sha256[5] ^= 1;
    const HeardOutcome outcome = build(metadata(), views);
    EXPECT_EQ(outcome.reason, "bytes_lost");
    EXPECT_THAT(outcome.explanation, HasSubstr("annexe\\xff.bin"));
}

TEST_P(ArchiveFolder, RefusesWrongMetadata) {
    const auto refusal = [&](const std::function<void(json&)>& change) {
        json about = metadata();
        change(about);
        const HeardOutcome outcome = build(about);
        EXPECT_EQ(outcome.reason, "invalid_options");
        return outcome.explanation;
    };
    for (const char* const key : {"dossier", "pipeline", "plan", "created_at", "retention_until", "policy",
                                  "receipt", "journal", "documents"})
        EXPECT_THAT(refusal([&](json& m) { m.erase(key); }), HasSubstr(key));
    EXPECT_THAT(refusal([](json& m) { m["created_at"] = "2026-02-30T00:00:00Z"; }), HasSubstr("created_at"));
    EXPECT_THAT(refusal([](json& m) { m["created_at"] = "yesterday"; }), HasSubstr("created_at"));
    EXPECT_THAT(refusal([](json& m) { m["policy"] = "some"; }), HasSubstr("policy"));
    EXPECT_THAT(refusal([](json& m) { m["documents"][1]["index"] = 0; }), HasSubstr("described twice"));
    EXPECT_THAT(refusal([](json& m) { m["documents"].erase(2); }), HasSubstr("input 2 is not described"));
    EXPECT_THAT(refusal([](json& m) { m["documents"][0]["index"] = 3; }), HasSubstr("names no input"));
    EXPECT_THAT(refusal([](json& m) { m["documents"][0]["index"] = -1; }), HasSubstr("names no input"));
    EXPECT_THAT(refusal([](json& m) { m["documents"][0]["folder"] = ".."; }), HasSubstr("folder"));
}

TEST_P(ArchiveFolder, OtherProgramsVerifyIt) {
    const TemporaryDirectory folder;
    const std::string path = folder.path() + (isZip() ? "/kept.zip" : "/kept.tar.zst");
    writeBytes(path, container());
    const std::string unpack =
        isZip() ? "unzip -tqq kept.zip && unzip -qq kept.zip" : "tar --zstd -xf kept.tar.zst";
    const std::string command = "export LC_ALL=C.UTF-8; cd " + folder.path() + " && " + unpack +
                                " && sha256sum -c --strict --quiet SHA256SUMS";
    EXPECT_EQ(std::system(command.c_str()), 0) << "scripts/setup installs unzip and zstd";
    // And they notice a change.
    EXPECT_NE(
        std::system(("cd " + folder.path() + " && echo x >> receipt.json && sha256sum -c --status SHA256SUMS")
                        .c_str()),
        0);
}

std::string formatName(const ::testing::TestParamInfo<const char*>& format) {
    return std::string(format.param) == "zip" ? "Zip" : "TarZst";
}
INSTANTIATE_TEST_SUITE_P(Formats, ArchiveFolder, ::testing::Values("zip", "tar.zst"), formatName);
INSTANTIATE_TEST_SUITE_P(Formats, ZippedArchiveFolder, ::testing::Values("zip"), formatName);

TEST(ArchiveFolderOptions, AreChecked) {
    EXPECT_TRUE(PluginUnderTest("archive-folder", "{}").isReady);  // verifies without a folder
    EXPECT_TRUE(PluginUnderTest("archive-folder", R"({"path":"/srv/a"})").isReady);
    PluginUnderTest relative("archive-folder", R"({"path":"srv/a"})");
    EXPECT_FALSE(relative.isReady);
    EXPECT_THAT(relative.problems.all(), HasSubstr("path"));
    PluginUnderTest format("archive-folder", R"({"path":"/a","format":"rar"})");
    EXPECT_FALSE(format.isReady);
    EXPECT_THAT(format.problems.all(), HasSubstr("format"));
}

}  // namespace
}  // namespace greffe
