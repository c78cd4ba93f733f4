// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/pdf_marks.h"

#include "pdf/document.h"
#include "pdf/increment.h"
#include "pdf/page_tree.h"
#include "pdf/splice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace greffe::simulators {
namespace {

constexpr std::uint32_t kMostPages = 1U << 20U;

Error pdfError(const pdf::Refusal& refusal) {
    return makeError(Errc::Unsupported, refusal.text);
}

bool hasPage(pdf::Document& document, std::uint32_t number) {
    return pdf::findPage(document, number).ok();
}

// findPage walks to the page asked for: doubling and halving keeps a long document from costing a walk a
// page.
std::uint32_t countPages(pdf::Document& document) {
    if (!hasPage(document, 1)) return 0;
    std::uint32_t there = 1, beyond = 2;
    while (beyond < kMostPages && hasPage(document, beyond)) {
        there = beyond;
        beyond *= 2;
    }
    while (beyond - there > 1) {
        const std::uint32_t middle = there + (beyond - there) / 2;
        (hasPage(document, middle) ? there : beyond) = middle;
    }
    return there;
}

int countAnchors(const std::string& pdf) {
    int count = 0;
    for (std::size_t at = pdf.find("{{s"); at != std::string::npos; at = pdf.find("{{s", at + 1))
        ++count;
    return count;
}

// A PDF string of WinAnsi letters.
std::string pdfText(const std::string& utf8) {
    std::string text = "(";
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0xC0) {
            const bool isLatin = (c == 0xC2 || c == 0xC3) && i + 1 < utf8.size();
            const auto low = isLatin ? static_cast<unsigned char>(utf8[i + 1]) & 0x3FU : 0U;
            const unsigned code = (c & 0x1FU) << 6U | low;
            while (i + 1 < utf8.size() && (static_cast<unsigned char>(utf8[i + 1]) & 0xC0U) == 0x80U)
                ++i;
            c = static_cast<unsigned char>(isLatin && code >= 0xA0 ? code : '?');
        }
        if (c == '(' || c == ')' || c == '\\') text += '\\';
        text += static_cast<char>(c < 0x20 ? ' ' : c);
    }
    return text + ")";
}

std::string appearance(const PdfMark& mark, const std::string& label) {
    const double size = std::clamp(mark.height / 3, 3.0, 9.0);
    return fmt::format(
        "q 0.1 0.3 0.7 RG 0.8 w 1 1 {:.2f} {:.2f} re S Q BT 0.1 0.3 0.7 rg /F {:.2f} Tf 4 {:.2f} Td "
        "(SIMULATION) Tj 0 -{:.2f} Td {} Tj ET",
        mark.width - 2, mark.height - 2, size, mark.height - size - 3, size + 2, pdfText(label));
}

class MarkWriter {
public:
    MarkWriter(pdf::Document& document, std::string label)
        : document_(document), plan_(pdf::continuePlan(document)), label_(std::move(label)) {}

    pdf::Check addTo(const pdf::Page& page, const std::vector<PdfMark>& marks) {
        std::string references;
        for (const PdfMark& mark : marks) {
            GREFFE_PDF_ASSIGN(const pdf::Reference annotation, addAnnotation(page, mark));
            references += (references.empty() ? "" : " ") + annotation.text();
        }
        return attach(page, references);
    }

    std::string tail() const { return pdf::writeIncrement(plan_).tail; }

private:
    pdf::Expected<pdf::Reference> addAnnotation(const pdf::Page& page, const PdfMark& mark) {
        const pdf::Reference form = plan_.newId(), annotation = plan_.newId();
        std::string data = appearance(mark, label_);
        if (document_.encryption() != nullptr) {
            GREFFE_PDF_ASSIGN(data,
                              document_.encryption()->encrypt(pdf::Encryption::Part::Stream, form, data));
        }
        plan_.objects.push_back(
            {form, fmt::format("<</Type/XObject/Subtype/Form/BBox[0 0 {:.2f} {:.2f}]/Resources<</Font<</F"
                               "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>"
                               "/Length {}>>\nstream\n",
                               mark.width, mark.height, data.size()) +
                       data + "\nendstream"});
        const double left = page.visible.left + mark.x;
        const double top = page.visible.top - mark.y;
        plan_.objects.push_back(
            {annotation, fmt::format("<</Type/Annot/Subtype/Stamp/F 4/P {}/Rect[{:.2f} {:.2f} {:.2f} {:.2f}]"
                                     "/AP<</N {}>>>>",
                                     page.object->id.text(), left, top - mark.height, left + mark.width, top,
                                     form.text())});
        return annotation;
    }

    // /Annots may be absent, an array in the page, or an object of its own.
    pdf::Check attach(const pdf::Page& page, const std::string& references) {
        const pdf::Value root = page.object->root();
        const pdf::Value annotations = root.find("Annots");
        const pdf::Object* changed = page.object;
        if (annotations.isReference()) {
            GREFFE_PDF_ASSIGN(changed, document_.holder(annotations));
        }
        const bool isOwnArray = changed != nullptr && changed != page.object && changed->root().isArray();
        pdf::Splice splice(isOwnArray ? *changed : *page.object);
        if (isOwnArray)
            splice.append(changed->root(), " " + references);
        else if (annotations.isArray())
            splice.append(annotations, " " + references);
        else
            GREFFE_PDF_TRY(splice.set(root, "Annots", "[" + references + "]"));
        GREFFE_PDF_ASSIGN(std::string bytes, splice.apply(document_.encryption()));
        plan_.objects.push_back({splice.object().id, std::move(bytes)});
        return pdf::Nothing{};
    }

    pdf::Document& document_;
    pdf::IncrementPlan plan_;
    std::string label_;
};

}  // namespace

Result<PdfFacts> examinePdf(const std::string& pdf) {
    auto document = pdf::Document::open(pdf);
    if (!document) return pdfError(document.refusal());
    PdfFacts facts;
    facts.pages = static_cast<int>(countPages(**document));
    facts.isProtected = (*document)->encryption() != nullptr;
    facts.anchors = countAnchors(pdf);
    if (facts.pages == 0) return makeError(Errc::Unsupported, "no page");
    return facts;
}

Result<std::string> addMarks(const std::string& pdf, const std::vector<PdfMark>& marks,
                             const std::string& label) {
    auto document = pdf::Document::open(pdf);
    if (!document) return pdfError(document.refusal());
    const std::uint32_t last = countPages(**document);
    std::map<std::uint32_t, std::vector<PdfMark>> byPage;
    for (const PdfMark& mark : marks)
        byPage[std::clamp<std::uint32_t>(mark.page, 1, std::max(1U, last))].push_back(mark);
    MarkWriter writer(**document, label);
    for (const auto& [number, ofPage] : byPage) {
        const auto page = pdf::findPage(**document, number);
        if (!page) return pdfError(page.refusal());
        if (const auto added = writer.addTo(*page, ofPage); !added) return pdfError(added.refusal());
    }
    return pdf + writer.tail();
}

}  // namespace greffe::simulators
