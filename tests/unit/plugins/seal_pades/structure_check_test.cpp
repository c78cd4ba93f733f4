// SPDX-License-Identifier: Apache-2.0
// The structure check is what other tests lean on: here it must find each kind of dishonest increment.
#include "pdf/structure_check.h"

#include "pdf/increment.h"
#include "support/pdf_builder.h"
#include "support/seal_with_test_key.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

class StructureFaults : public testing::Test {
protected:
    std::string sealedTail() const {
        static const TestSigner signer(TestSigner::Key::P256);
        return sealWithTestKey(file_, R"({"signing_time_unix":1})", signer).tail;
    }
    // The same length, so that offsets and byte range stay right.
    std::vector<std::string> faultsAfter(const std::string& what, const std::string& by) const {
        EXPECT_EQ(what.size(), by.size());
        std::string tail = sealedTail();
        const std::size_t at = tail.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return pdf::structureFaults(file_, file_ + tail.replace(at, what.size(), by));
    }

    const std::string file_ =
        PdfBuilder::onePage()
            .set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/SigFlags 0>>/Lang(fr)>>")
            .build();
};

TEST_F(StructureFaults, AnHonestSealHasNone) {
    EXPECT_EQ(pdf::structureFaults(file_, file_ + sealedTail()), std::vector<std::string>());
}

TEST_F(StructureFaults, ChangedBytesAreFound) {
    std::string changed = file_ + sealedTail();
    changed[20] = static_cast<char>(changed[20] ^ 1);
    EXPECT_FALSE(pdf::structureFaults(file_, changed).empty());
    EXPECT_FALSE(faultsAfter("/Lang(fr)", "/Lang(en)").empty()) << "another key of the catalog";
    EXPECT_FALSE(faultsAfter("595.275590551181", "595.275591000000").empty())
        << "a rounded number on the page";
    EXPECT_FALSE(faultsAfter("/Root 1 0 R", "/Root 2 0 R").empty());
    EXPECT_FALSE(faultsAfter("/Fields[ 7 0 R]", "/Fields[ 8 0 R]").empty());
    EXPECT_FALSE(faultsAfter("/Annots [7 0 R]", "/Annots [7 1 R]").empty());
    EXPECT_FALSE(faultsAfter("[0 ", "[9 ").empty()) << "the byte range";
    EXPECT_FALSE(faultsAfter("/Size 8", "/Size 7").empty());
    EXPECT_FALSE(faultsAfter("5 0 obj\n<</Type/Sig", "6 0 obj\n<</Type/Sig").empty());
    EXPECT_FALSE(faultsAfter("ETSI.CAdES.detached", "adbe.pkcs7.detached").empty());
}

TEST_F(StructureFaults, AnObjectWrittenAgainWithoutNeedIsFound) {
    const auto document = pdf::Document::open(file_);
    pdf::IncrementPlan plan = pdf::continuePlan(**document);
    plan.objects.push_back({{4, 0}, "<</Length 4>>\nstream\nevil\nendstream"});
    const std::string shadow = file_ + pdf::writeIncrement(plan).tail;
    EXPECT_FALSE(pdf::structureFaults(file_, shadow).empty());
    EXPECT_FALSE(pdf::structureFaults(file_, shadow + sealedTail()).empty())
        << "a revision slipped in between";
}

TEST_F(StructureFaults, ACutChainIsFound) {
    EXPECT_FALSE(faultsAfter("/Prev ", "/Prex ").empty());
    const std::string streamFile = PdfBuilder::onePage().xref(PdfBuilder::Xref::Stream).build();
    EXPECT_FALSE(pdf::structureFaults(streamFile, streamFile + sealedTail()).empty())
        << "a table behind a stream";
}

}  // namespace
}  // namespace greffe
