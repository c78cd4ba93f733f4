// SPDX-License-Identifier: Apache-2.0
#include "outline/text_width.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::ElementsAre;

TEST(TextWidth, CountsLettersNotBytes) {
    EXPECT_DOUBLE_EQ(textWidth("", 10), 0);
    EXPECT_DOUBLE_EQ(textWidth("é", 10), textWidth("e", 10));
    EXPECT_DOUBLE_EQ(textWidth("Ô", 10), textWidth("O", 10));
    EXPECT_GT(textWidth("WWW", 10), textWidth("iii", 10));
    EXPECT_GT(textWidth("abc", 10, true), textWidth("abc", 10));
    EXPECT_DOUBLE_EQ(textWidth("abc", 20), 2 * textWidth("abc", 10));
    EXPECT_GE(textWidth("公文書", 10), 30);
    EXPECT_GT(textWidth("\xFF\xC3", 10), 0);
}

TEST(WrapText, BreaksAtBlanksAndKeepsEveryLetter) {
    EXPECT_THAT(wrapText("one two three", 1000, 12), ElementsAre("one two three"));
    EXPECT_THAT(wrapText("one two three", textWidth("one two", 12) + 1, 12), ElementsAre("one two", "three"));
    EXPECT_THAT(wrapText("", 10, 12), ElementsAre(""));
    EXPECT_THAT(wrapText("  a   b ", 1000, 12), ElementsAre("a b"));
}

TEST(WrapText, NoLineIsTooLong) {
    const std::string text =
        "prévient gestion.locative@une-agence-au-nom-interminable.example.org par « mail » : modèle « x » "
        "\xE2\x80\xA6 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 公文書公文書公文書公文書";
    for (double width = 20; width < 400; width += 7) {
        std::string joined;
        for (const std::string& line : wrapText(text, width, 12)) {
            EXPECT_LE(textWidth(line, 12), width) << line;
            EXPECT_FALSE(line.empty());
            joined += line;
        }
        std::string letters = text;
        std::erase(letters, ' ');
        std::erase(joined, ' ');
        EXPECT_EQ(joined, letters);
    }
}

TEST(WrapText, BreaksLongNamesBehindTheirSigns) {
    EXPECT_THAT(wrapText("/srv/greffe/leases", textWidth("/srv/greffe/lea", 12), 12),
                ElementsAre("/srv/greffe/", "leases"));
}

TEST(WrapText, KeepsFrenchSignsWithTheirWords) {
    EXPECT_THAT(wrapText("la clé « office » : oui", textWidth("la clé « office", 12), 12),
                ElementsAre("la clé", "« office » :", "oui"));
}

}  // namespace
}  // namespace greffe
