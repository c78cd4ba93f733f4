// SPDX-License-Identifier: Apache-2.0
// The same object in two revisions of one file: was it written anew, and is it still the same?
#pragma once

#include "pdf/document.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace greffe::document_pdf {

// A value and where it belongs: strings are decrypted with their object's number.
struct Sided {
    pdf::Document* document = nullptr;
    const pdf::Object* owner = nullptr;
    pdf::Value value;

    Sided at(std::string_view key) const { return {document, owner, value.find(key)}; }
    Sided with(const pdf::Value& other) const { return {document, owner, other}; }
};

// Both revisions of one object; nulls for one that a revision does not have. Owns what it shows.
struct ObjectPair {
    std::unique_ptr<pdf::Object> before, now;  // `now` is empty when nothing was written anew
    Sided old, fresh;
};

class RevisionPairs {
public:
    // `now`'s file begins with `before`'s, and its cross-reference continues it.
    RevisionPairs(pdf::Document& before, pdf::Document& now) : before_(before), now_(now) {}

    pdf::Document& before() { return before_; }
    pdf::Document& now() { return now_; }
    // Whether both revisions read object `number` from the same bytes.
    bool isUntouched(std::uint32_t number) const;
    pdf::Expected<ObjectPair> read(pdf::Reference reference);

    // Whether two values mean the same: equal references are equal here, and are added to `references` for
    // the caller to follow. A reference is also the same as its value written in its place, or under another
    // number: some writers move dictionaries about. Numbers and names are compared by what they mean, keys in
    // any order; a key that stands twice is never the same.
    bool isSame(const Sided& old, const Sided& fresh, std::vector<pdf::Reference>& references) const;
    // The bytes of both objects' streams; false when only one has any.
    bool hasSameStream(const ObjectPair& pair) const;

private:
    bool isSameBehindReference(const Sided& old, const Sided& fresh,
                               std::vector<pdf::Reference>& references) const;
    bool isSameDict(const Sided& old, const Sided& fresh, std::vector<pdf::Reference>& references) const;

    pdf::Document& before_;
    pdf::Document& now_;
    mutable std::uint32_t depth_ = 0, detours_ = 0;
};

}  // namespace greffe::document_pdf
