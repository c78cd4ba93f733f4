// SPDX-License-Identifier: Apache-2.0
#include "seal_plan.h"

#include "byte_range.h"
#include "form_splices.h"
#include "pdf/increment.h"
#include "pdf/text.h"
#include "visible_mark.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace greffe::seal_pades {
namespace {

using pdf::Check;
using pdf::Encryption;
using pdf::Expected;
using pdf::Nothing;
using pdf::Reference;
using pdf::Refusal;

// The first of name, name-2, name-3 … that no field at the form's top has.
std::string freeName(const std::string& wanted, const std::vector<std::string>& taken) {
    std::string name = wanted;
    for (std::size_t i = 2; std::find(taken.begin(), taken.end(), name) != taken.end(); ++i)
        name = wanted + "-" + std::to_string(i);
    return name;
}

class SealPlan {
public:
    SealPlan(pdf::Document& document, const SealRequest& request)
        : document_(document), request_(request), plan_(pdf::continuePlan(document)) {}

    Expected<PreparedSeal> make();

private:
    Check decide();
    Expected<std::string> textToken(Reference owner, const std::string& utf8) const;
    Expected<std::string> streamObject(Reference owner, const std::string& dictionary,
                                       const std::string& content) const;
    Check addSignature();
    Check addAppearance();
    Check addWidget();
    Check addSplices();

