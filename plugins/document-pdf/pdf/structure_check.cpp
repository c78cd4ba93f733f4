// SPDX-License-Identifier: Apache-2.0
#include "structure_check.h"

#include "plain_reader.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <map>

namespace greffe::pdf {
namespace {

class StructureCheck {
public:
    StructureCheck(std::string_view original, std::string_view sealed)
        : original_(original), sealed_(sealed), before_(original), after_(sealed) {}

    std::vector<std::string> run();

private:
    void expect(bool holds, const std::string& fault) {
        if (!holds) faults_.push_back(fault);
    }
    void checkChain();
    void checkPlaces();
    void findRoles();
    void checkOverridden(std::uint32_t number);
    void compareDicts(const std::string& name, const std::string& was, const std::string& is,
                      std::initializer_list<std::string_view> mayChange);
    void compareChanged(const std::string& name, const std::string& key, const std::string& was,
                        const std::string& is);
    bool isListWithOneMore(const std::string& was, const std::string& is) const;
    void checkSignature();

    std::string_view original_, sealed_;
    PlainReader before_, after_;
    std::vector<std::string> faults_;
    // The objects that an increment may write again, and what each of them is.
    enum class Role { Catalog, Form, Page, List, Permissions };
    std::map<std::uint32_t, Role> roles_;
    std::string widgetReference_;
    PlainDict widget_;
};

void StructureCheck::checkChain() {
    const auto& was = before_.sections();
    const auto& is = after_.sections();
    expect(is.size() == was.size() + 1, "there is not exactly one new section");
    if (is.size() != was.size() + 1) return;
    for (std::size_t i = 0; i < was.size(); ++i)
        expect(is[i + 1].offset == was[i].offset, "an earlier section is not reached where it was");
    expect(is.front().isStream == was.front().isStream,
           "the new section is of another kind than the last one");
    expect(after_.base() == before_.base(), "offsets count from another place");
    for (const char* key : {"Root", "Info", "ID", "Encrypt"})
        expect(plainValue(is.front().trailer, key) == before_.trailer(key),
               std::string("the trailer's /") + key + " changed");
    const std::uint64_t size = std::strtoull(plainValue(is.front().trailer, "Size").c_str(), nullptr, 10);
    for (const PlainSection& section : is)
        for (const auto& [number, place] : section.places)
            if (number >= size) return expect(false, "the trailer's /Size is too small");
}

void StructureCheck::checkPlaces() {
    for (const auto& [number, place] : after_.sections().front().places) {
        const std::string name = "object " + std::to_string(number);
        const std::size_t at = after_.base() + place.at;
        expect(place.isUsed && !place.isInStream && at >= original_.size() && at < sealed_.size(),
               name + " is not in the tail");
        const std::string_view text = sealed_.substr(std::min(at, sealed_.size()), 32);
        expect(text.substr(0, std::to_string(number).size() + 1) == std::to_string(number) + " " &&
                   text.find(" obj") != std::string_view::npos,
               name + " is not where its entry says");
    }
}

// Which objects they are is read from the sealed file: that is what readers will follow.
void StructureCheck::findRoles() {
    const auto& fresh = after_.sections().front().places;
    for (const auto& [number, place] : fresh) {
        const PlainDict dict = plainDict(after_.object(number).value_or("")).value_or(PlainDict());
        if (before_.place(number) == nullptr && plainValue(dict, "Subtype") == "/Widget") {
            widget_ = dict;
            widgetReference_ = std::to_string(number) + " 0 R";
        }
    }
    expect(!widget_.empty(), "there is no new signature field");
    const auto dictAt = [&](const std::string& value) {
        const auto number = plainReference(value);
        return plainDict(number ? after_.object(*number).value_or("") : value).value_or(PlainDict());
    };
    const auto mark = [&](const std::string& value, Role role) {
        if (const auto number = plainReference(value)) roles_.try_emplace(*number, role);
    };
    const std::string root = after_.trailer("Root"), page = plainValue(widget_, "P");
    const PlainDict catalog = dictAt(root);
    const std::string form = plainValue(catalog, "AcroForm");
    mark(root, Role::Catalog);
    mark(form, Role::Form);
    mark(page, Role::Page);
    mark(plainValue(dictAt(form), "Fields"), Role::List);
    mark(plainValue(dictAt(page), "Annots"), Role::List);
    mark(plainValue(catalog, "Perms"), Role::Permissions);
    const std::string fields = plainValue(dictAt(form), "Fields"),
                      annotations = plainValue(dictAt(page), "Annots");
    for (const std::string& list : {fields, annotations}) {
        const auto number = plainReference(list);
        const std::string text = number ? after_.object(*number).value_or("") : list;
        expect(text.find(widgetReference_) != std::string::npos,
               "the new field is not in /Fields and /Annots");
    }
}

bool StructureCheck::isListWithOneMore(const std::string& was, const std::string& is) const {
    if (was.size() < 2 || was.front() != '[') return is == "[" + widgetReference_ + "]";
    return is == was.substr(0, was.size() - 1) + " " + widgetReference_ + "]";
}

void StructureCheck::compareChanged(const std::string& name, const std::string& key, const std::string& was,
                                    const std::string& is) {
    const std::string where = name + " /" + key;
    if (key == "AcroForm" && !was.empty() && was.front() == '<')
        return compareDicts(where, was, is, {"Fields", "SigFlags"});
    if (key == "Perms" && !was.empty() && was.front() == '<') return compareDicts(where, was, is, {"DocMDP"});
    if (key == "SigFlags")
        return expect(is.find_first_not_of("0123456789") == std::string::npos, where + " is no number");
    if (key == "Fields" || key == "Annots") {
        // A lone annotation becomes the first of a list.
        const bool isWrapped = plainReference(was) && is == "[" + was + " " + widgetReference_ + "]";
        return expect(isWrapped || isListWithOneMore(was, is),
                      where + " is not the old list and the new field");
    }
}

void StructureCheck::compareDicts(const std::string& name, const std::string& was, const std::string& is,
                                  std::initializer_list<std::string_view> mayChange) {
    const auto old = plainDict(was), now = plainDict(is);
    if (!old || !now) return expect(false, name + " is no dictionary");
    std::size_t i = 0;
    for (; i < old->size(); ++i) {
        if (i >= now->size() || (*now)[i].first != (*old)[i].first)
            return expect(false, name + " lost or moved /" + (*old)[i].first);
        const auto& [key, value] = (*now)[i];
        if (value == (*old)[i].second) continue;
        if (std::find(mayChange.begin(), mayChange.end(), key) == mayChange.end())
            expect(false, name + " changed /" + key);
        else
            compareChanged(name, key, (*old)[i].second, value);
    }
    for (; i < now->size(); ++i)
        expect(std::find(mayChange.begin(), mayChange.end(), (*now)[i].first) != mayChange.end(),
               name + " got /" + (*now)[i].first);
}

void StructureCheck::checkOverridden(std::uint32_t number) {
    const std::string name = "object " + std::to_string(number);
    const auto role = roles_.find(number);
    if (role == roles_.end()) return expect(false, name + " was written again without need");
    const auto was = before_.object(number), is = after_.object(number);
    // An object out of an encrypted stream cannot be compared without the key.
    if (!was && !before_.trailer("Encrypt").empty() && before_.place(number)->isInStream) return;
    if (!was || !is) return expect(false, name + " cannot be read");
    switch (role->second) {
        case Role::Catalog:
            // One object may be both.
            return compareDicts(name, *was, *is, {"AcroForm", "Perms", "Annots", "Fields", "SigFlags"});
        case Role::Form: return compareDicts(name, *was, *is, {"Fields", "SigFlags"});
        case Role::Page: return compareDicts(name, *was, *is, {"Annots"});
        case Role::Permissions: return compareDicts(name, *was, *is, {"DocMDP"});
        case Role::List:
            return expect(isListWithOneMore(*was, *is), name + " is not the old list and the new field");
    }
}

void StructureCheck::checkSignature() {
    const auto number = plainReference(plainValue(widget_, "V"));
    const PlainDict dict = plainDict(number ? after_.object(*number).value_or("") : "").value_or(PlainDict());
    expect(plainValue(dict, "Type") == "/Sig" && plainValue(dict, "SubFilter") == "/ETSI.CAdES.detached",
           "the new field has no PAdES signature");
    const std::string contents = plainValue(dict, "Contents");
    const std::string range = plainValue(dict, "ByteRange");
    std::uint64_t numbers[4] = {};
    const char* at = range.c_str() + (range.empty() ? 0 : 1);
    for (std::uint64_t& value : numbers) {
        char* end = nullptr;
        value = std::strtoull(at, &end, 10);
        at = end;
    }
    const bool isWhole =
        numbers[0] == 0 && numbers[2] >= numbers[1] && numbers[2] + numbers[3] == sealed_.size();
    expect(isWhole, "the byte range does not cover the file");
    if (!isWhole) return;
    expect(sealed_.substr(numbers[1], numbers[2] - numbers[1]) == contents && contents.size() > 2 &&
               contents.find_first_not_of("0123456789abcdefABCDEF", 1) == contents.size() - 1,
           "the gap of the byte range is not the signature's contents");
}

std::vector<std::string> StructureCheck::run() {
    expect(sealed_.substr(0, original_.size()) == original_, "the original's bytes changed");
    expect(before_.error().empty(), "the original cannot be read: " + before_.error());
    expect(after_.error().empty(), "the sealed file cannot be read: " + after_.error());
    if (!faults_.empty()) return faults_;
    checkChain();
    if (!faults_.empty()) return faults_;
    checkPlaces();
    findRoles();
    for (const auto& [number, place] : after_.sections().front().places)
        if (const PlainSection::Place* old = before_.place(number); old != nullptr && old->isUsed)
            checkOverridden(number);
    checkSignature();
    return faults_;
}

}  // namespace

std::vector<std::string> structureFaults(std::string_view original, std::string_view sealed) {
    return StructureCheck(original, sealed).run();
}

}  // namespace greffe::pdf
