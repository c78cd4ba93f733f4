// SPDX-License-Identifier: Apache-2.0
// Active content, what is reported beside it, streams, and damage inside objects.
#include "pdf/text.h"
#include "support/pdf_builder.h"
#include "validated.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>

namespace greffe::document_pdf {
namespace {

std::string deflated(const std::string& data) {
    std::string packed(compressBound(data.size()), '\0');
    uLongf size = packed.size();
    compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
              data.size(), 9);
    packed.resize(size);
    return packed;
}

std::string withCatalog(const std::string& entries) {
    return PdfBuilder::onePage().set(1, "<</Type/Catalog/Pages 2 0 R" + entries + ">>").build();
}

// The kinds of active content that are found, joined.
std::string kinds(const std::string& file) {
    const Validated said = validated(file);
    EXPECT_EQ(said.isDone, said.facts["active_content"].empty());
    EXPECT_EQ(said.facts["has_active_content"], !said.facts["active_content"].empty());
    EXPECT_TRUE(validated(file, R"({"active_content":"allow"})").isDone);
    std::string names;
    for (const auto& kind : said.facts["active_content"])
        names += (names.empty() ? "" : " ") + kind["kind"].get<std::string>();
    if (!names.empty()) {
        EXPECT_EQ(said.reason, "active_content");
    }
    return names;
}

TEST(ActiveContent, EveryKindIsFound) {
    const std::pair<const char*, const char*> cases[] = {
        {"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", "javascript"},
        {"/OpenAction<</S/Launch/F(/bin/sh)>>", "launch"},
        {"/AA<</WC<</S/SubmitForm/F(http://a/)>>>>", "submit_form"},
        {"/OpenAction<</S/ImportData/F(a.fdf)>>", "import_data"},
        {"/OpenAction<</S/GoToR/F(b.pdf)/D[0/Fit]>>", "go_to_remote"},
        {"/OpenAction<</S/GoToE/T<</R/C>>>>", "go_to_embedded"},
        {"/OpenAction<</S/Rendition/OP 0>>", "rendition"},
        {"/OpenAction<</S/Movie/Operation/Play>>", "movie"},
        {"/OpenAction<</S/Sound/Sound 4 0 R>>", "sound"},
        {"/OpenAction<</S/RichMediaExecute>>", "rich_media"},
        {"/OpenAction<</S/GoTo3DView>>", "3d"},
        {"/AcroForm<</XFA[(a)4 0 R]>>", "xfa"},
        {"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS 4 0 R>>]>>>>", "javascript"},
        {"/OpenAction<</S/URI/URI(http://a/)>>", ""},
        {"/OpenAction<</S/GoTo/D[3 0 R/Fit]>>", ""},
        {"/OpenAction<</S/Named/N/NextPage>>", ""},
        // A structure element may be called anything.
        {"/StructTreeRoot<</K<</S/Sound/P 1 0 R/Pg 3 0 R/K 0>>>>", ""},
    };
    for (const auto& [entries, expected] : cases)
        EXPECT_EQ(kinds(withCatalog(entries)), expected) << entries;
}

TEST(ActiveContent, IsFoundWhereverItHides) {
    // Behind a chain of references, under names written in another way, inside an object stream, as the next
    // action.
    PdfBuilder chain = PdfBuilder::onePage();
    chain.set(1, "<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R>>").set(5, "6 0 R");
    chain.set(6, "<</S/URI/URI(x)/Next[7 0 R]>>").set(7, "<</#53/L#61unch/F(a)>>");
    EXPECT_EQ(kinds(chain.build()), "launch");
    chain.xref(PdfBuilder::Xref::Stream).compress({5, 6, 7}, 20);
    EXPECT_EQ(kinds(chain.build()), "launch");
    PdfBuilder indirectName = PdfBuilder::onePage();
    indirectName.set(1, "<</Type/Catalog/Pages 2 0 R/OpenAction<</S 5 0 R/F(a)>>>>").set(5, "/Launch");
    EXPECT_EQ(kinds(indirectName.build()), "launch");
    PdfBuilder nameless = PdfBuilder::onePage();
    nameless.set(1, "<</Type/Catalog/Pages 2 0 R/OpenAction<</JS(x)>>>>");
    EXPECT_EQ(kinds(nameless.build()), "javascript");
    PdfBuilder field = PdfBuilder::onePage();
    field.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>");
    field.set(5, "<</FT/Tx/T(a)/AA<</K<</S/JavaScript/JS(x)>>>>>>");
    EXPECT_EQ(kinds(field.build()), "javascript");
}

TEST(ActiveContent, AnnotationsAndStreamsOfTheirOwnKind) {
    const auto annotation = [](const std::string& entries) {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[<</Type/Annot/Rect[0 0 1 1]" +
                           entries + ">>]>>");
        return builder.build();
    };
    EXPECT_EQ(kinds(annotation("/Subtype/RichMedia")), "rich_media");
    EXPECT_EQ(kinds(annotation("/Subtype/3D")), "3d");
    EXPECT_EQ(kinds(annotation("/Subtype/Movie")), "movie");
    EXPECT_EQ(kinds(annotation("/Subtype/Sound")), "sound");
    EXPECT_EQ(kinds(annotation("/Subtype/Link/A<</S/URI/URI(http://a/)>>")), "");
    PdfBuilder external = PdfBuilder::onePage();
    external.setStream(4, "/F(elsewhere.bin)", "");
    EXPECT_EQ(kinds(external.build()), "external_stream");
    PdfBuilder postScript = PdfBuilder::onePage();
    postScript.setStream(4, "/Type/XObject/Subtype/PS", "showpage");
    EXPECT_EQ(kinds(postScript.build()), "postscript");
}

TEST(ActiveContent, WhatNobodyReachesDoesNothing) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(9, "<</S/JavaScript/JS(x)>>");
    EXPECT_EQ(kinds(builder.build()), "");
}

