// SPDX-License-Identifier: Apache-2.0
#include "outline/text_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace greffe {
namespace {

// In thousandths of the font's size, from the blank to ~.
constexpr std::array<std::uint16_t, 95> kRegular = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838};
constexpr std::array<std::uint16_t, 95> kBold = {
    348, 456,  521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415,  380, 365, 696, 696,  696,
    696, 696,  696, 696, 696, 696,  696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830,  683,
    683, 821,  837, 372, 372, 775,  637, 995, 837, 850, 733, 850, 770, 720,  682, 812, 774, 1103, 771,
    724, 725,  457, 365, 457, 838,  500, 500, 675, 716, 593, 716, 678, 435,  716, 712, 343, 343,  665,
    343, 1042, 712, 687, 716, 716,  493, 595, 478, 712, 652, 924, 645, 652,  582, 712, 365, 712,  838};
// The letters U+00C0 to U+00FF without their accents; * is as wide as a letter gets (Æ), x and / are the
// signs.
constexpr std::string_view kUnaccented = "AAAAAAWCEEEEIIIIDNOOOOO+OUUUUYPBaaaaaamceeeeiiiidnooooo+ouuuuypy";

// The letter at `at`, which moves on. What is not UTF-8 is a wide sign of one byte.
char32_t nextLetter(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    const int more = first < 0x80U ? 0 : first < 0xC0U ? -1 : first < 0xE0U ? 1 : first < 0xF0U ? 2 : 3;
    if (more <= 0) return more == 0 ? first : 0xFFFDU;
    char32_t letter = first & (0x3FU >> static_cast<unsigned>(more));
    for (int i = 0; i < more; ++i) {
        if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) return 0xFFFDU;
        letter = letter << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return letter;
}

int thousandths(char32_t letter, bool isBold) {
    const auto& table = isBold ? kBold : kRegular;
    if (letter < 0x20) return 0;
    if (letter < 0x7F) return table.at(letter - 0x20);
    if (letter >= 0xC0 && letter <= 0xFF)
        return thousandths(static_cast<char32_t>(kUnaccented.at(letter - 0xC0)), isBold);
    if (letter == 0x2019 || letter == 0x00A0 || letter == 0x202F || letter == 0x00B7) return 400;
    if (letter == 0x00AB || letter == 0x00BB || letter == 0x201C || letter == 0x201D) return 650;
    if (letter == 0x2013) return 500;
    if (letter < 0x250) return 1200;                        // œ, Œ and further letters
    if (letter < 0x530) return 1450;                        // Greek and Cyrillic
    if (letter >= 0xFB50 && letter <= 0xFDFF) return 3000;  // ligatures
    return letter < 0x1F000 ? 1250 : 1500;
}

bool mayBreakBehind(char c) {
    return c == '/' || c == '.' || c == ':' || c == '-' || c == '_' || c == ',';
}

// How many bytes of a word fit; at least one letter.
std::size_t fittingBytes(std::string_view word, double width, double fontSize, bool isBold) {
    std::size_t fits = 0, good = 0;
    double used = 0;
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t start = at;
        used += thousandths(nextLetter(word, at), isBold) * fontSize / 1000;
        if (used > width && start > 0) break;
        fits = at;
        if (mayBreakBehind(word[at - 1])) good = at;
    }
    // A break at a sign, unless that leaves the line half empty.
    return fits < word.size() && good * 2 > fits ? good : fits;
}

// Where no line may end although there is a blank: French has one inside its quotation marks and before its
// colons. `at`: of the blank.
bool isTiedAt(std::string_view text, std::size_t at) {
    if (text.substr(0, at).ends_with("«")) return true;
    const std::string_view behind = text.substr(at + 1);
    for (const std::string_view sign : {"»", ":", ";", "?", "!"})
        if (behind.substr(0, sign.size()) == sign) return true;
    return false;
}

// The end of the word that begins at `start`: the next blank at which a line may end.
std::size_t endOfWord(std::string_view text, std::size_t start) {
    std::size_t at = text.find(' ', start);
    while (at != std::string_view::npos && isTiedAt(text, at))
        at = text.find(' ', at + 1);
    return std::min(at, text.size());
}

}  // namespace

double textWidth(std::string_view text, double fontSize, bool isBold) {
    int sum = 0;
    for (std::size_t at = 0; at < text.size();)
        sum += thousandths(nextLetter(text, at), isBold);
    return sum * fontSize / 1000;
}

std::vector<std::string> wrapText(std::string_view text, double width, double fontSize, bool isBold) {
    std::vector<std::string> lines;
    std::string line;
    const auto fits = [&](const std::string& candidate) {
        return textWidth(candidate, fontSize, isBold) <= width;
    };
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = endOfWord(text, start);
        std::string_view word = text.substr(start, end - start);
        start = end + 1;
        if (word.empty()) continue;
        if (std::string longer = line.empty() ? std::string(word) : line + " " + std::string(word);
            fits(longer)) {
            line = std::move(longer);
            continue;
        }
        if (!line.empty()) lines.push_back(std::move(line));
        line.clear();
        while (!word.empty() && !fits(std::string(word))) {
            const std::size_t bytes = fittingBytes(word, width, fontSize, isBold);
            lines.emplace_back(word.substr(0, bytes));
            word.remove_prefix(bytes);
        }
        line = std::string(word);
    }
    if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
    return lines;
}

}  // namespace greffe
