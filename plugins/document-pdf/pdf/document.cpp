// SPDX-License-Identifier: Apache-2.0
#include "document.h"

#include "lexer.h"
#include "stream.h"

#include <algorithm>

namespace greffe::pdf {
namespace {

std::string objectText(std::uint32_t number) {
    return "object " + std::to_string(number);
}

}  // namespace

Expected<std::unique_ptr<Document>> Document::open(std::string_view file, const Limits& limits) {
    std::unique_ptr<Document> document(new Document(file, limits));
    GREFFE_PDF_ASSIGN(document->frame_, preScan(file, limits));
    GREFFE_PDF_ASSIGN(document->xref_, XrefChain::read(file, document->frame_, document->limits_));
    GREFFE_PDF_TRY(document->openEncryption());
    GREFFE_PDF_TRY(document->openCatalog());
    return document;
}

Check Document::openEncryption() {
    const Value reference = xref_.trailer("Encrypt");
    if (reference.isReference()) encryptionObject_ = reference.reference().number;
    GREFFE_PDF_ASSIGN(const Value dict, resolve(reference));
    if (dict.isNull()) return Nothing{};
    if (!dict.isDict()) return malformed("the encryption dictionary is not a dictionary");
    GREFFE_PDF_ASSIGN(const Value ids, resolve(xref_.trailer("ID")));
    GREFFE_PDF_ASSIGN(const Value fileId, resolve(ids.firstChild()));
    GREFFE_PDF_ASSIGN(encryption_, Encryption::open(dict, fileId.string(), *this));
    // What was read before the key was known is not decrypted; nothing else may keep it.
    std::erase_if(objects_, [&](const auto& entry) { return entry.first != encryptionObject_; });
    return Nothing{};
}

Check Document::openCatalog() {
    GREFFE_PDF_ASSIGN(catalog_, holder(xref_.trailer("Root")));
    if (catalog_ == nullptr || !catalog_->root().isDict())
        return malformed("the trailer's /Root leads to no catalog");
    return Nothing{};
}

const XrefEntry* Document::entryOf(Reference id) const {
    const XrefEntry* entry = xref_.find(id.number);
    if (entry == nullptr || entry->kind == EntryKind::Free) return nullptr;
    const std::uint32_t generation = entry->kind == EntryKind::InFile ? entry->detail : 0;
    return generation == id.generation ? entry : nullptr;
}

Expected<std::unique_ptr<Object>> Document::readAside(Reference id) {
    const XrefEntry* entry = entryOf(id);
    if (entry == nullptr) return std::unique_ptr<Object>();
    return load(*entry);
}

Expected<const Object*> Document::object(Reference id) {
    const XrefEntry* entry = entryOf(id);
    if (entry == nullptr) return nullptr;
    if (const auto known = objects_.find(id.number); known != objects_.end()) return known->second.get();
    if (objects_.size() >= limits_.maxObjectsRead)
        return limitExceeded("more than " + std::to_string(limits_.maxObjectsRead) +
                             " objects would have to be read");
    if (loading_.size() > limits_.maxReferenceHops ||
        std::count(loading_.begin(), loading_.end(), id.number) != 0)
        return malformed(objectText(id.number) + " needs itself to be read");
    loading_.push_back(id.number);
    auto loaded = load(*entry);
    loading_.pop_back();
    if (!loaded) return std::move(loaded).refusal();
    return (objects_[id.number] = std::move(loaded).value()).get();
}

Expected<std::unique_ptr<Object>> Document::load(const XrefEntry& entry) {
    return entry.kind == EntryKind::InFile ? loadFromFile(entry) : loadFromStream(entry);
}

Expected<std::unique_ptr<Object>> Document::loadFromFile(const XrefEntry& entry) {
    const std::string_view source = file_.substr(xref_.base());
    if (entry.place >= source.size())
        return malformed(objectText(entry.number) + " is said to begin behind the end of the file");
    Lexer lexer(source, entry.place);
    const Token number = lexer.next(), generation = lexer.next();
    if (number.kind != TokenKind::Integer || generation.kind != TokenKind::Integer ||
        !lexer.isWord(lexer.next(), "obj") || number.integer != entry.number)
        return malformed(objectText(entry.number) + " does not begin where the cross-reference says");
    auto object = std::make_unique<Object>();
    object->id = {entry.number, entry.detail};
    object->source = source;
    GREFFE_PDF_ASSIGN(Tree tree, Tree::parse(source, lexer.position(), limits_));
    object->tree = std::make_unique<Tree>(std::move(tree));
    return object;
}

Expected<std::unique_ptr<Object>> Document::loadFromStream(const XrefEntry& entry) {
    if (entry.place > limits_.maxObjectNumber) return malformed("an object stream has a senseless number");
    GREFFE_PDF_ASSIGN(const ObjectStream* stream, objectStream(static_cast<std::uint32_t>(entry.place)));
    // Normally at the index that the entry gives; some writers count wrongly.
    const auto& places = stream->places;
    auto at =
        places.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(entry.detail, places.size()));
    if (at == places.end() || at->first != entry.number)
        at = std::find_if(places.begin(), places.end(),
                          [&](const auto& place) { return place.first == entry.number; });
    if (at == places.end())
        return malformed(objectText(entry.number) +
                         " is not in the object stream where the cross-reference says");
    auto object = std::make_unique<Object>();
    object->id = {entry.number, 0};
    object->isInObjectStream = true;
    object->source = stream->data;
    GREFFE_PDF_ASSIGN(Tree tree, Tree::parse(object->source, stream->first + at->second, limits_));
    object->tree = std::make_unique<Tree>(std::move(tree));
    return object;
}

