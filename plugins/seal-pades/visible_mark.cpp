// SPDX-License-Identifier: Apache-2.0
#include "visible_mark.h"

#include "helvetica.h"
#include "pdf/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace greffe::seal_pades {
namespace {

using pdf::Expected;
using pdf::Refusal;

constexpr double kMargin = 3, kLineHeight = 1.2, kLargestFont = 12, kSmallestFont = 4;

Refusal wrong(std::string why) {
    return {Reason::InvalidOptions, std::move(why)};
}

struct Rectangle {
    double left, bottom, right, top;
};

// From the page as shown to its own coordinates: /Rotate turns the page clockwise when it is shown.
Rectangle toUserSpace(const pdf::Box& box, int rotation, double x, double y, double width, double height) {
    switch (rotation) {
        case 90: return {box.right - y - height, box.bottom + x, box.right - y, box.bottom + x + width};
        case 180: return {box.right - x - width, box.top - y - height, box.right - x, box.top - y};
        case 270: return {box.left + y, box.top - x - width, box.left + y + height, box.top - x};
        default: return {box.left + x, box.bottom + y, box.left + x + width, box.bottom + y + height};
    }
}

// Turns the upright drawing the other way round, so that it is upright again on the rotated page.
std::string matrixFor(int rotation, double width, double height) {
    switch (rotation) {
        case 90: return "/Matrix[0 1 -1 0 " + pdfNumber(height) + " 0]";
        case 180: return "/Matrix[-1 0 0 -1 " + pdfNumber(width) + " " + pdfNumber(height) + "]";
        case 270: return "/Matrix[0 -1 1 0 0 " + pdfNumber(width) + "]";
        default: return {};
    }
}

std::string codePointText(char32_t c) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned int>(c));
    return text.data();
}

Expected<std::string> drawLines(const std::vector<std::string>& lines, double width, double height,
                                double unit) {
    std::vector<std::string> encoded;
    double widest = 0;
    for (const std::string& line : lines) {
        pdf::WinAnsi text = pdf::utf8ToWinAnsi(line);
        if (text.unknown)
            return wrong("the mark's font has no character " + codePointText(*text.unknown) + " (in \"" +
                         line + "\")");
        widest = std::max(widest, helveticaWidth(text.bytes));
        encoded.push_back(std::move(text.bytes));
    }
    const double margin = kMargin / unit;
    double size = std::min(kLargestFont / unit,
                           (height - 2 * margin) / (static_cast<double>(lines.size()) * kLineHeight));
    if (widest > 0) size = std::min(size, (width - 2 * margin) / widest);
    if (!lines.empty() && size < kSmallestFont / unit)
        return wrong("the mark's text does not fit into its frame");
    const double line = size * kLineHeight;
    const double top = height / 2 + static_cast<double>(lines.size()) * line / 2;
    std::string content = "q\n0.5 G\n" + pdfNumber(0.5 / unit) + " w\n" + pdfNumber(0.25 / unit) + " " +
                          pdfNumber(0.25 / unit) + " " + pdfNumber(width - 0.5 / unit) + " " +
                          pdfNumber(height - 0.5 / unit) + " re S\n";
    if (!lines.empty()) {
        content += "0 g\nBT\n/F1 " + pdfNumber(size) + " Tf\n" + pdfNumber(line) + " TL\n" +
                   pdfNumber(margin) + " " + pdfNumber(top - size * 0.95) + " Td\n";
        for (const std::string& text : encoded)
            content += pdf::literalToken(text) + " Tj T*\n";
        content += "ET\n";
    }
    return content + "Q";
}

}  // namespace

std::string pdfNumber(double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.4f", value);
    std::string number = text.data();
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
    return number == "-0" ? "0" : number;
}

Expected<VisibleMark> drawMark(const pdf::Page& page, const Placement& placement,
                               const std::vector<std::string>& lines) {
    const double unit = page.userUnit;
    const double x = placement.x / unit, y = placement.y / unit;
    const double width = placement.width / unit, height = placement.height / unit;
    const bool isTurned = page.rotation == 90 || page.rotation == 270;
    const double shownWidth = isTurned ? page.visible.height() : page.visible.width();
    const double shownHeight = isTurned ? page.visible.width() : page.visible.height();
    constexpr double kTolerance = 0.01;
    if (x < -kTolerance || y < -kTolerance || x + width > shownWidth + kTolerance ||
        y + height > shownHeight + kTolerance)
        return wrong("the mark would leave the page, which is " + pdfNumber(shownWidth * unit) + " by " +
                     pdfNumber(shownHeight * unit) + " points");
    VisibleMark mark;
    mark.rotation = page.rotation;
    const Rectangle rect = toUserSpace(page.visible, page.rotation, x, y, width, height);
    mark.rect = "[" + pdfNumber(rect.left) + " " + pdfNumber(rect.bottom) + " " + pdfNumber(rect.right) +
                " " + pdfNumber(rect.top) + "]";
    GREFFE_PDF_ASSIGN(mark.content, drawLines(lines, width, height, unit));
    mark.dictionary = "/Type/XObject/Subtype/Form/BBox[0 0 " + pdfNumber(width) + " " + pdfNumber(height) +
                      "]" + matrixFor(page.rotation, width, height) +
                      "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica"
                      "/Encoding/WinAnsiEncoding>>>>>>";
    return mark;
}

}  // namespace greffe::seal_pades