    pdf::Document& document_;
    const SealRequest& request_;
    pdf::IncrementPlan plan_;
    PreparedSeal seal_;
    pdf::Page page_;
    VisibleMark mark_;
    Reference signatureId_, widgetId_, appearanceId_;
};

// Everything that can refuse without having written anything.
Check SealPlan::decide() {
    GREFFE_PDF_ASSIGN(const pdf::SignatureInventory inventory, pdf::readSignatures(document_));
    seal_.fieldName = freeName(request_.fieldName, inventory.rootFieldNames);
    seal_.earlierSignatures = inventory.signatures.size();
    GREFFE_PDF_TRY(pdf::mayAppendSignature(inventory, document_.file().size(), seal_.fieldName,
                                           request_.placement.has_value()));
    if (request_.certify != 0 && (inventory.certification || !inventory.signatures.empty()))
        return Refusal{Reason::InvalidOptions,
                       "only the first signature of a document can certify it, and this one has " +
                           std::to_string(inventory.signatures.size())};
    GREFFE_PDF_ASSIGN(page_, pdf::findPage(document_, request_.placement ? request_.placement->page : 1));
    if (!request_.placement) return Nothing{};
    std::vector<std::string> lines = request_.lines;
    if (!request_.name.empty()) lines.insert(lines.begin(), request_.name);
    GREFFE_PDF_ASSIGN(mark_, drawMark(page_, *request_.placement, lines));
    return Nothing{};
}

Expected<std::string> SealPlan::textToken(Reference owner, const std::string& utf8) const {
    const std::string text = pdf::utf8ToText(utf8);
    const Encryption* encryption = document_.encryption();
    if (encryption == nullptr || encryption->isIdentity(Encryption::Part::String))
        return pdf::literalToken(text);
    GREFFE_PDF_ASSIGN(const std::string cipher, encryption->encrypt(Encryption::Part::String, owner, text));
    return pdf::hexToken(cipher);
}

Expected<std::string> SealPlan::streamObject(Reference owner, const std::string& dictionary,
                                             const std::string& content) const {
    std::string data = content;
    if (const Encryption* encryption = document_.encryption()) {
        GREFFE_PDF_ASSIGN(data, encryption->encrypt(Encryption::Part::Stream, owner, content));
    }
    return "<<" + dictionary + "/Length " + std::to_string(data.size()) + ">>\nstream\n" + data +
           "\nendstream";
}

Check SealPlan::addSignature() {
    signatureId_ = plan_.newId();
    std::string dict = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached";
    const auto add = [&](const char* key, const std::string& text) -> Check {
        if (text.empty()) return Nothing{};
        GREFFE_PDF_ASSIGN(const std::string token, textToken(signatureId_, text));
        dict += std::string("/") + key + token;
        return Nothing{};
    };
    GREFFE_PDF_TRY(add("M", pdfDate(request_.signingTimeUnix)));
    GREFFE_PDF_TRY(add("Name", request_.name));
    GREFFE_PDF_TRY(add("Reason", request_.reason));
    GREFFE_PDF_TRY(add("Location", request_.location));
    GREFFE_PDF_TRY(add("ContactInfo", request_.contact));
    if (request_.certify != 0)
        dict += "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P " +
                std::to_string(request_.certify) + "/V/1.2>>>>]";
    dict += std::string(kByteRangeKey) + std::string(kByteRangeBytes, ' ') + std::string(kContentsKey);
    seal_.gapOffset = dict.size();  // in the object, until the tail is written
    seal_.gapBytes = request_.reserveBytes * 2 + 2;
    dict += "<" + std::string(request_.reserveBytes * 2, '0') + ">>>";
    plan_.objects.push_back({signatureId_, std::move(dict)});
    return Nothing{};
}

// Invisible seals have an empty one: PDF/A-1 wants an appearance for every widget.
Check SealPlan::addAppearance() {
    appearanceId_ = plan_.newId();
    const std::string dictionary =
        request_.placement ? mark_.dictionary : "/Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>";
    GREFFE_PDF_ASSIGN(std::string object, streamObject(appearanceId_, dictionary, mark_.content));
    plan_.objects.push_back({appearanceId_, std::move(object)});
    return Nothing{};
}

Check SealPlan::addWidget() {
    widgetId_ = plan_.newId();
    GREFFE_PDF_ASSIGN(const std::string name, textToken(widgetId_, seal_.fieldName));
    // F 132: printed, and locked against being moved.
    std::string dict = "<</Type/Annot/Subtype/Widget/FT/Sig/T" + name + "/F 132/P " +
                       page_.object->id.text() + "/Rect" + (request_.placement ? mark_.rect : "[0 0 0 0]") +
                       "/V " + signatureId_.text();
    if (mark_.rotation != 0) dict += "/MK<</R " + std::to_string(mark_.rotation) + ">>";
    plan_.objects.push_back({widgetId_, dict + "/AP<</N " + appearanceId_.text() + ">>>>"});
    return Nothing{};
}

Check SealPlan::addSplices() {
    FormSplices splices(document_);
    GREFFE_PDF_TRY(splices.addField(widgetId_));
    GREFFE_PDF_TRY(splices.addAnnotation(*page_.object, widgetId_));
    if (request_.certify != 0) GREFFE_PDF_TRY(splices.setCertification(signatureId_));
    return splices.addTo(plan_);
}

Expected<PreparedSeal> SealPlan::make() {
    GREFFE_PDF_TRY(decide());
    GREFFE_PDF_TRY(addSignature());
    GREFFE_PDF_TRY(addAppearance());
    GREFFE_PDF_TRY(addWidget());
    GREFFE_PDF_TRY(addSplices());
    if (plan_.nextNumber >= document_.limits().maxObjectNumber)
        return pdf::limitExceeded("the file has no object number left");
    pdf::Increment increment = pdf::writeIncrement(plan_);
    seal_.tail = std::move(increment.tail);
    seal_.gapOffset += increment.bytesOffsets.front();
    const ByteRange range{seal_.gapOffset, seal_.gapBytes, plan_.fileBytes + seal_.tail.size()};
    seal_.tail.replace(byteRangeTextOffset(seal_.gapOffset) - plan_.fileBytes, kByteRangeBytes,
                       byteRangeText(range));
    return std::move(seal_);
}

}  // namespace

std::string pdfDate(std::int64_t unixSeconds) {
    const auto seconds = static_cast<std::time_t>(unixSeconds);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "D:%Y%m%d%H%M%S+00'00'", &utc);
    return text.data();
}

Expected<PreparedSeal> prepareSeal(pdf::Document& document, const SealRequest& request) {
    return SealPlan(document, request).make();
}

}  // namespace greffe::seal_pades
