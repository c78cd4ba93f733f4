// SPDX-License-Identifier: Apache-2.0
// How wide a text is at most, without the font: a picture is made here and looked at elsewhere, with whatever
// sans-serif font is there. The widths are those of DejaVu Sans, the widest of the usual ones (Verdana is
// like it), so that a text that fits by this measure fits in all of them.
//
// Texts are UTF-8; what is not counts as wide letters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

double textWidth(std::string_view text, double fontSize, bool isBold = false);

// Lines of at most `width`, broken at blanks; a word that is wider than a line is broken behind / . : - _ or
// a comma where it has one, else between letters. At least one line.
std::vector<std::string> wrapText(std::string_view text, double width, double fontSize, bool isBold = false);

}  // namespace greffe
