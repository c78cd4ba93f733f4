// SPDX-License-Identifier: Apache-2.0
#include "form_splices.h"

namespace greffe::seal_pades {

using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::Reference;
using pdf::Value;

Expected<FormSplices::Located> FormSplices::locate(const Located& parent, std::string_view key) {
    if (parent.value.countOf(key) > 1)
        return pdf::malformed("a dictionary has the key /" + std::string(key) + " more than once");
    const Value raw = parent.value.find(key);
    if (!raw.isReference()) return Located{parent.owner, raw};
    GREFFE_PDF_ASSIGN(const pdf::Object* holder, document_.holder(raw));
    return Located{holder, holder != nullptr ? holder->root() : Value()};
}

pdf::Splice& FormSplices::spliceOf(const pdf::Object& object) {
    return splices_.try_emplace(object.id.number, object).first->second;
}

Check FormSplices::addField(Reference field) {
    const pdf::Object& catalog = document_.catalog();
    GREFFE_PDF_ASSIGN(const Located form, locate({&catalog, catalog.root()}, "AcroForm"));
    const std::string list = "[" + field.text() + "]";
    if (!form.value.isDict())
        return spliceOf(catalog).set(catalog.root(), "AcroForm", "<</Fields" + list + "/SigFlags 3>>");
    GREFFE_PDF_ASSIGN(const Located fields, locate(form, "Fields"));
    if (fields.value.isArray()) {
        spliceOf(*fields.owner).append(fields.value, field.text());
    } else {
        GREFFE_PDF_TRY(spliceOf(*form.owner).set(form.value, "Fields", list));
    }
    GREFFE_PDF_ASSIGN(const Value flags, document_.get(form.value, "SigFlags"));
    const std::int64_t old = flags.integer().value_or(0);
    if ((old & 3) == 3) return Nothing{};
    return spliceOf(*form.owner).set(form.value, "SigFlags", std::to_string(old | 3));
}

Check FormSplices::addAnnotation(const pdf::Object& page, Reference annotation) {
    GREFFE_PDF_ASSIGN(const Located annotations, locate({&page, page.root()}, "Annots"));
    if (annotations.value.isArray()) {
        spliceOf(*annotations.owner).append(annotations.value, annotation.text());
        return Nothing{};
    }
    const Value raw = page.root().find("Annots");
    // One annotation where a list of them belongs: it stays, in a list.
    if (annotations.value.isDict() && raw.isReference())
        return spliceOf(page).set(page.root(), "Annots",
                                  "[" + std::string(raw.bytes()) + " " + annotation.text() + "]");
    if (annotations.value.isDict()) return pdf::malformed("a page's /Annots is no array");
    return spliceOf(page).set(page.root(), "Annots", "[" + annotation.text() + "]");
}

Check FormSplices::setCertification(Reference signature) {
    const pdf::Object& catalog = document_.catalog();
    GREFFE_PDF_ASSIGN(const Located permissions, locate({&catalog, catalog.root()}, "Perms"));
    if (permissions.value.isDict())
        return spliceOf(*permissions.owner).set(permissions.value, "DocMDP", signature.text());
    return spliceOf(catalog).set(catalog.root(), "Perms", "<</DocMDP " + signature.text() + ">>");
}

Check FormSplices::addTo(pdf::IncrementPlan& plan) const {
    for (const auto& [number, splice] : splices_) {
        GREFFE_PDF_ASSIGN(std::string bytes, splice.apply(document_.encryption()));
        plan.objects.push_back({splice.object().id, std::move(bytes)});
    }
    return Nothing{};
}

}  // namespace greffe::seal_pades
