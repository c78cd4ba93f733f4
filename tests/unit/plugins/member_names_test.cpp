// SPDX-License-Identifier: Apache-2.0
#include "container/member_names.h"

#include "container/utf8.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using container::comparableName;
using container::MemberNames;
using container::OutgoingNames;
using ::testing::HasSubstr;

std::string refusalOf(const std::string& name) {
    const container::Limits limits;
    MemberNames names(limits);
    const auto no = names.add(name, false);
    return no ? no->text : "";
}

TEST(MemberNames, RefusesWhatLeavesTheArchiveOrTheTerminal) {
    EXPECT_THAT(refusalOf("/etc/passwd"), HasSubstr("absolute"));
    EXPECT_THAT(refusalOf("../a"), HasSubstr("\"..\""));
    EXPECT_THAT(refusalOf("a/../../b"), HasSubstr("\"..\""));
    EXPECT_THAT(refusalOf("a/.."), HasSubstr("\"..\""));
    EXPECT_THAT(refusalOf("..\\evil"), HasSubstr("backslash"));
    EXPECT_THAT(refusalOf("C:evil"), HasSubstr("drive letter"));
    EXPECT_THAT(refusalOf(std::string("a\0.pdf", 6)), HasSubstr("control"));
    EXPECT_THAT(refusalOf("a\nFAKE \x1b[2J.pdf"), HasSubstr("a\\x0aFAKE \\x1b[2J.pdf"));
    EXPECT_THAT(refusalOf("a\x7f.pdf"), HasSubstr("control"));
    EXPECT_THAT(refusalOf("a\xc2\x85.pdf"), HasSubstr("control"));
    EXPECT_THAT(refusalOf("invoice\xe2\x80\xae"
                          "fdp.exe"),
                HasSubstr("invoice\\u{202e}fdp.exe"));
    EXPECT_THAT(refusalOf(""), HasSubstr("no name"));
    EXPECT_THAT(refusalOf("."), HasSubstr("no name of its own"));
    EXPECT_THAT(refusalOf(std::string(256, 'x')), HasSubstr("too long"));
    EXPECT_THAT(refusalOf("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"), HasSubstr("too many folders"));
    for (const char* const good :
         {"a", "a/b.pdf", "...", "..a", "a..", "./a", "a b", "r\xe9gl\xe9.pdf", "ab:c", "é.pdf"})
        EXPECT_EQ(refusalOf(good), "") << good;
}

TEST(MemberNames, ComparesAsDisksDo) {
    EXPECT_EQ(comparableName("A/./B//c.PDF"), "a/b/c.pdf");
    EXPECT_EQ(comparableName("\xc3\xa9t\xc3\xa9"),
              comparableName("e\xcc\x81te\xcc\x81"));  // é, composed or not
    EXPECT_EQ(comparableName("\xc3\x89T\xc3\x89"), comparableName("\xc3\xa9t\xc3\xa9"));                // É
    EXPECT_EQ(comparableName("\xc5\x92uvre"), comparableName("\xc5\x93uvre"));                          // Œ
    EXPECT_EQ(comparableName("\xc3\x87\xc5\x81\xc5\xb8"), comparableName("\xc3\xa7\xc5\x82\xc3\xbf"));  // ÇŁŸ
    EXPECT_NE(comparableName("\xc3\xa9"), comparableName("e"));
    EXPECT_NE(comparableName("\xc3\xa9"), comparableName("\xc3\xa8"));
    EXPECT_EQ(comparableName("\xe9"
                             "A"),
              "\xe9"
              "a");  // no text: bytes, ASCII folded
}

TEST(MemberNames, FindsAFileThatIsAFolderWhateverTheOrder) {
    const container::Limits limits;
    for (const bool isReversed : {false, true}) {
        MemberNames names(limits);
        for (const char* const name : {"a b", "a-b", "a/x"})
            ASSERT_FALSE(names.add(name, false));
        if (isReversed) {
            ASSERT_FALSE(names.add("a/y/z", false));
        }
        ASSERT_FALSE(names.add("A", false));
        const auto no = names.finish();
        ASSERT_TRUE(no);
        EXPECT_THAT(no->text, HasSubstr("member \"A\" is a file and the folder of \"a/x\""));
    }
    MemberNames good(limits);
    for (const char* const name : {"a b", "a-b", "a/x", "ab"})
        ASSERT_FALSE(good.add(name, false));
    ASSERT_FALSE(good.add("a/", true));
    EXPECT_FALSE(good.finish());
}

TEST(OutgoingNames, AreSafeEverywhereAndDiffer) {
    OutgoingNames names;
    EXPECT_EQ(names.assign("originals/", "contract.pdf"), "originals/contract.pdf");
    EXPECT_EQ(names.assign("originals/", "Contract.PDF"), "originals/Contract (2).PDF");
    EXPECT_EQ(names.assign("originals/", "contract.pdf"), "originals/contract (3).pdf");
    EXPECT_EQ(names.assign("results/", "contract.pdf"), "results/contract.pdf");
    EXPECT_EQ(names.assign("", "../../etc/passwd"), "passwd");
    EXPECT_EQ(names.assign("", "a\nb\x1b.pdf"), "a_b_.pdf");
    EXPECT_EQ(names.assign("", "r\xe9gl.pdf"), "r_gl.pdf");
    EXPECT_EQ(names.assign("", "x\xe2\x80\xaeg.pdf"), "x_g.pdf");
    EXPECT_EQ(names.assign("", "NUL.pdf"), "_NUL.pdf");
    EXPECT_EQ(names.assign("", "com1"), "_com1");
    EXPECT_EQ(names.assign("", "what?*<>|:.txt"), "what______.txt");
    EXPECT_EQ(names.assign("", ".hidden"), "_hidden");
    EXPECT_EQ(names.assign("", "trailing. . "), "trailing");
    EXPECT_EQ(names.assign("", ""), "document");
    EXPECT_EQ(names.assign("", "\xc3\xa9t\xc3\xa9.pdf"), "\xc3\xa9t\xc3\xa9.pdf");
    EXPECT_EQ(names.assign("", "e\xcc\x81te\xcc\x81.pdf"), "e\xcc\x81te\xcc\x81 (2).pdf");
    const std::string longName = std::string(100, 'x') + std::string(100, '\xc3') + ".pdf";
    std::string accents;
    for (int i = 0; i < 90; ++i)
        accents += "\xc3\xa9";
    const std::string cut = names.assign("", accents + ".pdf");
    EXPECT_LE(cut.size(), 120U);
    EXPECT_TRUE(container::isUtf8(cut));
    EXPECT_THAT(cut, ::testing::EndsWith(".pdf"));
    EXPECT_LE(names.assign("", longName).size(), 120U);
}

TEST(DisplayName, HidesNothing) {
    EXPECT_EQ(container::displayName("a\\b\x1b\xff\xe2\x80\xaeé"), "a\\\\b\\x1b\\xff\\u{202e}é");
}

}  // namespace
}  // namespace greffe
