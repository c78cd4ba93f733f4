// SPDX-License-Identifier: Apache-2.0
// Changes one object's text by inserting into its original bytes. Nothing else of the object is written anew:
// a number printed again may lose digits, and the next validator says that the page was changed.
#pragma once

#include "document.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe::pdf {

// Collects edits of the values of one object; apply() makes the new text. The object must outlive it.
class Splice {
public:
    explicit Splice(const Object& object) : object_(&object) {}

    // Gives `key` of `dict` the value `text`, in place of the one it has or as a new entry at the end.
    // Malformed when the key stands there twice: readers disagree on which one counts.
    Check set(const Value& dict, std::string_view key, std::string_view text);
    // Adds `text` behind the last item of `array`.
    void append(const Value& array, std::string_view text);

    bool isEmpty() const { return edits_.empty(); }
    const Object& object() const { return *object_; }
    // The whole object's value with the edits in it. An object that came out of an object stream of an
    // encrypted file gets its strings encrypted, because from now on it stands alone.
    Expected<std::string> apply(const Encryption* encryption) const;

private:
    struct Edit {
        std::size_t begin = 0, end = 0;  // positions in the object's source
        std::string text;
    };
    Check encryptStrings(const Value& value, const Encryption& encryption, std::vector<Edit>& edits) const;

    const Object* object_;
    std::vector<Edit> edits_;
};

}  // namespace greffe::pdf