TEST(Reported, EmbeddedFilesAreRefusedOnlyWhenAsked) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)5 0 R(b)6 0 R]>>>>>>");
    builder.set(5, "<</Type/Filespec/F(a)/EF<</F 7 0 R>>>>").set(6, "<</Type/Filespec/F(b)/EF<</F 7 0 R>>>>");
    builder.setStream(7, "/Type/EmbeddedFile/Subtype/text#2Fplain", "hello");
    const std::string file = builder.build();
    const Validated said = validated(file);
    EXPECT_TRUE(said.isDone) << said.explanation;
    EXPECT_EQ(said.facts["embedded_files"], 2);
    EXPECT_EQ(validated(file, R"({"embedded_files":"refuse"})").reason, "not_accepted");
}

// An archive whose first member is a PDF is a PDF as well.
TEST(Reported, BytesThatAreNotThePdfs) {
    const std::string plain = PdfBuilder::onePage().build();
    const char* const refuse = R"({"foreign_bytes":"refuse"})";
    EXPECT_TRUE(validated(plain, refuse).isDone);
    for (const std::string& file : {"PK\x03\x04 lease.pdf" + plain, plain + "PK\x01\x02 lease.pdf"}) {
        EXPECT_TRUE(validated(file).isDone) << validated(file).explanation;
        const Validated said = validated(file, refuse);
        EXPECT_EQ(said.reason, "not_accepted") << said.explanation;
        EXPECT_NE(said.explanation.find("bytes that are not the PDF's"), std::string::npos)
            << said.explanation;
    }
}

TEST(Reported, FontsWithoutTheirProgram) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(3,
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</A 5 0 R/B 6 0 R/C 7 0 R/D "
                "8 0 R>>>>>>");
    builder.set(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
    builder.set(6, "<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor 9 0 R>>");
    builder.set(7, "<</Type/Font/Subtype/TrueType/BaseFont/Y/FontDescriptor 10 0 R>>");
    builder.set(8, "<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]>>");
    builder.set(9, "<</Type/FontDescriptor/FontFile2 4 0 R>>").set(10, "<</Type/FontDescriptor>>");
    EXPECT_EQ(inspected(builder.build()).facts["fonts_not_embedded"], 2);
}

TEST(Reported, HiddenLayers) {
    const auto layers = [](const std::string& configuration) {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(
            1, "<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[5 0 R 6 0 R]/D<<" + configuration + ">>>>>>");
        builder.set(5, "<</Type/OCG/Name(a)>>").set(6, "<</Type/OCG/Name(b)>>");
        return inspected(builder.build()).facts["hidden_layers"];
    };
    EXPECT_EQ(layers(""), 0);
    EXPECT_EQ(layers("/OFF[5 0 R]"), 1);
    EXPECT_EQ(layers("/BaseState/OFF/ON[6 0 R]"), 1);
    EXPECT_EQ(layers("/BaseState/OFF"), 2);
}

// What the facts say of a producer that is written as this string token.
std::string producerOf(const std::string& token) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(5, "<</Producer" + token + ">>").trailer("/Root 1 0 R/Info 5 0 R");
    return inspected(builder.build()).facts["producer"];
}

TEST(Reported, ProducerIsSafeToShow) {
    // The byte 0x1B is ESC in UTF-8 and UTF-16; in PDFDocEncoding it is an accent (ISO 32000-2, annex D.3).
    EXPECT_EQ(producerOf("<EFBBBF611B5B324A62>"), "a\\u{1B}[2Jb");
    EXPECT_EQ(producerOf("<FEFF0061001B005B0032004A0062>"), "a\\u{1B}[2Jb");
    EXPECT_EQ(producerOf("(a\\033[2Jb\\nc)"), "a˙[2Jb\\u{A}c");
    EXPECT_EQ(producerOf("<FEFF0041202E0042>"), "A\\u{202E}B");
}

