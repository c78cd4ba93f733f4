// SPDX-License-Identifier: Apache-2.0
#include "document-pdf/profile.h"

#include <gtest/gtest.h>

namespace greffe::document_pdf {
namespace {

Profile read(std::string_view json) {
    auto profile = readProfile(json);
    EXPECT_TRUE(profile) << profile.refusal().text;
    return profile ? *profile : Profile{};
}

TEST(Profile, DefaultsAreCareful) {
    const Profile profile = read("{}");
    EXPECT_FALSE(profile.pageSize);
    EXPECT_EQ(profile.toleranceMillimetres, 2);
    EXPECT_EQ(profile.minPages, 1U);
    EXPECT_TRUE(profile.refusesEncryption);
    EXPECT_TRUE(profile.refusesActiveContent);
    EXPECT_FALSE(profile.refusesEmbeddedFiles);
    EXPECT_EQ(profile.signatures, SignatureDemand::Any);
    EXPECT_TRUE(readProfile(""));
}

TEST(Profile, PassesOverWhatTheStepItselfReads) {
    EXPECT_TRUE(
        readProfile(R"({"id":"check","document":"lease","media_type":"application/pdf","when":null})"));
}

TEST(Profile, ReadsSizesInEveryForm) {
    EXPECT_EQ(read(R"({"page_size":"A4"})").pageSize->longMillimetres, 297);
    EXPECT_EQ(read(R"({"page_size":"legal"})").pageSize->longMillimetres, 355.6);
    EXPECT_EQ(read(R"({"page_size":"120x80"})").pageSize->shortMillimetres, 80);
    EXPECT_EQ(read(R"({"page_size":{"width_mm":300,"height_mm":100.5}})").pageSize->shortMillimetres, 100.5);
    EXPECT_FALSE(read(R"({"page_size":"any"})").pageSize);
    EXPECT_EQ(read(R"({"page_size":"A5","orientation":"landscape"})").pageSize->orientation,
              Orientation::Landscape);
}

TEST(Profile, NamesTheOptionAtFault) {
    const std::pair<const char*, const char*> cases[] = {
        {R"([])", "options"},
        {R"({)", "options"},
        {R"({"page_size":"A44"})", "page_size"},
        {R"({"page_size":"210x"})", "page_size"},
        {R"({"page_size":"0x5"})", "page_size"},
        {R"({"page_size":4})", "page_size"},
        {R"({"page_size":{"width_mm":210}})", "page_size"},
        {R"({"orientation":"up"})", "orientation"},
        {R"({"page_size_tolerance_millimetres":-1})", "page_size_tolerance_millimetres"},
        {R"({"page_size_tolerance_millimetres":"2"})", "page_size_tolerance_millimetres"},
        {R"({"min_pages":1.5})", "min_pages"},
        {R"({"min_pages":-1})", "min_pages"},
        {R"({"min_pages":5,"max_pages":4})", "min_pages"},
        {R"({"encryption":"no"})", "encryption"},
        {R"({"active_content":false})", "active_content"},
        {R"({"embedded_files":1})", "embedded_files"},
        {R"({"foreign_bytes":"no"})", "foreign_bytes"},
        {R"({"signatures":"valid"})", "signatures"},
    };
    for (const auto& [json, option] : cases) {
        const auto profile = readProfile(json);
        ASSERT_FALSE(profile) << json;
        EXPECT_EQ(profile.refusal().reason, Reason::InvalidOptions) << json;
        EXPECT_NE(profile.refusal().text.find(option), std::string::npos) << profile.refusal().text;
    }
}

}  // namespace
}  // namespace greffe::document_pdf
