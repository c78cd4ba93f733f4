// SPDX-License-Identifier: Apache-2.0
#include "field_tree.h"

#include "pdf/text.h"

#include <algorithm>
#include <vector>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Document;
using pdf::Expected;
using pdf::Nothing;
using pdf::Object;
using pdf::Value;

class FieldWalk {
public:
    explicit FieldWalk(Document& document) : document_(document) {}

    Check walk(const Value& node, const FieldNode& parent);
    FieldTree take() { return std::move(tree_); }

private:
    Expected<std::string> partialName(const Object& field);

    Document& document_;
    FieldTree tree_;
    std::vector<std::uint32_t> path_;
};

Expected<std::string> FieldWalk::partialName(const Object& field) {
    const Value raw = field.root().find("T");
    GREFFE_PDF_ASSIGN(const Value value, document_.resolve(raw));
    if (!value.isString()) return std::string();
    GREFFE_PDF_ASSIGN(const Object* apart, document_.holder(raw));
    GREFFE_PDF_ASSIGN(const std::string bytes, document_.text(apart != nullptr ? *apart : field, value));
    return pdf::textToUtf8(bytes);
}

Check FieldWalk::walk(const Value& node, const FieldNode& parent) {
    if (path_.size() > document_.limits().maxTreeDepth)
        return pdf::limitExceeded("the form's fields are nested too deeply");
    GREFFE_PDF_ASSIGN(const Object* field, document_.holder(node));
    if (field == nullptr || !field->root().isDict()) return Nothing{};
    const std::uint32_t number = field->id.number;
    if (std::find(path_.begin(), path_.end(), number) != path_.end())
        return pdf::malformed("the form's fields run in a circle through object " + std::to_string(number));
    if (tree_.count(number) != 0) return Nothing{};
    FieldNode own = parent;
    GREFFE_PDF_ASSIGN(const std::string partial, partialName(*field));
    if (!partial.empty()) own.name += (own.name.empty() ? "" : ".") + partial;
    GREFFE_PDF_ASSIGN(const Value type, document_.get(field->root(), "FT"));
    if (!type.isNull()) own.isSignature = type.isName("Sig");
    tree_.emplace(number, own);
    GREFFE_PDF_ASSIGN(const Value kids, document_.get(field->root(), "Kids"));
    path_.push_back(number);
    for (Value kid = kids.firstChild(); kids.isArray() && kid; kid = kid.nextSibling())
        GREFFE_PDF_TRY(walk(kid, own));
    path_.pop_back();
    return Nothing{};
}

}  // namespace

Expected<FieldTree> readFieldTree(Document& document) {
    FieldWalk walk(document);
    GREFFE_PDF_ASSIGN(const Value form, document.get(document.catalog().root(), "AcroForm"));
    GREFFE_PDF_ASSIGN(const Value fields, document.get(form, "Fields"));
    for (Value field = fields.firstChild(); fields.isArray() && field; field = field.nextSibling())
        GREFFE_PDF_TRY(walk.walk(field, {}));
    return walk.take();
}

}  // namespace greffe::document_pdf
