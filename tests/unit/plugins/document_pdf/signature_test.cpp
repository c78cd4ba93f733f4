// SPDX-License-Identifier: Apache-2.0
// One signature by itself: is it intact, what does it cover, does it hold?
#include "signed_file.h"
#include "validated.h"

#include <gtest/gtest.h>

namespace greffe::document_pdf {
namespace {

constexpr const char* kMustHold = R"({"signatures":"must_hold"})";

std::string replaced(std::string file, std::string_view what, std::string_view with, bool last = true) {
    const std::size_t at = last ? file.rfind(what) : file.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    EXPECT_EQ(what.size(), with.size());
    return file.replace(at, what.size(), with);
}

TEST(Signature, HoldsWhenNothingIsWrong) {
    const Validated said = validated(signedPage(), kMustHold);
    ASSERT_TRUE(said.isDone) << said.explanation;
    const auto& signature = said.signature();
    EXPECT_EQ(signature["field"], "Sig");
    EXPECT_EQ(signature["kind"], "signature");
    EXPECT_EQ(signature["sub_filter"], "ETSI.CAdES.detached");
    EXPECT_FALSE(signature["signer"].get<std::string>().empty());
    EXPECT_EQ(signature["certificate_sha256"].get<std::string>().size(), 64U);
    EXPECT_EQ(signature["claimed_time"], "2026-11-22T10:30:00+01:00");
    EXPECT_EQ(signature["digest"], "SHA-256");
    EXPECT_EQ(signature["weak_digest"], false);
    EXPECT_EQ(signature["intact"], true);
    EXPECT_EQ(signature["coverage"], "whole_file");
    EXPECT_EQ(signature["changes_after"], "none");
    EXPECT_EQ(signature["trust"], "not_checked");
    EXPECT_TRUE(signature["timestamp"].is_null());
    EXPECT_TRUE(said.holds());
    EXPECT_EQ(said.why(), "");
}

TEST(Signature, DemandsDecideTheVerdict) {
    const std::string good = signedPage(), bad = replaced(signedPage(), "0 0 1 rg", "1 0 0 rg");
    const std::string unsignedFile = PdfBuilder::onePage().build();
    EXPECT_TRUE(validated(bad).isDone);
    EXPECT_EQ(validated(bad, kMustHold).reason, "signature_broken");
    EXPECT_EQ(validated(good, R"({"signatures":"none"})").reason, "not_accepted");
    EXPECT_TRUE(validated(unsignedFile, R"({"signatures":"none"})").isDone);
    EXPECT_TRUE(validated(unsignedFile, kMustHold).isDone) << "each one that is there";
}

TEST(Signature, AnyChangedByteBreaksIt) {
    const std::string good = signedPage();
    const std::size_t gap = good.rfind("/Contents<") + 10;
    for (const std::size_t at : {good.find("/Catalog") + 1, good.find("0 0 1 rg"), good.rfind("%%EOF")}) {
        std::string changed = good;
        changed[at] ^= 0x20;
        const Validated said = validated(changed);
        ASSERT_EQ(said.facts["signatures"].size(), 1U) << at;
        EXPECT_FALSE(said.holds()) << at;
    }
    // The last digit of the CMS is one of its signature value.
    std::string hollow = good;
    const std::size_t digit = hollow.find_last_not_of('0', hollow.find('>', gap) - 1);
    hollow[digit] = hollow[digit] == '1' ? '2' : '1';
    EXPECT_FALSE(validated(hollow).holds());
    EXPECT_FALSE(validated(replaced(good, "0 0 1 rg", "1 0 0 rg")).signature()["intact"].get<bool>());
}

TEST(Signature, BytesBehindTheCmsAreNobodys) {
    Signing how;
    how.padding = "41";
    EXPECT_NE(validated(signedPage(how)).why().find("nobody signed"), std::string::npos);
}

TEST(Signature, TheCertificateIsTheOneItNames) {
    Signing how;
    how.fault = TestSigner::Fault::OtherCertificate;
    EXPECT_EQ(validated(signedPage(how)).why(), "it names another certificate than the one it carries");
    how.fault = TestSigner::Fault::WrongSignature;
    EXPECT_EQ(validated(signedPage(how)).why(), "the signature value does not verify");
    how.fault = TestSigner::Fault::NoSigningCertificate;
    EXPECT_NE(validated(signedPage(how)).why().find("which certificate"), std::string::npos);
    how.subFilter = "adbe.pkcs7.detached";
    EXPECT_TRUE(validated(signedPage(how)).holds()) << "only PAdES demands it";
    how.fault = TestSigner::Fault::WrongContentType;
    EXPECT_FALSE(validated(signedPage(how)).holds());
}

TEST(Signature, AUnknownKindIsNotUnsigned) {
    Signing how;
    how.subFilter = "adbe.x509.rsa_sha1";
    const Validated said = validated(signedPage(how), kMustHold);
    EXPECT_EQ(said.reason, "signature_broken");
    EXPECT_NE(said.why().find("adbe.x509.rsa_sha1"), std::string::npos);
}

TEST(ByteRange, LeavesOutItsOwnContentsOnly) {
    const std::string good = signedPage();
    const std::size_t at = good.rfind("/ByteRange ") + 11;
    const std::size_t end = good.find(']', at) + 1;
    const std::string range = good.substr(at, end - at);
    std::size_t first = 0, second = 0, count = 0;
    ASSERT_EQ(std::sscanf(range.c_str(), "[0 %zu %zu %zu", &first, &second, &count), 3);
    const auto with = [&](std::string numbers) {
        numbers.resize(range.size(), ' ');
        return validated(good.substr(0, at) + numbers + good.substr(end));
    };
    const auto text = [](auto a, auto b, auto c, auto d) {
        return "[" + std::to_string(a) + " " + std::to_string(b) + " " + std::to_string(c) + " " +
               std::to_string(d) + "]";
    };
    for (const std::string& numbers :
         {std::string("null"), std::string("[]"), std::string("[0 0 0 0]"), std::string("[0 -1 0 -1]"),
          "[0 " + std::to_string(first) + "]", text(9, first - 9, second, count),
          text(0, first - 1, second, count), text(0, first, second + 1, count - 1),
          text(0, first, second, count + 1), text(0, first, second, 99999999),
          text(0, second, first, good.size() - first),
          "[0 " + std::to_string(first) + "." + " " + std::to_string(second) + " " + std::to_string(count) +
              "]",
          std::string("[0 18446744073709551617 0 1]")}) {
        const Validated said = with(numbers);
        EXPECT_FALSE(said.holds()) << numbers;
        EXPECT_EQ(said.signature()["coverage"], "wrong") << numbers;
        EXPECT_FALSE(said.why().empty()) << numbers;
    }
    EXPECT_FALSE(with(text(0, first, second, count - 1)).holds()) << "one byte short of a revision";
}

TEST(ByteRange, KeysThatStandTwiceAreNotBelieved) {
    for (const char* key :
         {"/ByteRange[0 1 2 3]", "/Contents<00>", "/SubFilter/ETSI.CAdES.detached", "/Type/Sig"}) {
        Signing how;
        how.entries = key;
        const Validated said = validated(signedPage(how));
        EXPECT_FALSE(said.holds()) << key;
        EXPECT_NE(said.why().find("twice"), std::string::npos) << said.why();
    }
}

TEST(ByteRange, ADictionaryInsideAnObjectStreamCannotBeReached) {
    PdfBuilder builder = signablePage();
    builder.set(7, "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 10]/Contents<00>>>");
    builder.xref(PdfBuilder::Xref::Stream).compress({7}, 20);
    EXPECT_NE(validated(builder.build()).why().find("object stream"), std::string::npos);
}

TEST(Coverage, ARevisionIsWhole) {
    // Signed bytes that end in the middle: the tail can be anything.
    PdfBuilder builder = signablePage();
    std::string file = signFile(builder, 7);
    EXPECT_TRUE(validated(file).holds());
    EXPECT_FALSE(validated(file + "x").holds());
    EXPECT_EQ(validated(file + "\r\n").signature()["coverage"], "revision");
    EXPECT_TRUE(validated(file + "\r\n").holds()) << "a line end that a transfer added is no change";
    EXPECT_FALSE(validated(file + "% hello\n").holds());
}

TEST(Lost, ASignatureThatARevisionDropsIsNoticed) {
    const std::string good = signedPage();
    const std::string without = PdfBuilder().set(1, "<</Type/Catalog/Pages 2 0 R>>").update(good);
    const Validated said = validated(without, kMustHold);
    EXPECT_EQ(said.facts["lost_signatures"], 1);
    EXPECT_TRUE(said.facts["signatures"].empty());
    EXPECT_EQ(said.reason, "signature_broken");
    EXPECT_EQ(validated(good).facts["lost_signatures"], 0);
}

TEST(Timestamp, OfADocumentHoldsByItsImprint) {
    Signing how;
    how.isDocumentTimestamp = true;
    how.subFilter = "ETSI.RFC3161";
    how.type = "DocTimeStamp";
    const std::string good = signedPage(how);
    const Validated said = validated(good, kMustHold);
    ASSERT_TRUE(said.isDone) << said.explanation;
    EXPECT_EQ(said.signature()["kind"], "document_timestamp");
    EXPECT_EQ(said.signature()["timestamp"]["state"], "holds");
    EXPECT_EQ(said.signature()["timestamp"]["time"].get<std::string>().size(), 20U);
    const Validated changed = validated(replaced(good, "0 0 1 rg", "1 0 0 rg"));
    EXPECT_EQ(changed.why(), "the time-stamp is over other bytes");
}

TEST(Timestamp, ASignatureIsNoTimestampAndTheOtherWayRound) {
    Signing how;
    how.subFilter = "ETSI.RFC3161";
    EXPECT_FALSE(validated(signedPage(how)).holds());
    how.subFilter = "ETSI.CAdES.detached";
    how.isDocumentTimestamp = true;
    EXPECT_FALSE(validated(signedPage(how)).holds());
}

TEST(Timestamp, OfASignatureMustBeItsOwn) {
    Signing how;
    how.withTimestamp = true;
    const Validated own = validated(signedPage(how));
    EXPECT_TRUE(own.holds()) << own.why();
    EXPECT_EQ(own.signature()["timestamp"]["state"], "holds");
    how.withTimestamp = false;
    how.withForeignTimestamp = true;
    const Validated foreign = validated(signedPage(how));
    EXPECT_FALSE(foreign.holds());
    EXPECT_EQ(foreign.signature()["intact"], true);
    EXPECT_EQ(foreign.signature()["timestamp"]["state"], "broken");
    EXPECT_NE(foreign.why().find("time-stamp"), std::string::npos);
}

}  // namespace
}  // namespace greffe::document_pdf
