// SPDX-License-Identifier: Apache-2.0
// What may change in a document and on its pages after it was signed.
#include "revision_walk.h"

#include <algorithm>
#include <iterator>

namespace greffe::document_pdf {

using pdf::Check;
using pdf::Nothing;
using pdf::Value;

namespace {

template <std::size_t N>
bool isAmong(const std::string_view (&names)[N], const std::string& name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The names of all keys that either dictionary has, each once.
std::vector<std::string> keysOf(const Value& a, const Value& b) {
    std::vector<std::string> names;
    for (const Value& dict : {a, b})
        for (Value key = dict.firstChild(); dict.isDict() && key; key = key.nextSibling().nextSibling())
            names.push_back(key.name());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

// Marks on the text and remarks beside it. A stamp, a free text or a picture can pass for content, and a
// field is the form's.
bool isRemark(const Value& annotation) {
    constexpr std::string_view kRemarks[] = {"Text",     "Popup",     "Highlight", "Underline",
                                             "Squiggly", "StrikeOut", "Caret",     "Ink"};
    return isAmong(kRemarks, annotation.find("Subtype").name());
}

ChangeKind kindOfRemark(bool isRemarkOnly) {
    return isRemarkOnly ? ChangeKind::Annotations : ChangeKind::Undefined;
}

std::string pageText(std::uint32_t page) {
    return "page " + std::to_string(page);
}

}  // namespace

Check RevisionWalk::compareTrailers() {
    const pdf::XrefChain &old = pairs_.before().xref(), &fresh = pairs_.now().xref();
    // What every revision has its own of. /Info and /ID speak about the file, not about what it shows.
    constexpr std::string_view kOwn[] = {"Size", "Prev",  "XRefStm", "Info",   "ID",          "Type",
                                         "W",    "Index", "Filter",  "Length", "DecodeParms", "Root"};
    for (const std::string& key :
         keysOf(old.sections().front().trailer->root(), fresh.sections().front().trailer->root())) {
        if (isAmong(kOwn, key)) continue;
        const Value before = old.trailer(key), now = fresh.trailer(key);
        const bool isSame = before.isReference() && now.isReference() ? before.reference() == now.reference()
                                                                      : before.bytes() == now.bytes();
        if (!isSame) note(ChangeKind::Undefined, "the trailer's /" + key + " was changed");
        if (now.isReference()) follow({now.reference()}, {ChangeKind::Undefined, 0});
    }
    for (const pdf::XrefSection& section : fresh.sections())
        for (const char* key : {"Root", "Encrypt", "Prev", "XRefStm"})
            if (section.trailer->root().countOf(key) > 1)
                note(ChangeKind::Undefined, std::string("a trailer has /") + key + " twice");
    // Some writers give every revision a catalog of a new number: what it says counts.
    const pdf::Object &oldCatalog = pairs_.before().catalog(), &freshCatalog = pairs_.now().catalog();
    if (oldCatalog.id == freshCatalog.id) {
        follow({freshCatalog.id}, {ChangeKind::Undefined, 0});
        return Nothing{};
    }
    return compareCatalogs({&pairs_.before(), &oldCatalog, oldCatalog.root()},
                           {&pairs_.now(), &freshCatalog, freshCatalog.root()});
}

Check RevisionWalk::compareCatalogs(const Sided& old, const Sided& fresh) {
    // The security store, and what describes the file without being shown.
    constexpr std::string_view kFree[] = {"DSS", "Extensions", "Version", "Metadata"};
    for (const std::string& key : keysOf(old.value, fresh.value)) {
        if (fresh.value.countOf(key) > 1) note(ChangeKind::Undefined, "the catalog has /" + key + " twice");
        if (isAmong(kFree, key)) continue;
        if (key == "AcroForm") {
            GREFFE_PDF_TRY(compareForms(old.at(key), fresh.at(key)));
            continue;
        }
        const Place place = placeNamed(ChangeKind::Undefined, "the catalog's /" + key);
        require(old.at(key), fresh.at(key), ChangeKind::Undefined, place, "was changed");
    }
    return Nothing{};
}

void RevisionWalk::comparePageNodes(const Sided& old, const Sided& fresh) {
    const Place tree = placeNamed(ChangeKind::Undefined, "the page tree");
    const Place resources = placeNamed(ChangeKind::PageContent, "the pages' resources");
    for (const std::string& key : keysOf(old.value, fresh.value)) {
        const bool isList = key == "Kids" || key == "Count";
        require(old.at(key), fresh.at(key), ChangeKind::PageContent, key == "Resources" ? resources : tree,
                isList ? "pages were added, removed or moved" : "/" + key + " was changed");
    }
}

Check RevisionWalk::comparePages(const Sided& old, const Sided& fresh, std::uint32_t page) {
    constexpr std::string_view kContent[] = {"Contents", "Resources", "Group",    "Thumb",
                                             "MediaBox", "CropBox",   "BleedBox", "TrimBox",
                                             "ArtBox",   "Rotate",    "UserUnit"};
    const Place content = placeNamed(ChangeKind::PageContent, pageText(page));
    const Place other{ChangeKind::Undefined, content.label};
    for (const std::string& key : keysOf(old.value, fresh.value)) {
        if (fresh.value.countOf(key) > 1) differ(content, "/" + key + " stands there twice");
        if (key == "Annots") {
            GREFFE_PDF_TRY(compareAnnotationLists(old.at(key), fresh.at(key), page));
            continue;
        }
        const bool isContent = isAmong(kContent, key);
        require(old.at(key), fresh.at(key), isContent ? ChangeKind::PageContent : ChangeKind::Undefined,
                isContent ? content : other, "/" + key + " was changed");
    }
    return Nothing{};
}

Check RevisionWalk::compareAnnotationLists(const Sided& old, const Sided& fresh, std::uint32_t page) {
    GREFFE_PDF_ASSIGN(const Value oldList, old.document->resolve(old.value));
    GREFFE_PDF_ASSIGN(const Value freshList, fresh.document->resolve(fresh.value));
    const Place place = placeNamed(ChangeKind::Undefined, pageText(page));
    std::unordered_set<std::uint32_t> known, present;
    std::vector<Value> direct;
    for (Value item = oldList.firstChild(); oldList.isArray() && item; item = item.nextSibling()) {
        if (item.isReference())
            known.insert(item.reference().number);
        else
            direct.push_back(item);
    }
    std::size_t directSeen = 0;
    for (Value item = freshList.firstChild(); freshList.isArray() && item; item = item.nextSibling()) {
        if (!item.isReference()) {
            // Annotations written into the list itself: the same ones in the same order.
            if (directSeen < direct.size())
                require(old.with(direct[directSeen]), fresh.with(item),
                        kindOfRemark(isRemark(direct[directSeen]) && isRemark(item)), place,
                        "an annotation was changed");
            else
                differ({ChangeKind::Undefined, place.label}, "an annotation was added");
            ++directSeen;
            continue;
        }
        present.insert(item.reference().number);
        if (known.count(item.reference().number) != 0)
            follow({item.reference()}, place);
        else
            GREFFE_PDF_TRY(noteNewAnnotation(item, page));
    }
    for (; directSeen < direct.size(); ++directSeen)
        differ({kindOfRemark(isRemark(direct[directSeen])), place.label}, "an annotation was removed");
    for (const std::uint32_t number : known)
        if (present.count(number) == 0) GREFFE_PDF_TRY(noteRemovedAnnotation(number, place));
    return Nothing{};
}

Check RevisionWalk::noteRemovedAnnotation(std::uint32_t number, const Place& place) {
    bool isRemarkOnly = false;
    if (fields_.count(number) == 0) {
        GREFFE_PDF_ASSIGN(const auto removed, pairs_.before().readAside({number, 0}));
        isRemarkOnly = removed && isRemark(removed->root());
    }
    differ({kindOfRemark(isRemarkOnly), place.label}, "an annotation was removed");
    return Nothing{};
}

Check RevisionWalk::noteNewAnnotation(const Value& reference, std::uint32_t page) {
    if (newWidgets_.count(reference.reference().number) != 0) return Nothing{};
    GREFFE_PDF_ASSIGN(const Value annotation, pairs_.now().resolve(reference));
    if (annotation.isNull()) return Nothing{};
    GREFFE_PDF_ASSIGN(const Value subtype, pairs_.now().get(annotation, "Subtype"));
    const std::string name = subtype.name();
    note(kindOfRemark(isRemark(annotation)),
         pageText(page) + ": an annotation of the type " + (name.empty() ? "?" : name) + " was added");
    return Nothing{};
}

void RevisionWalk::compareAnnotations(const Sided& old, const Sided& fresh, std::uint32_t page) {
    const ChangeKind kind = kindOfRemark(isRemark(old.value) && isRemark(fresh.value));
    const Place appearance = placeNamed(kind, pageText(page));
    const Place other{ChangeKind::Undefined, appearance.label};
    for (const std::string& key : keysOf(old.value, fresh.value))
        require(old.at(key), fresh.at(key), kind, key == "AP" ? appearance : other,
                "an annotation was changed");
}

}  // namespace greffe::document_pdf
