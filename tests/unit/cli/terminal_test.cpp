// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace greffe {
namespace {

TEST(Terminal, ColumnsAreLinedUpByLetters) {
    TextTable table({"NAME", "STATE", "REASON"});
    table.add({"é.pdf", "held", "x"});
    table.add({"longer.pdf", "done", ""});
    EXPECT_EQ(table.text(),
              "NAME        STATE  REASON\n"
              "é.pdf       held   x\n"
              "longer.pdf  done\n");
}

TEST(Terminal, ColoursChangeNoWidths) {
    TextTable table({"STATE", "N"});
    table.add({"held", "1"});
    EXPECT_EQ(table.text(true, 0), "STATE  N\n\033[31mheld\033[0m   1\n");
}

TEST(Terminal, AHostileCellIsShownAndDoesNothing) {
    TextTable table({"NAME"});
    table.add({"a\033[2J\nb"});
    EXPECT_EQ(table.text(), "NAME\na\\x1b[2J\\x0ab\n");
}

TEST(Terminal, NoColoursWhereNobodyLooks) {
    setenv("NO_COLOR", "1", 1);
    EXPECT_FALSE(hasColours());
    EXPECT_EQ(paintState("held", false), "held");
}

TEST(Terminal, TimesAgesAndSizesAreShort) {
    EXPECT_EQ(shortTime(0), "-");
    EXPECT_EQ(shortTime(1'795'348'800'000), "2026-11-22 12:00");
    EXPECT_EQ(ageText(-5), "0s");
    EXPECT_EQ(ageText(59'000), "59s");
    EXPECT_EQ(ageText(60'000), "1m");
    EXPECT_EQ(ageText(47 * 3'600'000LL), "47h");
    EXPECT_EQ(ageText(48 * 3'600'000LL), "2d");
    EXPECT_EQ(sizeText(5), "5 bytes");
    EXPECT_EQ(sizeText(1'536), "1.5 KiB");
    EXPECT_EQ(sizeText(3ULL << 40U), "3.0 TiB");
}

TEST(Terminal, ProgressGoesFromNothingToAll) {
    EXPECT_EQ(progressText("journal", 0, 0), "journal    [                              ]   0%");
    EXPECT_EQ(progressText("documents", 5, 10), "documents  [###############               ]  50%");
    EXPECT_EQ(progressText("documents", 11, 10), "documents  [##############################] 100%");
}

}  // namespace
}  // namespace greffe
