// SPDX-License-Identifier: Apache-2.0
// A PDF opened for reading: objects are parsed when asked for and kept, nothing else is touched, so a file of
// 100 MB with 90,000 objects costs what its catalog, one page and its form cost.
//
// Borrows the file's bytes (a mapping) for its whole life; never copies them. Objects and the Values into
// them live as long as the Document. Not thread-safe. Safe on hostile input: every cap of limits.h holds, and
// a loop of references ends in a refusal.
#pragma once

#include "encryption.h"
#include "expected.h"
#include "filters.h"
#include "limits.h"
#include "pre_scan.h"
#include "value.h"
#include "xref.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace greffe::pdf {

struct Object {
    Reference id;
    bool isInObjectStream = false;
    std::string_view
        source;  // what the tree's positions refer to: the file from its base on, or the decoded stream
    std::unique_ptr<Tree> tree;

    Value root() const { return tree->root(); }
};

class Document final : public Resolver {
public:
    // `file` is the whole file. The refusals of preScan, XrefChain::read and Encryption::open.
    static Expected<std::unique_ptr<Document>> open(std::string_view file, const Limits& limits = {});

    // The object, or null for one that the file does not have (a reference to it is a reference to null). A
    // file whose cross-reference leads to something else is Malformed.
    Expected<const Object*> object(Reference id);
    // The same, without keeping it: for walks over every object of a large file. The caller owns it; object
    // streams stay decoded.
    Expected<std::unique_ptr<Object>> readAside(Reference id);
    // The value itself, or what a reference leads to through any number of references up to the cap.
    Expected<Value> resolve(Value value) override;
    // resolve(dict.find(key)).
    Expected<Value> get(const Value& dict, std::string_view key) { return resolve(dict.find(key)); }
    // The object that a chain of references ends at; null when the value is direct or leads nowhere.
    Expected<const Object*> holder(Value value);

    // The text of a string value of `owner`, decrypted.
    Expected<std::string> text(const Object& owner, const Value& value) const;
    // The decoded (and decrypted) stream of an object; null when it has none.
    Expected<std::optional<std::string>> stream(const Object& object);

    std::string_view file() const { return file_; }
    const FileFrame& frame() const { return frame_; }
    const XrefChain& xref() const { return xref_; }
    const Encryption* encryption() const { return encryption_ ? &*encryption_ : nullptr; }
    const Limits& limits() const { return limits_; }
    // The catalog dictionary's object; checked by open().
    const Object& catalog() const { return *catalog_; }

private:
    struct ObjectStream {
        std::string data;
        std::size_t first = 0;
        std::vector<std::pair<std::uint32_t, std::size_t>> places;  // object number, offset behind first
    };

    Document(std::string_view file, const Limits& limits) : file_(file), limits_(limits) {}

    // The entry that `id` means; null for an object that the file does not have.
    const XrefEntry* entryOf(Reference id) const;
    Check openEncryption();
    Check openCatalog();
    Expected<std::unique_ptr<Object>> load(const XrefEntry& entry);
    Expected<std::unique_ptr<Object>> loadFromFile(const XrefEntry& entry);
    Expected<std::unique_ptr<Object>> loadFromStream(const XrefEntry& entry);
    Expected<const ObjectStream*> objectStream(std::uint32_t number);
    Check readPlaces(const Value& dict, ObjectStream& stream);

    std::string_view file_;
    Limits limits_;
    FileFrame frame_;
    XrefChain xref_;
    std::optional<Encryption> encryption_;
    std::uint32_t encryptionObject_ = 0;  // its strings are not encrypted
    const Object* catalog_ = nullptr;
    std::unordered_map<std::uint32_t, std::unique_ptr<Object>> objects_;
    std::unordered_map<std::uint32_t, std::unique_ptr<ObjectStream>> objectStreams_;
    std::vector<std::uint32_t> loading_;  // objects being read: a stream whose /Length is in itself
    std::size_t decodedBytes_ = 0;
};

}  // namespace greffe::pdf
