// SPDX-License-Identifier: Apache-2.0
// iText 5 and PDFBox as judges of every file that we seal: earlier signatures keep their standing, ours is
// valid and covers the whole file. Both run once over all files: a Java machine takes a second to come up.
#include "judges.h"
#include "support/mounted.h"
#include "support/pdf_builder.h"
#include "support/seal_with_test_key.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace greffe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kJars =
    "/usr/share/java/pdfbox2.jar:/usr/share/java/fontbox2.jar:/usr/share/java/commons-logging.jar:"
    "/usr/share/java/itext5.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/"
    "bcutil.jar";
constexpr const char* kField = "Greffe";

struct Standing {
    bool isValid = false, isWhole = false;
    std::string said;
};
// judge and field → what it says; the field "-" stands for a file that the judge cannot read
using Standings = std::map<std::pair<std::string, std::string>, Standing>;

std::map<std::string, Standings> askJudges(const std::string& folder, const std::vector<std::string>& files) {
    const std::string source = GREFFE_SOURCE_DIR "/tests/judges/SignatureJudges.java";
    const ToolResult compiled = runTool({"javac", "-cp", kJars, "-d", folder, source}, 120);
    EXPECT_EQ(compiled.exitCode, 0) << compiled.output;
    std::vector<std::string> command = {"java", "-cp", folder + ":" + kJars, "SignatureJudges"};
    command.insert(command.end(), files.begin(), files.end());
    std::istringstream lines(runTool(command, 300).output);
    std::map<std::string, Standings> all;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream columns(line);
        std::string file, judge, field, verdict, coverage;
        // What the libraries themselves log has no columns.
        if (std::getline(columns, file, '\t') && std::getline(columns, judge, '\t') &&
            std::getline(columns, field, '\t') && std::getline(columns, verdict, '\t') &&
            std::getline(columns, coverage))
            all[file][{judge, field}] = {verdict == "valid", coverage == "whole", verdict};
    }
    return all;
}

std::map<std::string, std::string> documents() {
    std::map<std::string, std::string> all;
    for (const PdfBuilder::Xref kind :
         {PdfBuilder::Xref::Table, PdfBuilder::Xref::Stream, PdfBuilder::Xref::Hybrid}) {
        const std::string plain = PdfBuilder::onePage().xref(kind).build();
        const std::string name = fmt::format("built-{}", static_cast<int>(kind));
        all[name] = plain;
        // Sealed by somebody before us.
        const TestSigner other(TestSigner::Key::Rsa2048);
        const TestSeal seal =
            sealWithTestKey(plain, R"({"signing_time_unix":1795200000,"field_name":"Other"})", other);
        EXPECT_TRUE(seal.isDone) << seal.explanation;
        all[name + "-signed"] = plain + seal.tail;
    }
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(GREFFE_SOURCE_DIR "/../shared/corpus/valid", missing))
        if (entry.path().extension() == ".pdf") all[entry.path().stem()] = bytesOfFile(entry.path());
    return all;
}

std::vector<std::string> differences(const std::string& name, const Standings& before, const Standings& after,
                                     bool isEncrypted) {
    std::vector<std::string> all;
    for (const auto& [who, standing] : before) {
        if (!standing.isValid) continue;
        const auto now = after.find(who);
        if (now == after.end() || !now->second.isValid)
            all.push_back(fmt::format("{}: {} no longer takes \"{}\" for valid: {}", name, who.first,
                                      who.second, now == after.end() ? "not there" : now->second.said));
    }
    for (const char* judge : {"itext", "pdfbox"}) {
        // What a judge could not read before, it need not read now.
        if (before.count({judge, "-"}) > 0) continue;
        // In an encrypted file iText 5 cannot read a signature, its own neither: it decrypts what is exempt.
        if (isEncrypted && std::string(judge) == "itext") continue;
        const auto ours = after.find({judge, kField});
        if (ours == after.end() || !ours->second.isValid || !ours->second.isWhole)
            all.push_back(fmt::format("{}: {} says of our seal: {}", name, judge,
                                      ours == after.end() ? "not there" : ours->second.said));
    }
    return all;
}

TEST(JavaJudges, TakeOurSealAndKeepTheEarlierOnes) {
    GREFFE_NEEDS(hasTool("javac") && fs::exists("/usr/share/java/itext5.jar") &&
                     fs::exists("/usr/share/java/pdfbox2.jar"),
                 "default-jdk-headless, libitext5-java and libpdfbox2-java");
    // RSA: the name that iText 5 makes of ECDSA with SHA-256 is unknown to its own provider.
    const TestSigner signer(TestSigner::Key::Rsa2048);
    const TemporaryDirectory folder;
    std::vector<std::string> files, names;
    std::set<std::string> encrypted;
    for (const auto& [name, bytes] : documents()) {
        const TestSeal seal = sealWithTestKey(
            bytes, fmt::format(R"({{"signing_time_unix":1795300000,"field_name":"{}"}})", kField), signer);
        if (!seal.isDone) continue;  // CorpusFile.IsSealedOrRightlyRefused judges refusals
        names.push_back(name);
        if (bytes.find("/Encrypt ") != std::string::npos) encrypted.insert(name);
        files.push_back(fmt::format("{}/{}.before.pdf", folder.path(), name));
        std::ofstream(files.back(), std::ios::binary) << bytes;
        files.push_back(fmt::format("{}/{}.after.pdf", folder.path(), name));
        std::ofstream(files.back(), std::ios::binary) << bytes << seal.tail;
    }
    ASSERT_GE(names.size(), 6U);
    auto said = askJudges(folder.path(), files);
    std::size_t earlier = 0;
    for (const std::string& name : names) {
        const Standings before = said[fmt::format("{}/{}.before.pdf", folder.path(), name)];
        const Standings after = said[fmt::format("{}/{}.after.pdf", folder.path(), name)];
        for (const auto& [who, standing] : before)
            earlier += standing.isValid ? 1 : 0;
        EXPECT_EQ(differences(name, before, after, encrypted.count(name) > 0), std::vector<std::string>());
    }
    EXPECT_GE(earlier, 6U) << "judges that find no earlier signature prove nothing";
}

// The judges can say no: one byte of what was signed is another one.
TEST(JavaJudges, SeeAByteThatWasChanged) {
    GREFFE_NEEDS(hasTool("javac") && fs::exists("/usr/share/java/itext5.jar") &&
                     fs::exists("/usr/share/java/pdfbox2.jar"),
                 "default-jdk-headless, libitext5-java and libpdfbox2-java");
    const TestSigner signer(TestSigner::Key::Rsa2048);
    const std::string plain = PdfBuilder::onePage().build();
    const TestSeal seal =
        sealWithTestKey(plain, R"({"signing_time_unix":1795300000,"field_name":"Greffe"})", signer);
    ASSERT_TRUE(seal.isDone) << seal.explanation;
    std::string changed = plain + seal.tail;
    const auto at = changed.find("100 100 200 200 re");
    ASSERT_NE(at, std::string::npos);
    changed[at] = '9';
    const TemporaryDirectory folder;
    const std::string file = folder.path() + "/changed.pdf";
    std::ofstream(file, std::ios::binary) << changed;
    const auto said = askJudges(folder.path(), {file});
    ASSERT_EQ(said.count(file), 1U);
    for (const char* judge : {"itext", "pdfbox"}) {
        const auto ours = said.at(file).find({judge, kField});
        ASSERT_NE(ours, said.at(file).end()) << judge;
        EXPECT_FALSE(ours->second.isValid) << judge;
    }
}

}  // namespace
}  // namespace greffe
