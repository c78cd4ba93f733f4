// SPDX-License-Identifier: Apache-2.0
#include "pdf/lexer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace greffe::pdf {
namespace {

std::vector<std::string> tokensOf(std::string_view text) {
    std::vector<std::string> tokens;
    Lexer lexer(text);
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next())
        tokens.emplace_back(lexer.text(token));
    return tokens;
}

TEST(Lexer, TokensTouchWithoutSpaces) {
    EXPECT_EQ(
        tokensOf("<</A/B[1 2]/C(x)/D<0F>>>"),
        (std::vector<std::string>{"<<", "/A", "/B", "[", "1", "2", "]", "/C", "(x)", "/D", "<0F>", ">>"}));
}

TEST(Lexer, CommentsAreWhiteSpace) {
    EXPECT_EQ(tokensOf("1 % two\r3"), (std::vector<std::string>{"1", "3"}));
}

TEST(Lexer, StringsNestAndEscape) {
    EXPECT_EQ(tokensOf("(a(b)c\\)d)e"), (std::vector<std::string>{"(a(b)c\\)d)", "e"}));
}

TEST(Lexer, AStringWithoutEndIsBad) {
    Lexer lexer("(abc");
    EXPECT_EQ(lexer.next().kind, TokenKind::Bad);
    EXPECT_EQ(lexer.next().kind, TokenKind::End);
}

TEST(Lexer, NumbersAreIntegersRealsOrWords) {
    struct Case {
        const char* text;
        TokenKind kind;
        std::int64_t value;
    };
    for (const Case& c :
         {Case{"17", TokenKind::Integer, 17}, Case{"-98", TokenKind::Integer, -98},
          Case{"+0", TokenKind::Integer, 0}, Case{"4.", TokenKind::Real, 0},
          Case{"-.002", TokenKind::Real, 0}, Case{"1e5", TokenKind::Word, 0}, Case{"--5", TokenKind::Word, 0},
          Case{"-", TokenKind::Word, 0}, Case{"1.2.3", TokenKind::Word, 0},
          Case{"999999999999999999", TokenKind::Integer, 999999999999999999},
          Case{"99999999999999999999", TokenKind::Real, 0}}) {
        const Token token = Lexer(c.text).next();
        EXPECT_EQ(token.kind, c.kind) << c.text;
        EXPECT_EQ(token.integer, c.value) << c.text;
    }
}

TEST(Lexer, NamesDecode) {
    EXPECT_EQ(decodeName("/A#42#20C"), "AB C");
    EXPECT_EQ(decodeName("/A#4"), "A#4");
    EXPECT_EQ(decodeName("/A#zz"), "A#zz");
    EXPECT_EQ(decodeName("/"), "");
}

TEST(Lexer, StringsDecode) {
    EXPECT_EQ(decodeString("(a\\n\\t\\(\\053\\53\\5)"), "a\n\t(++\x05");
    EXPECT_EQ(decodeString("(one\\\r\ntwo)"), "onetwo");
    EXPECT_EQ(decodeString("(one\r\ntwo)"), "one\ntwo");
    EXPECT_EQ(decodeString("(\\8)"), "8");
    EXPECT_EQ(decodeString("<48 65 6C6>"), "Hel`");
    EXPECT_EQ(decodeString("(\\"), "");
}

}  // namespace
}  // namespace greffe::pdf
