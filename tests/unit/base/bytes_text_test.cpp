// SPDX-License-Identifier: Apache-2.0
#include "base/bytes_text.h"

#include "base/json.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

TEST(BytesText, DisplayHidesNothingAndHarmsNothing) {
    EXPECT_EQ(displayText("facture été.pdf"), "facture été.pdf");
    EXPECT_EQ(displayText("a\nb\x1b[31m"), "a\\x0ab\\x1b[31m");
    EXPECT_EQ(displayText("\xff\xc0\x80"), "\\xff\\xc0\\x80");
    EXPECT_EQ(displayText("exe\xe2\x80\xae"
                          "fdp"),
              "exe\\u{202e}fdp");
    EXPECT_EQ(displayText("back\\slash"), "back\\\\slash");
}

TEST(BytesText, BytesSurviveJson) {
    for (const std::string& name :
         {std::string("plain.pdf"), std::string("bad\xff\xfe.pdf"), std::string("new\nline")}) {
        Json object;
        putBytes(object, "name", name);
        auto back = parseJson(dumpJson(object));
        ASSERT_TRUE(back);
        EXPECT_EQ(bytesOf(*back, "name"), name);
    }
}

TEST(BytesText, RefusesSurrogatesAndOverlongForms) {
    EXPECT_FALSE(isUtf8("\xed\xa0\x80"));
    EXPECT_FALSE(isUtf8("\xe0\x80\xaf"));
    EXPECT_FALSE(isUtf8("\xf4\x90\x80\x80"));
    EXPECT_TRUE(isUtf8("\xf0\x9f\x93\x84"));
}

TEST(BytesText, ClipsBetweenCharacters) {
    EXPECT_EQ(clipUtf8("été", 1), "");
    EXPECT_EQ(clipUtf8("été", 3), "ét");
    EXPECT_EQ(clipUtf8("été", 10), "été");
}

}  // namespace
}  // namespace greffe