// Whatever a code means, a terminal never sees a control character: C0, DEL, C1.
TEST(Reported, NoEncodingBringsAControlCharacterToATerminal) {
    for (unsigned code = 0; code < 256; ++code) {
        char plain[8], wide[16], utf8[16];
        std::snprintf(plain, sizeof plain, "<61%02X>", code);
        std::snprintf(wide, sizeof wide, "<FEFF006100%02X>", code);
        if (code < 0x80)
            std::snprintf(utf8, sizeof utf8, "<EFBBBF61%02X>", code);
        else
            std::snprintf(utf8, sizeof utf8, "<EFBBBF61%02X%02X>", 0xC0U | code >> 6U,
                          0x80U | (code & 0x3FU));
        for (const char* token : {plain, wide, utf8}) {
            const std::string shown = producerOf(token);
            ASSERT_GT(shown.size(), 1U) << token;
            for (std::size_t at = 0; at < shown.size();) {
                const char32_t c = pdf::nextCodePoint(shown, at);
                EXPECT_TRUE(c >= 0x20 && (c < 0x7F || c >= 0xA0)) << token << ": " << shown;
            }
        }
    }
}

TEST(Reported, BytesAroundTheDocument) {
    const Validated said = inspected(PdfBuilder::onePage().before("junk\n").build() + "PK trailing");
    EXPECT_EQ(said.facts["bytes_before_header"], 5);
    EXPECT_EQ(said.facts["bytes_behind_end"], 11);
}

TEST(Streams, BombsAreALimit) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.setStream(4, "/Filter/FlateDecode", deflated(std::string(12U << 20U, '\0')));
    EXPECT_EQ(inspected(builder.build()).reason, "limit_exceeded");
    builder.setStream(4, "/Filter/FlateDecode", deflated(std::string(9U << 20U, '\0')));
    EXPECT_TRUE(inspected(builder.build()).isDone) << "small outputs may be as dense as they like";
    builder.setStream(4, "/Filter[/FlateDecode/FlateDecode]",
                      deflated(deflated(std::string(64U << 20U, '\0'))));
    EXPECT_EQ(inspected(builder.build()).reason, "limit_exceeded");
}

TEST(Streams, ImagesAreNotDecoded) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.setStream(4, "/Subtype/Image/Filter/FlateDecode", "this is no zlib data");
    EXPECT_TRUE(inspected(builder.build()).isDone);
    builder.setStream(4, "/Filter/DCTDecode", "this is no JPEG");
    EXPECT_TRUE(inspected(builder.build()).isDone);
}

TEST(Streams, DamageIsNamedWithItsObject) {
    const std::pair<std::string, std::string> cases[] = {
        {"/Filter/FlateDecode", "this is no zlib data"},
        {"/Filter/NoSuchDecode", "x"},
        {"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32>>", deflated("abc")},
    };
    for (const auto& [entries, data] : cases) {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.setStream(4, entries, data);
        const Validated said = inspected(builder.build());
        EXPECT_EQ(said.reason, "malformed") << entries;
        EXPECT_EQ(said.explanation.rfind("object 4: ", 0), 0U) << said.explanation;
    }
}

TEST(Damage, CountsOnlyWhereTheDocumentReachesIt) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(5, "<</A(no end>>");
    EXPECT_TRUE(inspected(builder.build()).isDone);
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/Extra 5 0 R>>");
    EXPECT_EQ(inspected(builder.build()).reason, "malformed");
}

TEST(Damage, ObjectsInsideEachOtherAreALimit) {
    // From object 4 on each one is a string that holds all the others: reading them one by one is quadratic.
    std::string file = "%PDF-1.7\n", xref;
    constexpr int kObjects = 3000;
    const auto begin = [&](int number) {
        char line[40];
        std::snprintf(line, sizeof line, "%010zu 00000 n \n", file.size());
        xref += line;
        file += std::to_string(number) + " 0 obj\n";
    };
    begin(1);
    file += "<</Type/Catalog/Pages 2 0 R>>\nendobj\n";
    begin(2);
    file += "<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n";
    begin(3);
    file += "<</Type/Page/MediaBox[0 0 9 9]>>\nendobj\n";
    for (int i = 4; i <= kObjects; ++i) {
        begin(i);
        file += "(";
    }
    file += std::string(100'000, ' ') + std::string(kObjects - 3, ')') + "\nendobj\n";
    const std::string start = std::to_string(file.size());
    file += "xref\n1 " + std::to_string(kObjects) + "\n" + xref + "trailer\n<</Size " +
            std::to_string(kObjects + 1) + "/Root 1 0 R>>\nstartxref\n" + start + "\n%%EOF\n";
    const Validated said = inspected(file);
    EXPECT_EQ(said.reason, "limit_exceeded") << said.explanation;
}

TEST(Form, AFieldThatIsItsOwnAncestorIsDamage) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>");
    builder.set(5, "<</T(a)/Kids[6 0 R]>>").set(6, "<</T(b)/Kids[5 0 R]>>");
    EXPECT_EQ(inspected(builder.build()).reason, "malformed");
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R 6 0 R]>>>>").set(6, "<</T(b)>>");
    EXPECT_TRUE(inspected(builder.build()).isDone) << "a field listed twice is only untidy";
}

}  // namespace
}  // namespace greffe::document_pdf
