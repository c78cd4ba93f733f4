// SPDX-License-Identifier: Apache-2.0
#include "specs/made_pdf.h"

#include <fmt/format.h>

#include <vector>

namespace greffe {
namespace {

// Text between parentheses (ISO 32000-1, 7.3.4.2); what is not ASCII is left out: the font has no name for
// it.
std::string literal(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '(' || c == ')' || c == '\\') escaped += '\\';
        if (c >= ' ' && c < 0x7F) escaped += c;
    }
    return escaped;
}

}  // namespace

std::string madePdf(int pages, const std::string& text) {
    constexpr int kFirstPage = 4;  // behind catalog, page tree and font
    std::string kids;
    std::vector<std::string> objects = {"<< /Type /Catalog /Pages 2 0 R >>", "",
                                        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
    for (int page = 0; page < pages; ++page) {
        const int number = kFirstPage + 2 * page;
        const std::string content =
            fmt::format("BT /F1 12 Tf 72 720 Td ({}, page {}) Tj ET", literal(text), page + 1);
        kids += fmt::format("{} 0 R ", number);
        objects.push_back(
            fmt::format("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R "
                        "/Resources << /Font << /F1 3 0 R >> >> >>",
                        number + 1));
        objects.push_back(fmt::format("<< /Length {} >>\nstream\n{}\nendstream", content.size(), content));
    }
    objects[1] = fmt::format("<< /Type /Pages /Kids [{}] /Count {} >>", kids, pages);
    std::string pdf = "%PDF-1.7\n";
    std::string xref = fmt::format("xref\n0 {}\n0000000000 65535 f \n", objects.size() + 1);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        xref += fmt::format("{:010} 00000 n \n", pdf.size());
        pdf += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
    }
    const std::size_t start = pdf.size();
    return pdf + xref +
           fmt::format("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", objects.size() + 1,
                       start);
}

}  // namespace greffe
