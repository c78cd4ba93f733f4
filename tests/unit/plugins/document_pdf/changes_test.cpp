// SPDX-License-Identifier: Apache-2.0
// What came after a signature, and whether it holds in spite of that.
#include "signed_file.h"
#include "validated.h"

#include <gtest/gtest.h>

namespace greffe::document_pdf {
namespace {

// A later revision of `base` with these objects.
std::string later(const std::string& base, const std::vector<std::pair<std::uint32_t, std::string>>& objects,
                  const std::string& trailer = "/Root 1 0 R") {
    PdfBuilder builder;
    builder.trailer(trailer);
    for (const auto& [number, text] : objects)
        builder.set(number, text);
    return builder.update(base);
}

std::string streamOf(const std::string& entries, const std::string& data) {
    return "<<" + entries + "/Length " + std::to_string(data.size()) + ">>\nstream\n" + data + "\nendstream";
}

constexpr const char* kForm = "/Type/XObject/Subtype/Form/BBox[0 0 80 20]";
constexpr const char* kPage =
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</X 9 0 R>>>>/Contents 4 0 "
    "R/Annots[5 0 R 6 0 R";
constexpr const char* kCatalog = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R 6 0 R";

std::string catalog(const std::string& fields = "", const std::string& form = "",
                    const std::string& more = "") {
    return kCatalog + fields + "]/SigFlags 3" + form + ">>" + more + ">>";
}
std::string page(const std::string& annotations, const std::string& more = "") {
    return kPage + annotations + "]" + more + ">>";
}
std::string field(const std::string& entries) {
    return "<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/AP<</N 8 0 R>>" + entries +
           ">>";
}

struct Expectation {
    std::string changes;
    bool holds;
};
void expect(const std::string& file, const Expectation& expected, const std::string& what) {
    const Validated said = validated(file);
    ASSERT_TRUE(said.facts.contains("signatures")) << what << ": " << said.explanation;
    EXPECT_EQ(said.changes(), expected.changes) << what << ": " << said.why();
    EXPECT_EQ(said.holds(), expected.holds) << what << ": " << said.why();
    EXPECT_EQ(said.why().empty(), expected.holds) << what;
}

TEST(Changes, TheSecurityStoreIsNone) {
    const std::string base = signedPage();
    expect(later(base,
                 {{1, catalog("", "", "/DSS 20 0 R")}, {20, "<</Certs[21 0 R]>>"}, {21, streamOf("", "x")}}),
           {"dss_or_timestamp", true}, "a security store");
    expect(later(base, {{1, catalog("", "", "/Metadata 20 0 R/Version/2.0")},
                        {20, streamOf("/Type/Metadata/Subtype/XML", "<x/>")}}),
           {"dss_or_timestamp", true}, "metadata");
    expect(later(base, {{20, "<</Producer(x)>>"}}, "/Root 1 0 R/Info 20 0 R"), {"dss_or_timestamp", true},
           "info");
}

TEST(Changes, WritingTheSameAgainIsNone) {
    const std::string base = signedPage();
    expect(later(base, {{3, page("")}, {9, streamOf(kForm, "0 0 9 9 re f")}}), {"dss_or_timestamp", true},
           "the same page");
    // The page's resources moved out into an object of their own.
    const std::string moved =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.0 842]/Resources 20 0 R/Contents 4 0 R/Annots[5 0 R 6 0 "
        "R]>>";
    expect(later(base, {{3, moved}, {20, "<</XObject<</X 9 0 R>>>>"}}), {"dss_or_timestamp", true},
           "moved resources");
    expect(later(base, {{3, moved}, {20, "<</XObject<</X 8 0 R>>>>"}}), {"page_content", false},
           "other resources");
    expect(later(base, {{30, catalog()}}, "/Root 30 0 R"), {"dss_or_timestamp", true},
           "a catalog of a new number");
}

TEST(Changes, PagesAreTheContract) {
    const std::string base = signedPage();
    const Expectation broken{"page_content", false};
    expect(later(base, {{4, streamOf("", "(Pay 1,000,000 EUR) Tj")}}), broken, "content");
    expect(later(base, {{9, streamOf(kForm, "1 1 9 9 re f")}}), broken, "a picture on the page");
    expect(later(base, {{3, page("", "/Rotate 180")}}), broken, "rotation");
    expect(
        later(base, {{2, "<</Type/Pages/Kids[3 0 R 20 0 R]/Count 2>>"}, {20, "<</Type/Page/Parent 2 0 R>>"}}),
        broken, "a page more");
    expect(later(base, {{2, "<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<<>>>>>>"}}), broken,
           "resources that pages inherit");
    expect(
        later(base,
              {{3,
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[4 0 R 20 0 R]/Resources<</XObject"
                "<</X 9 0 R>>>>/Annots[5 0 R 6 0 R]>>"},
               {20, streamOf("", "q Q")}}),
        broken, "one content stream more");
}

TEST(Changes, WhatIsNotKnownDoesNotHold) {
    const std::string base = signedPage();
    const Expectation broken{"undefined", false};
    expect(later(base, {{1, catalog("", "", "/OpenAction[3 0 R/Fit]")}}), broken, "an action");
    expect(later(base, {{1, catalog("", "", "/Pages 2 0 R")}}), broken, "a key twice");
    expect(later(base, {{1, catalog("", "/XFA(x)")}}), broken, "an XFA form");
    expect(later(base, {{7, "<</Type/Sig>>"}}), broken, "the signature itself");
}

TEST(Changes, ADanglingReferenceMustStayDangling) {
    // Prepared before signing: object 40 is nothing, until a later revision makes it something.
    PdfBuilder builder = signablePage();
    builder.setStream(9, std::string(kForm) + "/Resources<</XObject<</Y 40 0 R>>>>", "/Y Do");
    const std::string base = signFile(builder, 7);
    EXPECT_TRUE(validated(base).holds());
    expect(later(base, {{40, streamOf(kForm, "(other) Tj")}}), {"page_content", false}, "a filled gap");
    // Reached through the security store as well, where it would be harmless.
    expect(later(base, {{1, catalog("", "", "/DSS<</Certs[40 0 R]>>")}, {40, streamOf(kForm, "(other) Tj")}}),
           {"page_content", false}, "a filled gap with an alibi");
}

TEST(FormFill, HoldsOnlyWhereACertificationSaysSo) {
    const std::vector<std::pair<std::uint32_t, std::string>> filled = {
        {5, "<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/AP<</N 20 0 R>>/V(Anna)>>"},
        {20, streamOf(kForm, "(Anna) Tj")}};
    expect(later(signedPage(), filled), {"form_fill", false}, "no certification");
    expect(later(certifiedPage(1), filled), {"form_fill", false}, "P=1");
    expect(later(certifiedPage(2), filled), {"form_fill", true}, "P=2");
    expect(later(certifiedPage(3), filled), {"form_fill", true}, "P=3");
    const Validated said = validated(later(certifiedPage(1), filled));
    EXPECT_EQ(said.signature()["permission_respected"], false);
    EXPECT_EQ(said.facts["certification_level"], 1);
    EXPECT_EQ(said.signature()["kind"], "certification");
}

TEST(FormFill, ChangesTheAppearanceInPlaceOrAnew) {
    expect(later(certifiedPage(2), {{8, streamOf(kForm, "(Anna) Tj")}}), {"form_fill", true}, "in place");
    expect(later(certifiedPage(1), {{8, streamOf(kForm, "(Anna) Tj")}}), {"form_fill", false},
           "in place, P=1");
}

TEST(FormFill, AnAppearanceThatThePageDrawsTooIsContent) {
    // The same stream is a field's appearance and a picture on the page.
    PdfBuilder builder = signablePage("", "/Perms<</DocMDP 7 0 R>>");
    builder.set(5, "<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/AP<</N 9 0 R>>>>");
    Signing how;
    how.entries = "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 2>>>>]";
    const std::string base = signFile(builder, 7, "", how);
    EXPECT_TRUE(validated(base).holds());
    expect(later(base, {{9, streamOf(kForm, "(other) Tj")}}), {"page_content", false}, "shared");
}

TEST(FormFill, NothingElseOfAFieldMayChange) {
    const std::string base = certifiedPage(3);
    expect(
        later(base,
              {{5, "<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[0 0 595 842]/P 3 0 R/AP<</N 8 0 R>>>>"}}),
        {"undefined", false}, "its place");
    expect(later(base, {{5, field("/AA<</K<</S/JavaScript/JS(x)>>>>")}}), {"undefined", false}, "an action");
    expect(later(base, {{5, field("/V(x)/V(y)")}}), {"undefined", false}, "a value twice");
    expect(
        later(base, {{1, catalog(" 20 0 R", "", "/Perms<</DocMDP 7 0 R>>")}, {20, "<</FT/Tx/T(new)/V(x)>>"}}),
        {"undefined", false}, "a new field");
}

TEST(FieldLock, ALockedFieldStaysAsItIs) {
    const auto locked = [](const std::string& parameters) {
        Signing how;
        how.entries =
            "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 2>>>><</TransformMethod/FieldMDP/"
            "TransformParams<<" +
            parameters + ">>>>]";
        return signedPage(how, "", "/Perms<</DocMDP 7 0 R>>");
    };
    const std::vector<std::pair<std::uint32_t, std::string>> filled = {{5, field("/V(Anna)")}};
    expect(later(locked("/Action/All"), filled), {"form_fill", false}, "all");
    expect(later(locked("/Action/Include/Fields[(name)]"), filled), {"form_fill", false}, "included");
    expect(later(locked("/Action/Include/Fields[(other)]"), filled), {"form_fill", true}, "another");
    expect(later(locked("/Action/Exclude/Fields[(name)]"), filled), {"form_fill", true}, "excluded");
    expect(later(locked("/Action/Exclude/Fields[(other)]"), filled), {"form_fill", false}, "not excluded");
    EXPECT_EQ(validated(later(locked("/Action/All"), filled)).signature()["locks_respected"], false);
    expect(later(locked("/Action/All"), {{8, streamOf(kForm, "(Anna) Tj")}}), {"form_fill", false},
           "the appearance only");
}

TEST(Annotations, HoldOnlyUnderACertificationThatAllowsThem) {
    const auto withAnnotation = [](const std::string& base, const std::string& subtype) {
        return later(
            base, {{3, page(" 20 0 R")}, {20, "<</Type/Annot/Subtype/" + subtype + "/Rect[0 0 595 842]>>"}});
    };
    expect(withAnnotation(signedPage(), "Highlight"), {"annotations", false}, "no certification");
    expect(withAnnotation(certifiedPage(2), "Highlight"), {"annotations", false}, "P=2");
    expect(withAnnotation(certifiedPage(3), "Highlight"), {"annotations", true}, "P=3");
    // What can pass for content is never a remark.
    for (const char* subtype : {"FreeText", "Stamp", "Redact", "Square", "Widget", "Link", "FileAttachment"})
        expect(withAnnotation(certifiedPage(3), subtype), {"undefined", false}, subtype);
    expect(later(certifiedPage(3),
                 {{3,
                   "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</X 9 0 R>>"
                   ">>/Contents 4 0 R/Annots[6 0 R]>>"}}),
           {"undefined", false}, "a field taken off the page");
}

TEST(Annotations, SignedOnesMayChangeOnlyWhenTheyAreRemarks) {
    const auto base = [](const std::string& subtype) {
        PdfBuilder builder = signablePage("", "/Perms<</DocMDP 7 0 R>>");
        builder.set(3, page(" 30 0 R"));
        builder.set(30,
                    "<</Type/Annot/Subtype/" + subtype + "/Rect[0 0 90 90]/Contents(a)/AP<</N 31 0 R>>>>");
        builder.setStream(31, kForm, "(a) Tj");
        Signing how;
        how.entries = "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]";
        return signFile(builder, 7, "", how);
    };
    const auto changed = [](const std::string& subtype) {
        return std::vector<std::pair<std::uint32_t, std::string>>{
            {30, "<</Type/Annot/Subtype/" + subtype + "/Rect[0 0 90 90]/Contents(b)/AP<</N 31 0 R>>>>"}};
    };
    const std::vector<std::pair<std::uint32_t, std::string>> redrawn = {{31, streamOf(kForm, "(b) Tj")}};
    const std::vector<std::pair<std::uint32_t, std::string>> removed = {{3, page("")}};
    expect(later(base("Highlight"), changed("Highlight")), {"annotations", true}, "a remark changed");
    expect(later(base("Highlight"), redrawn), {"annotations", true}, "a remark drawn anew");
    expect(later(base("Highlight"), removed), {"annotations", true}, "a remark removed");
    expect(later(base("FreeText"), changed("FreeText")), {"undefined", false}, "a free text changed");
    expect(later(base("FreeText"), redrawn), {"undefined", false}, "a free text drawn anew");
    expect(later(base("FreeText"), removed), {"undefined", false}, "a free text removed");
    expect(later(base("Highlight"), changed("FreeText")), {"undefined", false}, "a remark made a free text");
}

// A further signature in a new field 20, dictionary 21, on the page.
std::string signedAgain(const std::string& base, const std::string& more = "", const Signing& how = {},
                        const std::string& fieldEntries = "") {
    PdfBuilder builder;
    builder.set(1, catalog(" 20 0 R", "", more)).set(3, page(" 20 0 R"));
    builder.set(20,
                "<</FT/Sig/T(Second)/Type/Annot/Subtype/Widget/F 132/Rect[100 100 200 150]/P 3 0 R/V 21 0 R" +
                    fieldEntries + ">>");
    return signFile(builder, 21, base, how);
}

TEST(FurtherSignatures, LetTheFirstOneHold) {
    const std::string file = signedAgain(signedPage(), "", {}, "/AP<</N 22 0 R>>");
    expect(file, {"signatures", true}, "signed again");
    const Validated said = validated(file);
    EXPECT_TRUE(said.holds(1)) << said.why(1);
    EXPECT_EQ(said.signature(0)["coverage"], "revision");
    EXPECT_EQ(said.signature(1)["coverage"], "whole_file");
    EXPECT_EQ(said.facts["revisions"], 2);
}

TEST(FurtherSignatures, AreJudgedByTheCertification) {
    const std::string perms = "/Perms<</DocMDP 7 0 R>>";
    expect(signedAgain(certifiedPage(1), perms), {"signatures", false}, "P=1");
    expect(signedAgain(certifiedPage(2), perms), {"signatures", true}, "P=2");
    Signing stamp;
    stamp.isDocumentTimestamp = true;
    stamp.subFilter = "ETSI.RFC3161";
    stamp.type = "DocTimeStamp";
    expect(signedAgain(certifiedPage(1), perms, stamp), {"dss_or_timestamp", true},
           "a document time-stamp under P=1");
}

TEST(FurtherSignatures, PutNoMarkOnACertifiedDocument) {
    const std::string perms = "/Perms<</DocMDP 7 0 R>>", drawn = "/AP<</N 8 0 R>>";
    expect(signedAgain(signedPage(), "", {}, drawn), {"signatures", true}, "not certified");
    EXPECT_EQ(validated(signedAgain(signedPage(), "", {}, drawn)).signature()["marks_after"], 1);
    EXPECT_EQ(validated(signedAgain(signedPage())).signature()["marks_after"], 0);
    expect(signedAgain(certifiedPage(2), perms, {}, drawn), {"signatures", false}, "certified");
    // A time-stamp is housekeeping as long as nobody sees it.
    Signing stamp;
    stamp.isDocumentTimestamp = true;
    stamp.subFilter = "ETSI.RFC3161";
    stamp.type = "DocTimeStamp";
    expect(signedAgain(certifiedPage(1), perms, stamp, drawn), {"signatures", false},
           "a time-stamp that one sees");
}

TEST(FurtherSignatures, ABrokenOneExplainsNothing) {
    Signing broken;
    broken.fault = TestSigner::Fault::WrongSignature;
    expect(signedAgain(signedPage(), "", broken), {"undefined", false}, "broken");
    // A signature field that nobody signed, with a picture in it.
    const std::string drawn =
        later(signedPage(), {{1, catalog(" 20 0 R")},
                             {3, page(" 20 0 R")},
                             {20, "<</FT/Sig/T(S)/Subtype/Widget/Rect[0 0 9 9]/AP<</N 8 0 R>>>>"}});
    expect(drawn, {"undefined", false}, "unsigned and drawn");
    const std::string empty = later(signedPage(), {{1, catalog(" 20 0 R")},
                                                   {3, page(" 20 0 R")},
                                                   {20, "<</FT/Sig/T(S)/Subtype/Widget/Rect[0 0 0 0]>>"}});
    expect(empty, {"signatures", true}, "a place for the next signer");
}

TEST(FurtherSignatures, CoverADocumentThatWasChangedInBetween) {
    // The second signer signs what an attacker made of the page: the first one's signature says so.
    const std::string changed = later(signedPage(), {{4, streamOf("", "(other) Tj")}});
    const Validated said = validated(signedAgain(changed));
    EXPECT_FALSE(said.holds(0));
    EXPECT_EQ(said.changes(0), "page_content");
    EXPECT_TRUE(said.holds(1)) << said.why(1);
}

TEST(Changes, AreFoundInFilesOfEveryKind) {
    for (const auto kind : {PdfBuilder::Xref::Stream, PdfBuilder::Xref::Hybrid}) {
        PdfBuilder builder = signablePage();
        builder.xref(kind).compress({2, 5}, 30);
        const std::string base = signFile(builder, 7);
        ASSERT_TRUE(validated(base).holds()) << validated(base).why();
        PdfBuilder harmless;
        harmless.xref(PdfBuilder::Xref::Stream).set(40, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        harmless.set(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>").compress({2, 40}, 41);
        expect(harmless.update(base), {"dss_or_timestamp", true}, "the same in another object stream");
        // The stream that old objects stand in is written anew with other objects in it; no section says that
        // they changed.
        const auto rewritten = [&](const std::string& pages, const std::string& name) {
            PdfBuilder sneaky;
            const std::string table = "2 0 5 " + std::to_string(pages.size() + 1) + " ";
            sneaky.setStream(30, "/Type/ObjStm/N 2/First " + std::to_string(table.size()),
                             table + pages + " " + name);
            return sneaky.update(base);
        };
        const std::string pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>", name = field("");
        expect(rewritten(pages, name), {"dss_or_timestamp", true}, "the same object stream again");
        expect(rewritten("<</Type/Pages/Kids[4 0 R]/Count 1>>", name), {"page_content", false},
               "another page in an object stream under the old number");
        // A field without its place on the page is more than another page: nobody knows what it means.
        expect(rewritten("<</Type/Pages/Kids[4 0 R]/Count 1>>", "<</FT/Tx/T(name)>>"), {"undefined", false},
               "another field in an object stream under the old number");
    }
}

TEST(Changes, AFileThatDoesNotContinueItsRevisionIsAnotherFile) {
    // As a library writes it that saves a file with a whole new table and no /Prev.
    const std::string base = signedPage();
    std::string table = "xref\n";
    for (int number = 1; number <= 9; ++number) {
        const std::size_t at = base.find("\n" + std::to_string(number) + " 0 obj") + 1;
        char line[48];
        std::snprintf(line, sizeof line, "%d 1\n%010zu 00000 n \n", number, at);
        table += line;
    }
    const std::string file = base + table + "trailer\n<</Size 10/Root 1 0 R>>\nstartxref\n" +
                             std::to_string(base.size()) + "\n%%EOF\n";
    const Validated said = validated(file);
    ASSERT_EQ(said.facts["signatures"].size(), 1U);
    EXPECT_EQ(said.signature()["intact"], true);
    EXPECT_EQ(said.signature()["coverage"], "wrong");
    EXPECT_NE(said.why().find("does not continue"), std::string::npos) << said.why();
}

}  // namespace
}  // namespace greffe::document_pdf
