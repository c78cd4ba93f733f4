// SPDX-License-Identifier: Apache-2.0
#include "examination.h"

#include "checks/field_tree.h"
#include "checks/file_end.h"
#include "display_text.h"
#include "pdf/lexer.h"
#include "pdf/text.h"

#include <algorithm>
#include <optional>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Document;
using pdf::Expected;
using pdf::Nothing;
using pdf::Object;
using pdf::Value;

std::string versionOf(const Document& document) {
    const pdf::FileFrame& frame = document.frame();
    const std::string header = std::to_string(frame.versionMajor) + "." + std::to_string(frame.versionMinor);
    const std::string later = document.catalog().root().find("Version").name();
    const bool isVersion =
        later.size() == 3 && pdf::isDigit(later[0]) && later[1] == '.' && pdf::isDigit(later[2]);
    return isVersion ? std::max(header, later) : header;
}

Expected<std::string> producerOf(Document& document) {
    GREFFE_PDF_ASSIGN(const Object* info, document.holder(document.xref().trailer("Info")));
    if (info == nullptr) return std::string();
    const Value raw = info->root().find("Producer");
    GREFFE_PDF_ASSIGN(const Value value, document.resolve(raw));
    GREFFE_PDF_ASSIGN(const Object* apart, document.holder(raw));
    GREFFE_PDF_ASSIGN(const std::string bytes, document.text(apart != nullptr ? *apart : *info, value));
    return displayText(pdf::textToUtf8(bytes));
}

// A file prepared for the web begins with its parameters; once it was updated they speak of an older length.
struct Linearization {
    bool isThere = false;
    bool isCurrent = false;
};
Linearization linearizationOf(const Document& document) {
    const std::string_view file = document.file();
    pdf::Lexer lexer(file.substr(0, std::min<std::size_t>(file.size(), document.frame().headerOffset + 2048)),
                     document.frame().headerOffset);
    lexer.skipWhite();  // the header is a comment
    const pdf::Token number = lexer.next(), generation = lexer.next();
    if (number.kind != pdf::TokenKind::Integer || generation.kind != pdf::TokenKind::Integer ||
        !lexer.isWord(lexer.next(), "obj"))
        return {};
    const auto tree = pdf::Tree::parse(file, lexer.position(), document.limits());
    if (!tree || !tree->root().find("Linearized")) return {};
    const auto length = tree->root().find("L").integer();
    return {true, length && *length == static_cast<std::int64_t>(file.size())};
}

// Layers that are off when the document opens: what is signed with them hidden can be shown later.
Expected<std::uint32_t> hiddenLayers(Document& document) {
    GREFFE_PDF_ASSIGN(const Value properties, document.get(document.catalog().root(), "OCProperties"));
    GREFFE_PDF_ASSIGN(const Value all, document.get(properties, "OCGs"));
    GREFFE_PDF_ASSIGN(const Value configuration, document.get(properties, "D"));
    GREFFE_PDF_ASSIGN(const Value base, document.get(configuration, "BaseState"));
    GREFFE_PDF_ASSIGN(const Value off, document.get(configuration, "OFF"));
    GREFFE_PDF_ASSIGN(const Value on, document.get(configuration, "ON"));
    if (!base.isName("OFF")) return static_cast<std::uint32_t>(off.size());
    const std::size_t shown = on.size(), layers = all.size();
    return static_cast<std::uint32_t>(layers > shown ? layers - shown : 0);
}

Check readFrame(Document& document, Examination& found) {
    found.version = versionOf(document);
    found.isEncrypted = document.encryption() != nullptr;
    const Linearization linearization = linearizationOf(document);
    found.isLinearized = linearization.isCurrent;
    // The two sections of a linearized file are one revision.
    const std::size_t sections = document.xref().sections().size();
    found.revisions = static_cast<std::uint32_t>(sections - (linearization.isThere && sections > 1 ? 1 : 0));
    found.bytesBeforeHeader = document.frame().headerOffset;
    found.bytesBehindEnd = bytesBehindEnd(document).size();
    GREFFE_PDF_ASSIGN(found.producer, producerOf(document));
    GREFFE_PDF_ASSIGN(found.hiddenLayers, hiddenLayers(document));
    return Nothing{};
}

void addFault(Examination& found, pdf::Refusal fault) {
    if (std::find(found.faults.begin(), found.faults.end(), fault) == found.faults.end())
        found.faults.push_back(std::move(fault));
}

}  // namespace

Expected<Examination> examine(std::string_view file, const pdf::Limits& limits, Patience& patience) {
    GREFFE_PDF_ASSIGN(const std::unique_ptr<Document> document, Document::open(file, limits));
    Examination found;
    if (auto read = readFrame(*document, found); !read) addFault(found, read.refusal());
    if (auto census = takeCensus(*document, patience)) {
        found.census = std::move(census).value();
        for (const DamagedObject& damaged : found.census.damaged)
            addFault(found, {damaged.refusal.reason,
                             "object " + std::to_string(damaged.number) + ": " + damaged.refusal.text});
    } else {
        addFault(found, census.refusal());
    }
    if (auto pages = listPages(*document)) {
        found.pages = std::move(pages).value();
        for (const pdf::Refusal& fault : found.pages.faults)
            addFault(found, fault);
    } else {
        addFault(found, pages.refusal());
    }
    if (auto fields = readFieldTree(*document); !fields) addFault(found, fields.refusal());
    if (auto report = reportSignatures(*document, found.census.graph, patience)) {
        found.signatures = std::move(report).value();
    } else {
        addFault(found, report.refusal());
    }
    for (const pdf::Refusal& fault : found.faults)
        if (fault.reason == Reason::DeadlineExceeded) return fault;
    return found;
}

}  // namespace greffe::document_pdf
