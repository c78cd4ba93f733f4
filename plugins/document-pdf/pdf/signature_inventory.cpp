// SPDX-License-Identifier: Apache-2.0
#include "signature_inventory.h"

#include "text.h"

#include <algorithm>
#include <unordered_set>

namespace greffe::pdf {
namespace {

class FieldWalk {
public:
    FieldWalk(Document& document, SignatureInventory& inventory)
        : document_(document), inventory_(inventory) {}

    Check walk(const Value& node, const std::string& parentName, bool parentIsSignature, std::uint32_t depth);

private:
    Check take(const Object& field, const std::string& name, const Value& value);
    Check readTransforms(const Value& dict, Signature& signature);
    Expected<std::optional<FieldLock>> readLock(const Object& owner, const Value& parameters);
    Expected<std::string> partialName(const Object& field);

    Document& document_;
    SignatureInventory& inventory_;
    std::unordered_set<std::uint32_t> visited_;
};

Expected<std::string> FieldWalk::partialName(const Object& field) {
    const Value raw = field.root().find("T");
    GREFFE_PDF_ASSIGN(const Value value, document_.resolve(raw));
    if (!value.isString()) return std::string();
    GREFFE_PDF_ASSIGN(const Object* apart, document_.holder(raw));
    GREFFE_PDF_ASSIGN(const std::string bytes, document_.text(apart != nullptr ? *apart : field, value));
    return textToUtf8(bytes);
}

Check FieldWalk::walk(const Value& node, const std::string& parentName, bool parentIsSignature,
                      std::uint32_t depth) {
    if (depth > document_.limits().maxTreeDepth)
        return limitExceeded("the form's fields are nested too deeply");
    GREFFE_PDF_ASSIGN(const Object* field, document_.holder(node));
    // Direct fields and circles are passed over, as validators do.
    if (field == nullptr || !field->root().isDict() || !visited_.insert(field->id.number).second)
        return Nothing{};
    const Value dict = field->root();
    GREFFE_PDF_ASSIGN(const std::string partial, partialName(*field));
    std::string name = parentName;
    if (!partial.empty()) name += (name.empty() ? "" : ".") + partial;
    if (depth == 0) inventory_.rootFieldNames.push_back(partial);
    GREFFE_PDF_ASSIGN(const Value type, document_.get(dict, "FT"));
    const bool isSignature = type.isNull() ? parentIsSignature : type.isName("Sig");
    GREFFE_PDF_ASSIGN(const Value value, document_.get(dict, "V"));
    if (isSignature && value.isDict()) {
        GREFFE_PDF_TRY(take(*field, name, value));
    } else if (isSignature && !partial.empty()) {
        ++inventory_.emptyFields;
    }
    GREFFE_PDF_ASSIGN(const Value kids, document_.get(dict, "Kids"));
    if (!kids.isArray()) return Nothing{};
    for (Value kid = kids.firstChild(); kid; kid = kid.nextSibling())
        GREFFE_PDF_TRY(walk(kid, name, isSignature, depth + 1));
    return Nothing{};
}

Check FieldWalk::take(const Object& field, const std::string& name, const Value& value) {
    Signature signature;
    signature.fieldName = name;
    signature.field = field.id;
    signature.dictionary = value;
    GREFFE_PDF_ASSIGN(const Object* apart, document_.holder(field.root().find("V")));
    signature.owner = apart != nullptr ? apart : &field;
    GREFFE_PDF_ASSIGN(const Value subFilter, document_.get(value, "SubFilter"));
    GREFFE_PDF_ASSIGN(const Value type, document_.get(value, "Type"));
    GREFFE_PDF_ASSIGN(const Value contents, document_.get(value, "Contents"));
    GREFFE_PDF_ASSIGN(const Value range, document_.get(value, "ByteRange"));
    signature.subFilter = subFilter.name();
    signature.isTimestamp = type.isName("DocTimeStamp") || subFilter.isName("ETSI.RFC3161");
    signature.hasContents = contents.isString();
    if (range.isArray()) {
        signature.byteRange.emplace();
        for (Value item = range.firstChild(); item && signature.byteRange; item = item.nextSibling()) {
            GREFFE_PDF_ASSIGN(const Value number, document_.resolve(item));
            if (number.integer())
                signature.byteRange->push_back(*number.integer());
            else
                signature.byteRange.reset();
        }
    }
    GREFFE_PDF_TRY(readTransforms(value, signature));
    GREFFE_PDF_ASSIGN(const Value lock, document_.get(field.root(), "Lock"));
    GREFFE_PDF_ASSIGN(const std::optional<FieldLock> fieldLock, readLock(field, lock));
    if (fieldLock) signature.locks.push_back(*fieldLock);
    if (const auto p = lock.find("P").integer(); p && (!signature.permission || *p < *signature.permission))
        signature.permission = *p;
    inventory_.signatures.push_back(std::move(signature));
    return Nothing{};
}

Check FieldWalk::readTransforms(const Value& dict, Signature& signature) {
    GREFFE_PDF_ASSIGN(const Value references, document_.get(dict, "Reference"));
    GREFFE_PDF_ASSIGN(const Object* holder, document_.holder(dict.find("Reference")));
    for (Value item = references.firstChild(); references.isArray() && item; item = item.nextSibling()) {
        GREFFE_PDF_ASSIGN(const Value reference, document_.resolve(item));
        GREFFE_PDF_ASSIGN(const Value method, document_.get(reference, "TransformMethod"));
        GREFFE_PDF_ASSIGN(const Value parameters, document_.get(reference, "TransformParams"));
        if (method.isName("DocMDP")) {
            GREFFE_PDF_ASSIGN(const Value p, document_.get(parameters, "P"));
            signature.permission = p.integer().value_or(2);
        } else if (method.isName("FieldMDP")) {
            GREFFE_PDF_ASSIGN(const std::optional<FieldLock> lock,
                              readLock(holder != nullptr ? *holder : document_.catalog(), parameters));
            if (lock) signature.locks.push_back(*lock);
        }
    }
    return Nothing{};
}

Expected<std::optional<FieldLock>> FieldWalk::readLock(const Object& owner, const Value& parameters) {
    if (!parameters.isDict()) return std::optional<FieldLock>();
    FieldLock lock;
    GREFFE_PDF_ASSIGN(const Value action, document_.get(parameters, "Action"));
    if (action.isName("Include"))
        lock.action = FieldLock::Action::Include;
    else if (action.isName("Exclude"))
        lock.action = FieldLock::Action::Exclude;
    else if (!action.isName("All"))
        return std::optional<FieldLock>();
    GREFFE_PDF_ASSIGN(const Value fields, document_.get(parameters, "Fields"));
    for (Value item = fields.firstChild(); fields.isArray() && item; item = item.nextSibling()) {
        GREFFE_PDF_ASSIGN(const Value name, document_.resolve(item));
        // A name that cannot be decrypted locks nothing that we could name the same.
        if (const auto bytes = document_.text(owner, name)) lock.fields.push_back(textToUtf8(*bytes));
    }
    return std::optional<FieldLock>(std::move(lock));
}

Check checkByteRange(const Signature& signature, std::uint64_t fileBytes) {
    const std::string where = "the earlier signature in field \"" + signature.fieldName + "\" ";
    if (!signature.hasContents) return Refusal{Reason::SignatureBroken, where + "has no contents"};
    if (!signature.byteRange || signature.byteRange->size() < 4 || signature.byteRange->size() % 2 != 0)
        return Refusal{Reason::SignatureBroken, where + "has no byte range"};
    std::uint64_t covered = 0;
    for (std::size_t i = 0; i < signature.byteRange->size(); i += 2) {
        const std::int64_t start = (*signature.byteRange)[i], count = (*signature.byteRange)[i + 1];
        if (start < 0 || count < 0 || static_cast<std::uint64_t>(start) < covered || (i == 0 && start != 0))
            return Refusal{Reason::SignatureBroken, where + "has a byte range that makes no sense"};
        covered = static_cast<std::uint64_t>(start) + static_cast<std::uint64_t>(count);
    }
    if (covered > fileBytes)
        return Refusal{Reason::NotExtensible,
                       where + "covers bytes behind the end of the file: appending would break it"};
    return Nothing{};
}

}  // namespace

bool FieldLock::locks(const std::string& fieldName) const {
    if (action == Action::All) return true;
    const bool isNamed = std::find(fields.begin(), fields.end(), fieldName) != fields.end();
    return isNamed == (action == Action::Include);
}

Expected<SignatureInventory> readSignatures(Document& document) {
    SignatureInventory inventory;
    FieldWalk walk(document, inventory);
    GREFFE_PDF_ASSIGN(const Value form, document.get(document.catalog().root(), "AcroForm"));
    GREFFE_PDF_ASSIGN(const Value fields, document.get(form, "Fields"));
    for (Value field = fields.firstChild(); fields.isArray() && field; field = field.nextSibling())
        GREFFE_PDF_TRY(walk.walk(field, "", false, 0));

    GREFFE_PDF_ASSIGN(const Value permissions, document.get(document.catalog().root(), "Perms"));
    GREFFE_PDF_ASSIGN(const Value certification, document.get(permissions, "DocMDP"));
    if (!certification.isDict()) return inventory;
    inventory.certification = 2;
    GREFFE_PDF_ASSIGN(const Value references, document.get(certification, "Reference"));
    for (Value item = references.firstChild(); references.isArray() && item; item = item.nextSibling()) {
        GREFFE_PDF_ASSIGN(const Value reference, document.resolve(item));
        GREFFE_PDF_ASSIGN(const Value method, document.get(reference, "TransformMethod"));
        if (!method.isNull() && !method.isName("DocMDP")) continue;
        GREFFE_PDF_ASSIGN(const Value parameters, document.get(reference, "TransformParams"));
        GREFFE_PDF_ASSIGN(const Value p, document.get(parameters, "P"));
        inventory.certification = p.integer().value_or(2);
        break;
    }
    return inventory;
}

Check mayAppendSignature(const SignatureInventory& inventory, std::uint64_t fileBytes,
                         const std::string& fieldName, bool isVisible) {
    const auto forbidden = [](const std::string& why) { return Refusal{Reason::ChangesForbidden, why}; };
    if (inventory.certification == 1)
        return forbidden("the document is certified with \"no changes\" (DocMDP, P=1)");
    for (const Signature& signature : inventory.signatures) {
        const std::string where = "the earlier signature in field \"" + signature.fieldName + "\" ";
        if (signature.permission == 1) return forbidden(where + "allows no changes (P=1)");
        for (const FieldLock& lock : signature.locks)
            if (lock.locks(fieldName))
                return Refusal{Reason::FieldsLocked, where + "locks the fields of the form, a new one too"};
        GREFFE_PDF_TRY(checkByteRange(signature, fileBytes));
    }
    if (isVisible && inventory.certification)
        return forbidden("the document is certified: a new visible mark would break its certification");
    return Nothing{};
}

}  // namespace greffe::pdf
