// SPDX-License-Identifier: Apache-2.0
#include "splice.h"

#include "text.h"

#include <algorithm>

namespace greffe::pdf {

Check Splice::set(const Value& dict, std::string_view key, std::string_view text) {
    const std::size_t count = dict.countOf(key);
    if (count > 1) return malformed("a dictionary has the key /" + std::string(key) + " more than once");
    if (count == 1) {
        const Value old = dict.find(key);
        // The space keeps "/SigFlags(x)" from becoming the name "/SigFlags3".
        edits_.push_back({old.begin(), old.end(), " " + std::string(text)});
        return Nothing{};
    }
    const std::size_t end = dict.end() - 2;  // before ">>"
    edits_.push_back({end, end, "/" + std::string(key) + " " + std::string(text)});
    return Nothing{};
}

void Splice::append(const Value& array, std::string_view text) {
    const std::size_t end = array.end() - 1;  // before "]"
    edits_.push_back({end, end, " " + std::string(text)});
}

Check Splice::encryptStrings(const Value& value, const Encryption& encryption,
                             std::vector<Edit>& edits) const {
    // The tree is at most maxNesting deep.
    if (value.isString()) {
        const auto isReplaced = [&](const Edit& edit) {
            return edit.begin <= value.begin() && value.end() <= edit.end;
        };
        if (std::any_of(edits_.begin(), edits_.end(), isReplaced)) return Nothing{};
        GREFFE_PDF_ASSIGN(const std::string cipher,
                          encryption.encrypt(Encryption::Part::String, object_->id, value.string()));
        edits.push_back({value.begin(), value.end(), hexToken(cipher)});
        return Nothing{};
    }
    for (Value child = value.firstChild(); child; child = child.nextSibling())
        GREFFE_PDF_TRY(encryptStrings(child, encryption, edits));
    return Nothing{};
}

Expected<std::string> Splice::apply(const Encryption* encryption) const {
    std::vector<Edit> edits = edits_;
    const Value root = object_->root();
    if (object_->isInObjectStream && encryption != nullptr &&
        !encryption->isIdentity(Encryption::Part::String))
        GREFFE_PDF_TRY(encryptStrings(root, *encryption, edits));
    std::stable_sort(edits.begin(), edits.end(),
                     [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
    std::string text;
    std::size_t at = root.begin();
    for (const Edit& edit : edits) {
        text += object_->source.substr(at, edit.begin - at);
        text += edit.text;
        at = edit.end;
    }
    text += object_->source.substr(at, root.end() - at);
    return text;
}

}  // namespace greffe::pdf
