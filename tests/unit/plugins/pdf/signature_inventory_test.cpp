// SPDX-License-Identifier: Apache-2.0
#include "pdf/signature_inventory.h"

#include "support/pdf_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace greffe::pdf {
namespace {

// One page with a signed field (object 6, its signature object 7) and what `field` and `signature` add to
// them.
PdfBuilder signedPage(const std::string& field = "", const std::string& signature = "",
                      const std::string& range = "[0 100 120 50]") {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R 6 0 R]/SigFlags 3>>>>");
    builder.set(5, "<</FT/Tx/T(person)/Kids[8 0 R]>>").set(8, "<</T(name)/Parent 5 0 R>>");
    builder.set(6, "<</FT/Sig/T(Sig)/V 7 0 R" + field + ">>");
    builder.set(
        7, "<</Type/Sig/SubFilter/ETSI.CAdES.detached/Contents<00>/ByteRange " + range + signature + ">>");
    return builder;
}

SignatureInventory inventoryOf(const PdfBuilder& builder) {
    const std::string file = builder.build();
    const auto document = Document::open(file);
    EXPECT_TRUE(document);
    auto inventory = readSignatures(**document);
    EXPECT_TRUE(inventory) << inventory.refusal().text;
    return std::move(inventory).value();
}

Reason verdict(const PdfBuilder& builder, const std::string& fieldName = "Seal", bool isVisible = false) {
    const std::string file = builder.build();
    const auto check = mayAppendSignature(inventoryOf(builder), file.size(), fieldName, isVisible);
    return check ? Reason::None : check.refusal().reason;
}

std::string docMdp(int p) {
    return "/Reference[<</TransformMethod/DocMDP/TransformParams<</P " + std::to_string(p) + ">>>>]";
}
std::string fieldMdp(const std::string& parameters) {
    return "/Reference[<</TransformMethod/FieldMDP/TransformParams<<" + parameters + ">>>>]";
}

TEST(SignatureInventory, ReadsFieldsAndSignatures) {
    const SignatureInventory inventory = inventoryOf(signedPage());
    ASSERT_EQ(inventory.signatures.size(), 1U);
    EXPECT_EQ(inventory.signatures[0].fieldName, "Sig");
    EXPECT_EQ(inventory.signatures[0].subFilter, "ETSI.CAdES.detached");
    EXPECT_EQ(*inventory.signatures[0].byteRange, (std::vector<std::int64_t>{0, 100, 120, 50}));
    EXPECT_EQ(inventory.rootFieldNames, (std::vector<std::string>{"person", "Sig"}));
    EXPECT_FALSE(inventory.certification);
}

TEST(SignatureInventory, FindsInheritedTypesAndEmptyFields) {
    PdfBuilder builder = signedPage();
    builder.set(6, "<</FT/Sig/T(group)/Kids[9 0 R 10 0 R]>>").set(9, "<</T(one)/Parent 6 0 R/V 7 0 R>>");
    builder.set(10, "<</T(two)/Parent 6 0 R>>");
    const SignatureInventory inventory = inventoryOf(builder);
    ASSERT_EQ(inventory.signatures.size(), 1U);
    EXPECT_EQ(inventory.signatures[0].fieldName, "group.one");
    EXPECT_EQ(inventory.emptyFields, 2U);  // the group itself and "two"
}

TEST(SignatureInventory, CirclesOfFieldsEnd) {
    PdfBuilder builder = signedPage();
    builder.set(5, "<</FT/Tx/T(a)/Kids[8 0 R]>>").set(8, "<</T(b)/Kids[5 0 R 8 0 R]>>");
    EXPECT_EQ(inventoryOf(builder).signatures.size(), 1U);
}

TEST(MayAppend, AnOrdinarySignatureAllowsAnother) {
    EXPECT_EQ(verdict(signedPage()), Reason::None);
}

TEST(MayAppend, CertificationsDecide) {
    const auto certified = [](int p) {
        PdfBuilder builder = signedPage("", docMdp(p));
        builder.set(
            1, "<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 7 0 R>>/AcroForm<</Fields[6 0 R]/SigFlags 3>>>>");
        return builder;
    };
    EXPECT_EQ(verdict(certified(1)), Reason::ChangesForbidden);
    EXPECT_EQ(verdict(certified(2)), Reason::None);
    EXPECT_EQ(verdict(certified(3)), Reason::None);
    EXPECT_EQ(verdict(certified(2), "Seal", true), Reason::ChangesForbidden)
        << "a visible mark on a certified document";
    EXPECT_EQ(verdict(signedPage("", docMdp(1))), Reason::ChangesForbidden)
        << "even when /Perms does not name it";
    EXPECT_EQ(verdict(signedPage("/Lock<</Action/Include/Fields[(x)]/P 1>>")), Reason::ChangesForbidden);
}

TEST(MayAppend, LockedFieldsDecide) {
    EXPECT_EQ(verdict(signedPage("", fieldMdp("/Action/All"))), Reason::FieldsLocked);
    EXPECT_EQ(verdict(signedPage("/Lock<</Action/All>>")), Reason::FieldsLocked);
    EXPECT_EQ(verdict(signedPage("", fieldMdp("/Action/Include/Fields[(name)]"))), Reason::None);
    EXPECT_EQ(verdict(signedPage("", fieldMdp("/Action/Include/Fields[(Seal)]"))), Reason::FieldsLocked);
    EXPECT_EQ(verdict(signedPage("", fieldMdp("/Action/Exclude/Fields[(name)]"))), Reason::FieldsLocked);
    EXPECT_EQ(verdict(signedPage("", fieldMdp("/Action/Exclude/Fields[(Seal)]"))), Reason::None);
}

TEST(MayAppend, ByteRangesDecide) {
    EXPECT_EQ(verdict(signedPage("", "", "[0 100 120 999999]")), Reason::NotExtensible);
    for (const char* range : {"null", "[]", "[0 100]", "[0 100 120]", "[0 -1 120 50]", "[5 100 120 50]",
                              "[0 100 90 50]", "[0 100.5 120 50]", "[0 (x) 120 50]"})
        EXPECT_EQ(verdict(signedPage("", "", range)), Reason::SignatureBroken) << range;
    PdfBuilder noContents = signedPage();
    noContents.set(7, "<</Type/Sig/ByteRange[0 1 2 3]/Contents null>>");
    EXPECT_EQ(verdict(noContents), Reason::SignatureBroken);
}

}  // namespace
}  // namespace greffe::pdf
