// SPDX-License-Identifier: Apache-2.0
#include "seal-pades/pades_sealer.h"

#include "judges.h"
#include "pdf/document.h"
#include "pdf/signature_inventory.h"
#include "support/pdf_builder.h"
#include "support/seal_with_test_key.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

constexpr const char* kParams = R"({"signing_time_unix":1795300000,"field_name":"Seal"})";

const TestSigner& signer() {
    static const TestSigner instance(TestSigner::Key::P256);
    return instance;
}

std::string sealed(const std::string& file, const std::string& params = kParams, bool withTimestamp = false) {
    const TestSeal seal = sealWithTestKey(file, params, signer(), withTimestamp);
    EXPECT_TRUE(seal.isDone) << seal.reason << ": " << seal.explanation;
    return file + seal.tail;
}

std::string reasonOf(const std::string& file, const std::string& params = kParams) {
    const TestSeal seal = sealWithTestKey(file, params, signer());
    return seal.isDone ? "done" : seal.reason;
}

struct Shape {
    const char* name;
    PdfBuilder builder;
};

std::vector<Shape> shapes() {
    using Xref = PdfBuilder::Xref;
    const auto page = [] { return PdfBuilder::onePage(); };
    const auto withForm = [] {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>")
            .set(5, "<</Fields 6 0 R/SigFlags 1/DA(/Helv 0 Tf)>>");
        builder.set(6, "[7 0 R]").set(7, "<</FT/Tx/T(a)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>");
        builder.set(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.275590551181 842]/Annots 8 0 R>>")
            .set(8, "[7 0 R]");
        return builder;
    };
    const auto withDirectForm = [] {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(1, "<</Type/Catalog/AcroForm<</Fields[7 0 R]/DR<<>>>>/Pages 2 0 R/Perms<<>>>>");
        builder.set(7, "<</FT/Tx/T(a)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>");
        builder.set(3, "<</Type/Page/Annots[7 0 R]/Parent 2 0 R/MediaBox[0 0 595 842]>>");
        return builder;
    };
    const auto withOddities = [] {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields null/SigFlags(x)>>>>");
        builder.set(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots 7 0 R>>");
        builder.set(7, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(one, not in a list)>>");
        return builder;
    };
    return {
        {"Table", page()},
        {"Stream", page().xref(Xref::Stream)},
        {"Hybrid", page().xref(Xref::Hybrid)},
        {"WideStream", page().xref(Xref::Stream).streamWidths({1, 8, 2})},
        {"CompressedObjects", page().xref(Xref::Stream).compress({1, 2, 3}, 9)},
        {"HybridCompressedObjects", withForm().xref(Xref::Hybrid).compress({5, 6, 7}, 9)},
        {"CompressedForm", withForm().xref(Xref::Stream).compress({1, 3, 5, 6, 7, 8}, 9)},
        {"IndirectForm", withForm()},
        {"DirectForm", withDirectForm()},
        {"WrongTypes", withOddities()},
        {"HeaderOffset", page().before("\xEF\xBB\xBF some junk\n")},
        {"HeaderOffsetStream", page().before("some junk\r\n").xref(Xref::Stream)},
        {"CarriageReturns", page().endOfLine("\r")},
        {"Windows", page().endOfLine("\r\n")},
        {"NoFinalNewline", page().withoutFinalNewline()},
        {"NoFinalNewlineStream", page().xref(Xref::Stream).withoutFinalNewline()},
    };
}

class SealedShape : public testing::TestWithParam<std::size_t> {};

TEST_P(SealedShape, HoldsForEveryJudgeTwice) {
    const Shape shape = shapes()[GetParam()];
    SCOPED_TRACE(shape.name);
    const std::string once = sealed(shape.builder.build());
    expectHonestSeal(shape.builder.build(), once);
    const std::string twice = sealed(once);  // the same field name is asked for again
    expectHonestSeal(once, twice);
    const auto document = pdf::Document::open(twice);
    ASSERT_TRUE(document) << document.refusal().text;
    const auto inventory = pdf::readSignatures(**document);
    ASSERT_TRUE(inventory);
    ASSERT_EQ(inventory->signatures.size(), 2U);
    EXPECT_EQ(inventory->signatures[0].fieldName, "Seal");
    EXPECT_EQ(inventory->signatures[1].fieldName, "Seal-2");
}

INSTANTIATE_TEST_SUITE_P(Shapes, SealedShape, testing::Range<std::size_t>(0, shapes().size()),
                         [](const auto& shape) { return std::string(shapes()[shape.param].name); });

TEST(PadesSealer, TheSameInputsGiveTheSameBytes) {
    const std::string file = PdfBuilder::onePage().build();
    seal_pades::PadesSealer sealer;
    sdk::StringSink first, second;
    SealGap gap;
    HeardOutcome outcome, again;
    sealer.prepare(viewOf(file), Slice(kParams), first, gap, outcome);
    sealer.prepare(viewOf(file), Slice(kParams), second, gap, again);
    ASSERT_TRUE(outcome.isDone());
    EXPECT_EQ(first.text(), second.text());
    EXPECT_EQ((file + first.text()).substr(gap.offset, 3), "<00");
    EXPECT_EQ((file + first.text())[gap.offset + gap.size - 1], '>');
}

TEST(PadesSealer, TellsFacts) {
    const TestSeal seal =
        sealWithTestKey(PdfBuilder::onePage().xref(PdfBuilder::Xref::Stream).build(), kParams, signer());
    EXPECT_EQ(
        seal.facts.at("seal"),
        R"({"earlier_signatures":0,"encrypted":false,"field_name":"Seal","revisions":1,"xref":"stream"})");
}

TEST(PadesSealer, ATimestampGoesIn) {
    const std::string file = PdfBuilder::onePage().build();
    const std::string params = R"({"signing_time_unix":1795300000,"level":"B-T"})";
    expectHonestSeal(file, sealed(file, params, true));
}

TEST(PadesSealer, CertificationsForbidWhatTheySay) {
    const std::string file = PdfBuilder::onePage().build();
    for (const int p : {1, 2, 3}) {
        const std::string params = R"({"signing_time_unix":1795300000,"certify":)" + std::to_string(p) + "}";
        const std::string certified = sealed(file, params);
        expectHonestSeal(file, certified);
        const auto document = pdf::Document::open(certified);
        EXPECT_EQ(pdf::readSignatures(**document)->certification, p);
        EXPECT_EQ(reasonOf(certified), p == 1 ? "changes_forbidden" : "done");
        EXPECT_EQ(reasonOf(certified, params), p == 1 ? "changes_forbidden" : "invalid_options");
        if (p != 1) {
            expectHonestSeal(certified, sealed(certified));
        }
    }
    EXPECT_EQ(reasonOf(sealed(file), R"({"signing_time_unix":1,"certify":2})"), "invalid_options")
        << "not the first signature";
}

TEST(PadesSealer, TextsAreWrittenInEveryScript) {
    const std::string file = PdfBuilder::onePage().build();
    const std::string whole =
        sealed(file, R"json({"signing_time_unix":1,"field_name":"Schlüssel (1)","name":"漢字",
        "reason":"/ByteRange[0 1 2 3]","location":"Évry"})json");
    expectHonestSeal(file, whole);
    const auto document = pdf::Document::open(whole);
    EXPECT_EQ(pdf::readSignatures(**document)->signatures.at(0).fieldName, "Schlüssel (1)");
}

TEST(PadesSealer, RefusesWithTheRightReason) {
    EXPECT_EQ(reasonOf(""), "empty_file");
    EXPECT_EQ(reasonOf("PK\x03\x04 not a PDF"), "not_a_pdf");
    EXPECT_EQ(reasonOf("%PDF-1.7\nno end"), "malformed");
    EXPECT_EQ(reasonOf(PdfBuilder::onePage().set(2, "<</Type/Pages/Kids[]>>").build()), "no_pages");
    EXPECT_EQ(reasonOf(PdfBuilder::onePage().build(), "{}"), "invalid_options");
    EXPECT_EQ(reasonOf(PdfBuilder::onePage().set(3, "<</Type/Page/Annots[]/Annots[]>>").build()),
              "malformed");
    EXPECT_EQ(reasonOf(PdfBuilder::onePage().set(3, "<</Type/Page/Annots<</Subtype/Text>>>>").build()),
              "malformed");
    EXPECT_EQ(reasonOf(PdfBuilder::onePage().build(),
                       R"({"signing_time_unix":1,"placement":{"page":2,"x":1,"y":1,"width":9,"height":9}})"),
              "invalid_options");
}

TEST(PadesSealer, TooLittleRoomSaysHowMuchIsNeeded) {
    const TestSeal seal = sealWithTestKey(PdfBuilder::onePage().build(),
                                          R"({"signing_time_unix":1,"reserve_bytes":1024})", signer());
    EXPECT_FALSE(seal.isDone);
    EXPECT_EQ(seal.reason, "limit_exceeded");
    const int needed = std::stoi(seal.facts.at("needed_bytes"));
    EXPECT_GT(needed, 1024);
    EXPECT_EQ(reasonOf(PdfBuilder::onePage().build(),
                       R"({"signing_time_unix":1,"reserve_bytes":)" + std::to_string(needed + 16) + "}"),
              "done");
}

// embed() must not write a seal into a tail that is not what prepare() made.
class EmbedChecks : public testing::Test {
protected:
    EmbedChecks() {
        HeardOutcome outcome;
        sdk::StringSink sink;
        sealer_.prepare(viewOf(file_), Slice(kParams), sink, gap_, outcome);
        tail_ = sink.text();
        digest_ = digestWithoutGap(file_, tail_, gap_);
    }
    std::string embed(const std::string& tail, const SealGap& gap) {
        const std::string cms = signer().sign(digest_);
        SealMaterial material;
        material.cms = cms;
        HeardOutcome outcome;
        sdk::StringSink sink;
        sealer_.embed(viewOf(file_), tail, gap, reinterpret_cast<const unsigned char*>(digest_.data()),
                      material, sink, outcome);
        EXPECT_EQ(outcome.verdicts, 1);
        EXPECT_EQ(sink.text().size(), outcome.isDone() ? tail.size() : 0);
        return outcome.isDone() ? "done" : outcome.reason;
    }
    std::string replaced(const std::string& what, const std::string& by) {
        std::string tail = tail_;
        const std::size_t at = tail.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return tail.replace(at, what.size(), by);
    }

    seal_pades::PadesSealer sealer_;
    const std::string file_ = PdfBuilder::onePage().build();
    std::string tail_, digest_;
    SealGap gap_;
};

TEST_F(EmbedChecks, TheTailAsPreparedIsTaken) {
    EXPECT_EQ(embed(tail_, gap_), "done");
}

TEST_F(EmbedChecks, EveryChangeOfTheTailIsFound) {
    EXPECT_EQ(embed(tail_ + " ", gap_), "malformed");
    EXPECT_EQ(embed(replaced("[0 ", "[1 "), gap_), "malformed");
    EXPECT_EQ(embed(replaced("/Prev ", "/Prev 1"), gap_), "malformed");
    EXPECT_EQ(embed(replaced(" 00000 n", " 00000 f"), gap_), "malformed");
    EXPECT_EQ(embed(replaced("5 0 obj", "9 0 obj"), gap_), "malformed");
    EXPECT_EQ(embed(replaced("<0000", "<00x0"), gap_), "malformed");
    EXPECT_EQ(embed("", gap_), "malformed");
}

TEST_F(EmbedChecks, AWrongGapIsFound) {
    for (const SealGap& gap :
         {SealGap{gap_.offset + 1, gap_.size}, SealGap{gap_.offset, gap_.size - 2}, SealGap{0, gap_.size},
          SealGap{gap_.offset, 0}, SealGap{gap_.offset, ~0ULL}, SealGap{~0ULL, 4}})
        EXPECT_EQ(embed(tail_, gap), "malformed");
}

TEST_F(EmbedChecks, ASignatureOverOtherBytesIsFound) {
    digest_ = sha256Of("other bytes");
    const std::string cms = signer().sign(sha256Of("still others"));
    SealMaterial material;
    material.cms = cms;
    HeardOutcome outcome;
    sdk::StringSink sink;
    sealer_.embed(viewOf(file_), tail_, gap_, reinterpret_cast<const unsigned char*>(digest_.data()),
                  material, sink, outcome);
    EXPECT_EQ(outcome.reason, "key_unusable");
    EXPECT_TRUE(sink.text().empty());
}

struct EncryptedShape {
    const char* name;
    std::vector<std::string> options;  // of qpdf
};

void PrintTo(const EncryptedShape& shape, std::ostream* out) {
    *out << shape.name;
}

class SealedEncrypted : public testing::TestWithParam<EncryptedShape> {};

// Strings and streams of the increment are encrypted, /Contents is not; objects that come out of encrypted
// object streams get their strings encrypted when they are written alone.
TEST_P(SealedEncrypted, HoldsForEveryJudge) {
    const TemporaryDirectory folder;
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/DA(/Helv 0 Tf 0 g)>>/Lang(fr)>>");
    builder.trailer("/Root 1 0 R/ID[<00112233445566778899AABBCCDDEEFF><00>]");
    std::ofstream(folder.path() + "/plain.pdf", std::ios::binary) << builder.build();
    std::vector<std::string> command = {"qpdf", "--allow-weak-crypto"};
    command.insert(command.end(), GetParam().options.begin(), GetParam().options.end());
    command.insert(command.end(), {folder.path() + "/plain.pdf", folder.path() + "/encrypted.pdf"});
    const ToolResult made = runTool(command);
    ASSERT_EQ(made.exitCode, 0) << made.output;
    const std::string file = bytesOfFile(folder.path() + "/encrypted.pdf");
    const std::string whole = sealed(
        file,
        R"({"signing_time_unix":1795300000,"field_name":"Seal","name":"Étude","placement":{"page":1,"x":60,"y":640,"width":180,"height":50}})");
    expectHonestSeal(file, whole);
    // Another implementation must read our strings and our stream.
    std::ofstream(folder.path() + "/sealed.pdf", std::ios::binary) << whole;
    ASSERT_EQ(
        runTool({"qpdf", "--decrypt", "--qdf", folder.path() + "/sealed.pdf", folder.path() + "/clear.pdf"})
            .exitCode,
        0);
    const std::string clear = bytesOfFile(folder.path() + "/clear.pdf");
    EXPECT_NE(clear.find("/T (Seal)"), std::string::npos);
    EXPECT_NE(clear.find("D:20261121"), std::string::npos);
    EXPECT_NE(clear.find("/Lang (fr)"), std::string::npos);
    EXPECT_NE(clear.find("/DA (/Helv 0 Tf 0 g)"), std::string::npos);
    EXPECT_NE(clear.find("Tj T*"), std::string::npos) << "the mark's stream cannot be read";
    expectHonestSeal(whole, sealed(whole));
}

INSTANTIATE_TEST_SUITE_P(
    Methods, SealedEncrypted,
    testing::Values(
        EncryptedShape{"RC4_40", {"--encrypt", "", "o", "40", "--"}},
        EncryptedShape{"RC4_128", {"--encrypt", "", "o", "128", "--use-aes=n", "--"}},
        EncryptedShape{"AES128", {"--encrypt", "", "o", "128", "--use-aes=y", "--"}},
        EncryptedShape{"AES256", {"--encrypt", "", "o", "256", "--allow-insecure", "--"}},
        EncryptedShape{"AES256Compressed",
                       {"--object-streams=generate", "--encrypt", "", "o", "256", "--allow-insecure", "--"}},
        EncryptedShape{"RC4Compressed",
                       {"--object-streams=generate", "--encrypt", "", "o", "128", "--use-aes=n", "--"}}),
    [](const auto& shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace greffe
