// SPDX-License-Identifier: Apache-2.0
#include "intake/slot_mapping.h"

#include "base/bytes_text.h"
#include "base/media_type.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string stemOf(const std::string& path) {
    const std::string name = baseNameOf(path);
    const auto dot = name.rfind('.');
    return lower(dot == std::string::npos || dot == 0 ? name : name.substr(0, dot));
}

bool isCalledLike(const std::string& stem, const SlotRule& rule) {
    const std::string slot = lower(rule.name);
    if (stem == slot) return true;
    return rule.isMany && stem.size() > slot.size() + 1 && stem.compare(0, slot.size(), slot) == 0 &&
           (stem[slot.size()] == '-' || stem[slot.size()] == '_');
}

class Mapping {
public:
    Mapping(const std::vector<SlotRule>& rules, const std::vector<NamedFile>& files, NamedBy namedBy)
        : rules_(rules), files_(files), namedBy_(namedBy) {
        mapping_.slots.resize(files.size());
    }

    bool placeGiven(const std::map<std::string, std::vector<std::string>>& given) {
        for (const auto& [slot, names] : given)
            for (const std::string& name : names) {
                const SlotRule* rule = findRule(slot);
                if (rule == nullptr)
                    return fail(fmt::format("the manifest names a slot \"{}\" that does not exist", slot));
                const auto file = findFile(name);
                if (file == files_.size())
                    return fail(
                        fmt::format("the manifest names \"{}\", which is not there", displayText(name)));
                if (!mapping_.slots[file].empty())
                    return fail(fmt::format("the manifest names \"{}\" twice", displayText(name)));
                if (!place(file, *rule)) return false;
            }
        return true;
    }

    bool placeByName() {
        for (std::size_t file = 0; file < files_.size(); ++file) {
            if (!mapping_.slots[file].empty()) continue;
            for (const SlotRule& rule : rules_)
                if (isCalledLike(stemOf(files_[file].name), rule)) {
                    if (!place(file, rule)) return false;
                    break;
                }
        }
        return true;
    }

    bool placeRest() {
        std::vector<std::size_t> left;
        for (std::size_t file = 0; file < files_.size(); ++file)
            if (mapping_.slots[file].empty()) left.push_back(file);
        if (left.empty()) return true;
        std::vector<std::string> names;
        names.reserve(left.size());
        for (const std::size_t file : left)
            names.push_back(displayText(files_[file].name));
        for (const SlotRule& rule : rules_)
            if (left.size() == 1 && rule.isMandatory && count(rule) == 0 &&
                acceptsMediaType(rule.accepts, files_[left.front()].mediaType))
                return place(left.front(), rule);
        // Nothing to guess: there is one place, and it says what it wants.
        if (left.size() == 1 && rules_.size() == 1) return place(left.front(), rules_.front());
        std::vector<std::string> slots;
        for (const SlotRule& rule : rules_)
            slots.push_back(rule.name);
        return fail(
            fmt::format("no place for \"{}\": the dossier takes \"{}\"; call the files so{}",
                        fmt::join(names, "\", \""), fmt::join(slots, "\", \""),
                        namedBy_ == NamedBy::Manifest ? ", or say in manifest.json which is which" : ""));
    }

    bool isComplete() {
        for (const SlotRule& rule : rules_)
            if (rule.isMandatory && count(rule) == 0)
                return fail(fmt::format("the document \"{}\" is missing", rule.name));
        return true;
    }

    SlotMapping take() { return std::move(mapping_); }

private:
    bool fail(std::string problem) {
        mapping_.problem = std::move(problem);
        return false;
    }
    const SlotRule* findRule(const std::string& name) const {
        const auto found = std::find_if(rules_.begin(), rules_.end(),
                                        [&](const SlotRule& rule) { return rule.name == name; });
        return found == rules_.end() ? nullptr : &*found;
    }
    // By its whole name; else by the last part, when only one file is called so.
    std::size_t findFile(const std::string& name) const {
        std::size_t found = files_.size();
        std::size_t hits = 0;
        for (std::size_t file = 0; file < files_.size(); ++file) {
            if (files_[file].name == name) return file;
            if (baseNameOf(files_[file].name) != name) continue;
            found = file;
            ++hits;
        }
        return hits == 1 ? found : files_.size();
    }
    std::size_t count(const SlotRule& rule) const {
        return static_cast<std::size_t>(std::count(mapping_.slots.begin(), mapping_.slots.end(), rule.name));
    }
    bool place(std::size_t file, const SlotRule& rule) {
        const std::string name = displayText(files_[file].name);
        if (!rule.isMany && count(rule) > 0)
            return fail(
                fmt::format("\"{}\" is a second document \"{}\"; the dossier has one", name, rule.name));
        if (!acceptsMediaType(rule.accepts, files_[file].mediaType))
            return fail(fmt::format("\"{}\" is {}, which \"{}\" does not accept", name,
                                    files_[file].mediaType, rule.name));
        mapping_.slots[file] = rule.name;
        return true;
    }

    const std::vector<SlotRule>& rules_;
    const std::vector<NamedFile>& files_;
    const NamedBy namedBy_;
    SlotMapping mapping_;
};

}  // namespace

std::string baseNameOf(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

SlotMapping mapToSlots(std::vector<SlotRule> rules, const std::vector<NamedFile>& files,
                       const std::map<std::string, std::vector<std::string>>& given, NamedBy namedBy) {
    if (rules.empty()) rules.push_back({"document", true, false, {}});
    Mapping mapping(rules, files, namedBy);
    // Each says in take().problem why it stopped.
    static_cast<void>(mapping.placeGiven(given) && mapping.placeByName() && mapping.placeRest() &&
                      mapping.isComplete());
    return mapping.take();
}

}  // namespace greffe
