// SPDX-License-Identifier: Apache-2.0
#include "revision_pairs.h"

#include "pdf/stream.h"

#include <optional>

namespace greffe::document_pdf {
namespace {

using pdf::Document;
using pdf::EntryKind;
using pdf::Expected;
using pdf::Kind;
using pdf::Object;
using pdf::Reference;
using pdf::Value;
using pdf::XrefEntry;

// References that lead to the same under other numbers are rare, and never nested deeply.
constexpr std::uint32_t kMaxDetourDepth = 8;
constexpr std::uint32_t kMaxDetours = 100'000;

bool isThere(const XrefEntry* entry) {
    return entry != nullptr && entry->kind != EntryKind::Free;
}

// No value when the object has no stream; empty bytes for one that cannot be found.
std::optional<std::string_view> streamOf(Document& document, const Object* object) {
    if (object == nullptr || object->isInObjectStream || !object->root().isDict() ||
        !pdf::isStreamAt(object->source, object->tree->end()))
        return std::nullopt;
    const auto length = document.get(object->root(), "Length");
    const auto bytes = pdf::streamBytes(object->source, object->tree->end(),
                                        length ? length->integer() : std::optional<std::int64_t>());
    return bytes ? *bytes : std::string_view();
}

}  // namespace

bool RevisionPairs::isUntouched(std::uint32_t number) const {
    const XrefEntry* old = before_.xref().find(number);
    const XrefEntry* fresh = now_.xref().find(number);
    if (!isThere(old) || !isThere(fresh)) return !isThere(old) && !isThere(fresh);
    if (old->kind != fresh->kind || old->place != fresh->place || old->detail != fresh->detail) return false;
    // The same place in an object stream is the same only if the stream is.
    return old->kind == EntryKind::InFile ||
           (old->place != number && old->place <= before_.limits().maxObjectNumber &&
            now_.xref().find(static_cast<std::uint32_t>(old->place)) != nullptr &&
            now_.xref().find(static_cast<std::uint32_t>(old->place))->kind == EntryKind::InFile &&
            isUntouched(static_cast<std::uint32_t>(old->place)));
}

Expected<ObjectPair> RevisionPairs::read(Reference reference) {
    ObjectPair pair;
    GREFFE_PDF_ASSIGN(pair.before, before_.readAside(reference));
    const bool isUntouchedObject = isUntouched(reference.number);
    if (!isUntouchedObject) {
        GREFFE_PDF_ASSIGN(pair.now, now_.readAside(reference));
    }
    if (pair.before) pair.old = {&before_, pair.before.get(), pair.before->root()};
    const Object* fresh = isUntouchedObject ? pair.before.get() : pair.now.get();
    // References behind an untouched object are followed in the revision they are asked for.
    if (fresh != nullptr) pair.fresh = {&now_, fresh, fresh->root()};
    return pair;
}

bool RevisionPairs::isSameDict(const Sided& old, const Sided& fresh,
                               std::vector<Reference>& references) const {
    bool same = true;
    std::size_t oldKeys = 0, freshKeys = 0;
    for (Value key = old.value.firstChild(); key; key = key.nextSibling().nextSibling()) {
        if (key.nextSibling().isNull()) continue;  // null is the same as no such key
        ++oldKeys;
        const std::string name = key.name();
        const Value other = fresh.value.find(name);
        if (other.isNull() || fresh.value.countOf(name) != 1 || old.value.countOf(name) != 1 ||
            !isSame(old.with(key.nextSibling()), fresh.with(other), references))
            same = false;
    }
    for (Value key = fresh.value.firstChild(); key; key = key.nextSibling().nextSibling())
        freshKeys += key.nextSibling().isNull() ? 0 : 1;
    return same && oldKeys == freshKeys;
}

bool RevisionPairs::isSameBehindReference(const Sided& old, const Sided& fresh,
                                          std::vector<Reference>& references) const {
    if (depth_ >= kMaxDetourDepth || ++detours_ > kMaxDetours) return false;
    const auto behind = [](const Sided& side) -> std::optional<Sided> {
        if (!side.value.isReference()) return side;
        const auto holder = side.document->holder(side.value);
        // What is written in place of a reference is no stream.
        if (!holder || *holder == nullptr || streamOf(*side.document, *holder)) return std::nullopt;
        return Sided{side.document, *holder, (*holder)->root()};
    };
    const auto left = behind(old), right = behind(fresh);
    if (!left || !right || left->value.isReference() || right->value.isReference()) return false;
    ++depth_;
    const bool same = isSame(*left, *right, references);
    --depth_;
    return same;
}

bool RevisionPairs::isSame(const Sided& old, const Sided& fresh, std::vector<Reference>& references) const {
    const Value &a = old.value, &b = fresh.value;
    if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
    if ((a.isReference() || b.isReference()) && !(a.isReference() && a.reference() == b.reference()))
        return isSameBehindReference(old, fresh, references);
    if (a.number() && b.number()) return *a.number() == *b.number();
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::Bool: return a.boolean() == b.boolean();
        case Kind::Name: return a.name() == b.name();
        case Kind::String: {
            const auto oldText = old.document->text(*old.owner, a);
            const auto freshText = fresh.document->text(*fresh.owner, b);
            return oldText && freshText && *oldText == *freshText;
        }
        case Kind::Reference: references.push_back(a.reference()); return true;
        case Kind::Dict: return isSameDict(old, fresh, references);
        case Kind::Array: break;
        default: return a.bytes() == b.bytes();
    }
    Value left = a.firstChild(), right = b.firstChild();
    bool same = true;
    for (; left && right; left = left.nextSibling(), right = right.nextSibling())
        if (!isSame(old.with(left), fresh.with(right), references)) same = false;
    return same && !left && !right;
}

bool RevisionPairs::hasSameStream(const ObjectPair& pair) const {
    if (!pair.now) return true;
    return streamOf(before_, pair.before.get()) == streamOf(now_, pair.now.get());
}

}  // namespace greffe::document_pdf
