// SPDX-License-Identifier: Apache-2.0
// What may change in a form after it was signed: values and appearances of its fields, and new signatures.
#include "revision_walk.h"

#include <algorithm>
#include <iterator>

namespace greffe::document_pdf {

using pdf::Check;
using pdf::Nothing;
using pdf::Object;
using pdf::Value;

namespace {

template <std::size_t N>
bool isAmong(const std::string_view (&names)[N], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

Check RevisionWalk::compareForms(const Sided& old, const Sided& fresh) {
    GREFFE_PDF_ASSIGN(const Object* oldHolder, old.document->holder(old.value));
    GREFFE_PDF_ASSIGN(const Object* freshHolder, fresh.document->holder(fresh.value));
    GREFFE_PDF_ASSIGN(const Value oldForm, old.document->resolve(old.value));
    GREFFE_PDF_ASSIGN(const Value freshForm, fresh.document->resolve(fresh.value));
    const Sided before{old.document, oldHolder != nullptr ? oldHolder : old.owner, oldForm};
    const Sided now{fresh.document, freshHolder != nullptr ? freshHolder : fresh.owner, freshForm};
    if (!freshForm.isDict()) {
        note(ChangeKind::Undefined, "the form was removed");
        return Nothing{};
    }
    GREFFE_PDF_TRY(compareFieldLists(before.at("Fields"), now.at("Fields")));
    GREFFE_PDF_TRY(compareResources(before.at("DR"), now.at("DR"), 0));
    constexpr std::string_view kHandled[] = {"Fields", "DR", "SigFlags"};
    const Place place = placeNamed(ChangeKind::Undefined, "the form");
    for (const Value& dict : {oldForm, freshForm})
        for (Value key = dict.firstChild(); dict.isDict() && key; key = key.nextSibling().nextSibling()) {
            const std::string name = key.name();
            if (freshForm.countOf(name) > 1) differ(place, "/" + name + " stands there twice");
            if (isAmong(kHandled, name)) continue;
            // A default for new fields; fields that were there have had none, and still show what they
            // showed.
            if (name == "DA" && before.at(name).value.isNull()) continue;
            if (name == "NeedAppearances") {
                // Readers draw the fields anew: the same as filling them in.
                if (now.at(name).value.boolean() != before.at(name).value.boolean() &&
                    now.at(name).value.boolean())
                    note(ChangeKind::FormFill, "the form's appearances are drawn anew");
                continue;
            }
            require(before.at(name), now.at(name), ChangeKind::Undefined, place, "/" + name + " was changed");
        }
    return Nothing{};
}

Check RevisionWalk::compareFieldLists(const Sided& old, const Sided& fresh) {
    GREFFE_PDF_ASSIGN(const Value oldList, old.document->resolve(old.value));
    GREFFE_PDF_ASSIGN(const Value freshList, fresh.document->resolve(fresh.value));
    std::unordered_set<std::uint32_t> known, present;
    for (Value item = oldList.firstChild(); oldList.isArray() && item; item = item.nextSibling())
        if (item.isReference()) known.insert(item.reference().number);
    const Place place = placeNamed(ChangeKind::Undefined, "the form's fields");
    for (Value item = freshList.firstChild(); freshList.isArray() && item; item = item.nextSibling()) {
        if (!item.isReference()) continue;  // no reader looks at a field that is no object
        present.insert(item.reference().number);
        if (known.count(item.reference().number) != 0)
            follow({item.reference()}, place);
        else
            GREFFE_PDF_TRY(noteNewField(item));
    }
    for (const std::uint32_t number : known)
        if (present.count(number) == 0)
            note(ChangeKind::Undefined,
                 "field object " + std::to_string(number) + " was removed from the form");
    return Nothing{};
}

// A field that signs later is how documents are signed by several people. Any other new field is not filling
// in: it puts something onto the page that the first signer never saw.
Check RevisionWalk::noteNewField(const Value& reference) {
    pdf::Document& now = pairs_.now();
    GREFFE_PDF_ASSIGN(const Object* field, now.holder(reference));
    if (field == nullptr || !field->root().isDict()) return Nothing{};
    const Value dict = field->root();
    GREFFE_PDF_ASSIGN(const Value type, now.get(dict, "FT"));
    GREFFE_PDF_ASSIGN(const Value signature, now.get(dict, "V"));
    GREFFE_PDF_ASSIGN(const Value kids, now.get(dict, "Kids"));
    const std::string what = "object " + std::to_string(field->id.number);
    if (!type.isName("Sig")) {
        note(ChangeKind::Undefined, "the form has a new field that is no signature, " + what);
        return Nothing{};
    }
    newWidgets_.insert(reference.reference().number);
    newWidgets_.insert(field->id.number);
    GREFFE_PDF_ASSIGN(bool isVisible, showsSomething(dict));
    for (Value kid = kids.firstChild(); kids.isArray() && kid; kid = kid.nextSibling()) {
        if (kid.isReference()) newWidgets_.insert(kid.reference().number);
        GREFFE_PDF_ASSIGN(const Value widget, now.resolve(kid));
        GREFFE_PDF_ASSIGN(const bool isVisibleKid, showsSomething(widget));
        isVisible = isVisible || isVisibleKid;
    }
    if (signature.isDict()) {
        const auto named = freshFields_.find(field->id.number);
        if (isVisible) {
            ++changes_.visibleMarks;
            note(ChangeKind::Signatures, "a later signature put a visible mark on a page");
        }
        return noteSigned(*field, signature,
                          named != freshFields_.end() ? named->second.name : std::string());
    }
    // Nobody answers for what an unsigned field shows.
    note(isVisible ? ChangeKind::Undefined : ChangeKind::Signatures,
         "a signature field was added that nobody signed, " + what);
    return Nothing{};
}

// Whether a widget has a picture and an area to show it in.
pdf::Expected<bool> RevisionWalk::showsSomething(const Value& widget) {
    GREFFE_PDF_ASSIGN(const Value appearance, pairs_.now().get(widget, "AP"));
    GREFFE_PDF_ASSIGN(const Value area, pairs_.now().get(widget, "Rect"));
    if (appearance.isNull()) return false;
    std::vector<double> corners;
    for (Value item = area.firstChild(); area.isArray() && item; item = item.nextSibling()) {
        GREFFE_PDF_ASSIGN(const Value number, pairs_.now().resolve(item));
        corners.push_back(number.number().value_or(0));
    }
    return corners.size() != 4 || (corners[0] != corners[2] && corners[1] != corners[3]);
}

Check RevisionWalk::noteSigned(const Object& field, const Value& signature, const std::string& name) {
    GREFFE_PDF_ASSIGN(const Value type, pairs_.now().get(signature, "Type"));
    GREFFE_PDF_ASSIGN(const Value subFilter, pairs_.now().get(signature, "SubFilter"));
    changes_.signedFields.push_back(field.id.number);
    if (type.isName("DocTimeStamp") || subFilter.isName("ETSI.RFC3161")) {
        note(ChangeKind::Housekeeping, "a document time-stamp was added");
        return Nothing{};
    }
    changes_.signedFieldNames.push_back(name);
    note(ChangeKind::Signatures, "it was signed again");
    return Nothing{};
}

// Fonts and the like may be added for new appearances; what was there stays.
Check RevisionWalk::compareResources(const Sided& old, const Sided& fresh, int depth) {
    GREFFE_PDF_ASSIGN(const Value oldDict, old.document->resolve(old.value));
    GREFFE_PDF_ASSIGN(const Value freshDict, fresh.document->resolve(fresh.value));
    if (oldDict.isNull()) return Nothing{};
    const Place place = placeNamed(ChangeKind::Undefined, "the form's resources");
    if (!oldDict.isDict() || !freshDict.isDict()) {
        differ(place, "were removed");
        return Nothing{};
    }
    for (Value key = oldDict.firstChild(); key; key = key.nextSibling().nextSibling()) {
        const Sided before = old.with(key.nextSibling());
        const Sided now = fresh.with(freshDict.find(key.name()));
        GREFFE_PDF_ASSIGN(const Value group, old.document->resolve(before.value));
        if (depth == 0 && group.isDict()) {
            GREFFE_PDF_TRY(compareResources(before, now, 1));
        } else if (depth == 1) {
            require(before, now, ChangeKind::Undefined, place, "/" + key.name() + " was changed");
        }
    }
    return Nothing{};
}

Check RevisionWalk::compareSignatureValues(const Sided& old, const Sided& fresh, const FieldNode& field) {
    GREFFE_PDF_ASSIGN(const Value oldSignature, old.document->get(old.value, "V"));
    GREFFE_PDF_ASSIGN(const Value freshSignature, fresh.document->get(fresh.value, "V"));
    if (oldSignature.isNull() && freshSignature.isDict())
        return noteSigned(*fresh.owner, freshSignature, field.name);
    require(old.at("V"), fresh.at("V"), ChangeKind::Undefined,
            placeNamed(ChangeKind::Undefined, "the signature in field " + field.name),
            "was replaced or removed");
    return Nothing{};
}

Check RevisionWalk::compareFields(const Sided& old, const Sided& fresh, const FieldNode& field) {
    // What filling in a field changes.
    constexpr std::string_view kFilled[] = {"V", "AP", "AS", "I", "RV", "M"};
    // What signing an empty field may add to it.
    constexpr std::string_view kSigned[] = {"AP", "AS", "M", "F", "P", "Type", "Subtype"};
    const Place filled = placeNamed(ChangeKind::FormFill, field.name);
    const Place other = placeNamed(ChangeKind::Undefined, "field " + field.name);
    GREFFE_PDF_ASSIGN(const Value oldSignature, old.document->get(old.value, "V"));
    GREFFE_PDF_ASSIGN(const Value freshSignature, fresh.document->get(fresh.value, "V"));
    const bool wasSigned = field.isSignature && oldSignature.isNull() && freshSignature.isDict();
    if (field.isSignature) GREFFE_PDF_TRY(compareSignatureValues(old, fresh, field));
    std::vector<std::string> keys;
    for (const Value& dict : {old.value, fresh.value})
        for (Value key = dict.firstChild(); key; key = key.nextSibling().nextSibling())
            keys.push_back(key.name());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const std::string& key : keys) {
        if (fresh.value.countOf(key) > 1) differ(other, "/" + key + " stands there twice");
        if (field.isSignature && (key == "V" || (wasSigned && isAmong(kSigned, key)))) continue;
        const bool isFilled = !field.isSignature && isAmong(kFilled, key);
        // The appearance is walked as content even where it may not change, so that nothing in it changes.
        const bool isDrawn = key == "AP";
        require(old.at(key), fresh.at(key), isFilled ? ChangeKind::FormFill : ChangeKind::Undefined,
                isFilled || (isDrawn && !field.isSignature) ? filled : other, "/" + key + " was changed");
    }
    return Nothing{};
}

}  // namespace greffe::document_pdf
