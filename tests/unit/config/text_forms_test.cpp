// SPDX-License-Identifier: Apache-2.0
#include "config/text_forms.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

TEST(TextForms, Names) {
    EXPECT_TRUE(isConfigName("office-2.main_key"));
    for (const char* wrong : {"", "-x", "a b", "é", "a/b", ".."})
        EXPECT_FALSE(isConfigName(wrong)) << wrong;
    EXPECT_FALSE(isConfigName(std::string(65, 'a')));
}

TEST(TextForms, MediaTypes) {
    for (const char* right :
         {"application/pdf", "image/*", "application/vnd.oasis.opendocument.text", "image/svg+xml"})
        EXPECT_TRUE(isMediaType(right)) << right;
    for (const char* wrong : {"pdf", "application/", "/pdf", "a b/c", "*/*", "application/pdf; charset=x"})
        EXPECT_FALSE(isMediaType(wrong)) << wrong;
}

TEST(TextForms, Addresses) {
    EXPECT_TRUE(isMailAddress("clerk@example.org"));
    for (const char* wrong :
         {"clerk", "@example.org", "clerk@", "a b@c", "<a@b>", "a@b,c@d", "a@b\r\nBcc: x@y"})
        EXPECT_FALSE(isMailAddress(wrong)) << wrong;
}

TEST(TextForms, DatesThatExist) {
    EXPECT_TRUE(isDate("2028-02-29"));
    for (const char* wrong :
         {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "2026-01-1x", "-026-01-01"})
        EXPECT_FALSE(isDate(wrong)) << wrong;
}

TEST(TextForms, PageSizes) {
    PageSize size;
    ASSERT_TRUE(findPageSize("A4", size));
    EXPECT_EQ(size.widthMillimetres, 210);
    EXPECT_EQ(size.heightMillimetres, 297);
    ASSERT_TRUE(findPageSize("100x150", size));
    EXPECT_EQ(size.heightMillimetres, 150);
    for (const char* wrong : {"a4", "A9", "x", "210x", "210 x 297", "1x1", "9999x9999", "-5x10", "any"})
        EXPECT_FALSE(findPageSize(wrong, size)) << wrong;
}

TEST(TextForms, Urls) {
    EXPECT_TRUE(isUrl("https://tsa.example/rfc3161"));
    for (const char* wrong : {"tsa.example", "://x", "https://", "https://a b", "ht tp://x"})
        EXPECT_FALSE(isUrl(wrong)) << wrong;
}

}  // namespace
}  // namespace greffe
