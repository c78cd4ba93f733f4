// SPDX-License-Identifier: Apache-2.0
#include "signature_report.h"

#include "display_text.h"
#include "pdf/signature_inventory.h"

namespace greffe::document_pdf {

std::string_view changeName(ChangeKind) {
    return "undefined";
}

pdf::Expected<SignatureReport> reportSignatures(pdf::Document& document, const ObjectGraph&) {
    GREFFE_PDF_ASSIGN(const pdf::SignatureInventory inventory, pdf::readSignatures(document));
    SignatureReport report;
    report.emptyFields = static_cast<std::uint32_t>(inventory.emptyFields);
    report.certification = inventory.certification;
    for (const pdf::Signature& signature : inventory.signatures) {
        SignatureStanding& standing = report.signatures.emplace_back();
        standing.fieldName = displayText(signature.fieldName);
        standing.subFilter = displayText(signature.subFilter);
        standing.isTimestamp = signature.isTimestamp;
        standing.permission = signature.permission;
        standing.why = "signatures are listed, but not examined yet";
    }
    return report;
}

}  // namespace greffe::document_pdf
