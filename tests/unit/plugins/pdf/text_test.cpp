// SPDX-License-Identifier: Apache-2.0
#include "pdf/text.h"

#include <gtest/gtest.h>

namespace greffe::pdf {
namespace {

TEST(Text, ReadsEveryEncodingOfTextStrings) {
    EXPECT_EQ(textToUtf8("plain"), "plain");
    EXPECT_EQ(textToUtf8("\xE9t\xE9 \xA0"), "été €");                         // PDFDocEncoding
    EXPECT_EQ(textToUtf8(std::string_view("\xFE\xFF\0A\x20\xAC", 6)), "A€");  // UTF-16BE
    EXPECT_EQ(textToUtf8(std::string_view("\xFF\xFE"
                                          "A\0",
                                          4)),
              "A");                                      // UTF-16LE, against the rules
    EXPECT_EQ(textToUtf8("\xEF\xBB\xBF\xC3\xA9"), "é");  // PDF 2.0
    EXPECT_EQ(textToUtf8(std::string_view("\xFE\xFF\xD8\x3D\xDE\x00", 6)), "\xF0\x9F\x98\x80");
    EXPECT_EQ(textToUtf8(std::string_view("\xFE\xFF\xD8\x3D", 4)), "\xEF\xBF\xBD");  // half a pair
}

// Annex D.3 of ISO 32000-2, the codes that another table would read as something else.
TEST(Text, PdfDocEncodingGivesAccentsToCodesOfControls) {
    EXPECT_EQ(textToUtf8("\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F"), "˘ˇˆ˙˝˛˚˜");
    EXPECT_EQ(textToUtf8("\x80\x92\x95\x9E\xA0"), "•™Łž€");
    EXPECT_EQ(textToUtf8("\x7F\x9F\xAD"), "\uFFFD\uFFFD\uFFFD") << "codes without a meaning";
    EXPECT_EQ(textToUtf8("a\tb\r\n"), "a\tb\r\n");
}

TEST(Text, WritesAsciiPlainAndTheRestAsUtf16) {
    EXPECT_EQ(utf8ToText("Greffe (1)"), "Greffe (1)");
    EXPECT_EQ(utf8ToText("é"), std::string("\xFE\xFF\0\xE9", 4));
    for (const char* text : {"Réf. 12 – Œuvre", "漢字", "\xF0\x9F\x98\x80"})
        EXPECT_EQ(textToUtf8(utf8ToText(text)), text);
}

TEST(Text, WinAnsiNamesWhatItLacks) {
    EXPECT_EQ(utf8ToWinAnsi("Œuvre à 5 €").bytes, "\x8Cuvre \xE0 5 \x80");
    EXPECT_FALSE(utf8ToWinAnsi("Œuvre à 5 €").unknown);
    EXPECT_EQ(utf8ToWinAnsi("a漢").unknown, U'漢');
    EXPECT_TRUE(utf8ToWinAnsi("\x81").unknown);
}

TEST(Text, TokensEscapeWhatWouldEndThem) {
    EXPECT_EQ(literalToken("a(b)\\c\rd"), "(a\\(b\\)\\\\c\\rd)");
    EXPECT_EQ(hexToken(std::string_view("\x00\xFF", 2)), "<00FF>");
}

TEST(Text, BrokenUtf8NeverRunsPastItsEnd) {
    for (const char* text :
         {"\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80"})
        EXPECT_NE(textToUtf8(std::string("\xEF\xBB\xBF") + text).find("\xEF\xBF\xBD"), std::string::npos)
            << text;
}

}  // namespace
}  // namespace greffe::pdf