Expected<const Document::ObjectStream*> Document::objectStream(std::uint32_t number) {
    if (const auto known = objectStreams_.find(number); known != objectStreams_.end())
        return known->second.get();
    const XrefEntry* entry = xref_.find(number);
    if (entry == nullptr || entry->kind != EntryKind::InFile) return malformed("an object stream is missing");
    GREFFE_PDF_ASSIGN(const Object* holderObject, object({number, entry->detail}));
    if (holderObject == nullptr) return malformed("an object stream is missing");
    auto stream = std::make_unique<ObjectStream>();
    GREFFE_PDF_ASSIGN(auto data, this->stream(*holderObject));
    if (!data) return malformed(objectText(number) + " is no object stream");
    stream->data = std::move(*data);
    decodedBytes_ += stream->data.size();
    if (decodedBytes_ > limits_.maxDecodedTotalBytes)
        return limitExceeded("the object streams decode to more than they may");
    GREFFE_PDF_TRY(readPlaces(holderObject->root(), *stream));
    return (objectStreams_[number] = std::move(stream)).get();
}

Check Document::readPlaces(const Value& dict, ObjectStream& stream) {
    GREFFE_PDF_ASSIGN(const Value count, get(dict, "N"));
    GREFFE_PDF_ASSIGN(const Value first, get(dict, "First"));
    const std::int64_t objects = count.integer().value_or(-1), start = first.integer().value_or(-1);
    if (objects < 0 || start < 0 || static_cast<std::size_t>(start) > stream.data.size() || objects > start)
        return malformed("an object stream has a senseless /N or /First");
    stream.first = static_cast<std::size_t>(start);
    stream.places.reserve(static_cast<std::size_t>(objects));
    Lexer lexer(std::string_view(stream.data).substr(0, stream.first));
    for (std::int64_t i = 0; i < objects; ++i) {
        const Token number = lexer.next(), offset = lexer.next();
        if (number.kind != TokenKind::Integer || offset.kind != TokenKind::Integer || number.integer < 0 ||
            offset.integer < 0 || static_cast<std::size_t>(offset.integer) > stream.data.size() ||
            number.integer > limits_.maxObjectNumber)
            return malformed("an object stream's table of contents is damaged");
        stream.places.emplace_back(static_cast<std::uint32_t>(number.integer),
                                   static_cast<std::size_t>(offset.integer));
    }
    return Nothing{};
}

Expected<Value> Document::resolve(Value value) {
    for (std::uint32_t hops = 0; value.isReference(); ++hops) {
        if (hops > limits_.maxReferenceHops) return malformed("references point at each other in a circle");
        GREFFE_PDF_ASSIGN(const Object* target, object(value.reference()));
        value = target != nullptr ? target->root() : Value();
    }
    return value;
}

Expected<const Object*> Document::holder(Value value) {
    const Object* found = nullptr;
    for (std::uint32_t hops = 0; value.isReference(); ++hops) {
        if (hops > limits_.maxReferenceHops) return malformed("references point at each other in a circle");
        GREFFE_PDF_ASSIGN(found, object(value.reference()));
        if (found == nullptr) return nullptr;
        value = found->root();
    }
    return found;
}

Expected<std::string> Document::text(const Object& owner, const Value& value) const {
    std::string bytes = value.string();
    if (!encryption_ || owner.isInObjectStream || owner.id.number == encryptionObject_) return bytes;
    return encryption_->decrypt(Encryption::Part::String, owner.id, bytes);
}

Expected<std::optional<std::string>> Document::stream(const Object& object) {
    if (object.isInObjectStream || !object.root().isDict() || !isStreamAt(object.source, object.tree->end()))
        return std::optional<std::string>();
    const Value dict = object.root();
    GREFFE_PDF_ASSIGN(const Value length, get(dict, "Length"));
    if (!length.integer()) return malformed(objectText(object.id.number) + ": the stream has no /Length");
    GREFFE_PDF_ASSIGN(std::string_view raw, streamBytes(object.source, object.tree->end(), length.integer()));
    GREFFE_PDF_ASSIGN(const std::vector<Filter> filters, filtersOf(dict, *this, limits_));
    std::string plain;
    const bool isClear = std::any_of(filters.begin(), filters.end(),
                                     [](const Filter& f) { return f.kind == Filter::Kind::Crypt; });
    if (encryption_ && !isClear && !dict.find("Type").isName("XRef")) {
        if (raw.size() > limits_.maxDecodedBytes) return limitExceeded("an encrypted stream is too large");
        GREFFE_PDF_ASSIGN(plain, encryption_->decrypt(Encryption::Part::Stream, object.id, raw));
        raw = plain;
    }
    GREFFE_PDF_ASSIGN(std::string data, decode(raw, filters, limits_));
    return std::optional<std::string>(std::move(data));
}

}  // namespace greffe::pdf
