// SPDX-License-Identifier: Apache-2.0
#include "pdf/value.h"

#include <gtest/gtest.h>

#include <string>

namespace greffe::pdf {
namespace {

Tree parsed(std::string_view text) {
    auto tree = Tree::parse(text, 0, {});
    EXPECT_TRUE(tree) << tree.refusal().text;
    return std::move(tree).value();
}

Reason refusalOf(const std::string& text, const Limits& limits = {}) {
    const auto tree = Tree::parse(text, 0, limits);
    return tree ? Reason::None : tree.refusal().reason;
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text += piece;
    return text;
}

TEST(Value, KeepsTheBytesOfEveryValue) {
    constexpr std::string_view kText =
        "<< /MediaBox [0 0 595.275590551181 841.88976378] /T (a) /R 12 0 R >> tail";
    const Tree tree = parsed(kText);
    const Value root = tree.root();
    EXPECT_EQ(root.find("MediaBox").bytes(), "[0 0 595.275590551181 841.88976378]");
    EXPECT_EQ(root.find("R").bytes(), "12 0 R");
    EXPECT_EQ(root.find("R").reference(), (Reference{12, 0}));
    EXPECT_EQ(root.find("T").string(), "a");
    EXPECT_EQ(root.end(), kText.find(" tail"));
    EXPECT_DOUBLE_EQ(*root.find("MediaBox").firstChild().nextSibling().nextSibling().number(),
                     595.275590551181);
}

TEST(Value, AbsentValuesAnswerHarmlessly) {
    const Value absent = Value().find("A").find("B").firstChild().nextSibling();
    EXPECT_TRUE(absent.isNull());
    EXPECT_FALSE(absent);
    EXPECT_FALSE(absent.integer());
    EXPECT_EQ(absent.name(), "");
    EXPECT_EQ(absent.size(), 0U);
    EXPECT_EQ(absent.bytes(), "");
}

TEST(Value, ReferencesAmongNumbers) {
    const Tree tree = parsed("[1 2 3 0 R 4 5 6 7 R 8]");
    EXPECT_EQ(tree.root().size(), 7U);  // 1 2 ref 4 5 ref 8
    EXPECT_EQ(tree.root().firstChild().nextSibling().nextSibling().reference(), (Reference{3, 0}));
}

TEST(Value, AnObjectMayBeOneNumberOrOneReference) {
    EXPECT_EQ(*parsed("42 endobj").root().integer(), 42);
    EXPECT_EQ(parsed("42 0 R endobj").root().reference(), (Reference{42, 0}));
    EXPECT_EQ(*parsed("42 7 0 obj").root().integer(), 42);  // in an object stream the next number follows
}

TEST(Value, NamesCompareDecoded) {
    const Tree tree = parsed("<</#41nnots 1>>");
    EXPECT_EQ(*tree.root().find("Annots").integer(), 1);
}

TEST(Value, CountsDoubledKeys) {
    EXPECT_EQ(parsed("<</A 1/B 2/A 3>>").root().countOf("A"), 2U);
}

TEST(Value, UnknownWordsReadAsNull) {
    EXPECT_TRUE(parsed("<</A nul>>").root().find("A").isNull());
}

TEST(Value, NestingIsCapped) {
    const Limits limits;
    EXPECT_EQ(refusalOf(repeated("[", limits.maxNesting) + repeated("]", limits.maxNesting)), Reason::None);
    EXPECT_EQ(refusalOf(repeated("[", limits.maxNesting + 1) + repeated("]", limits.maxNesting + 1)),
              Reason::LimitExceeded);
    EXPECT_EQ(refusalOf(repeated("<</A", 20'000)), Reason::LimitExceeded);
}

TEST(Value, ValuesAndBytesAreCapped) {
    Limits limits;
    limits.maxValuesPerObject = 1000;
    EXPECT_EQ(refusalOf("[" + repeated("1 ", 900) + "]", limits), Reason::None);
    EXPECT_EQ(refusalOf("[" + repeated("1 ", 1100) + "]", limits), Reason::LimitExceeded);
    limits.maxObjectBytes = 100;
    EXPECT_EQ(refusalOf("(" + repeated("a", 200) + ")", limits), Reason::LimitExceeded);
}

TEST(Value, DamageIsRefused) {
    for (const char* text :
         {"<</A 1", "[1 2", "<</A>>", "<<1 2>>", "]", ">>", "<</A 1]", "(abc", "<</A 1 endobj", "[1 endobj"})
        EXPECT_EQ(refusalOf(text), Reason::Malformed) << text;
}

}  // namespace
}  // namespace greffe::pdf
