// SPDX-License-Identifier: Apache-2.0
// placeInJson: the parser forgets where a value stood, and people want to know. The text was parsed before,
// so this walk may be simple: it never sees anything but valid JSON, and only must not run over the end.
#include "base/json_place.h"

#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace greffe {
namespace {

// The text was parsed before, so this may be simple: it sees nothing but valid JSON, and only must not run
// over the end.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) { skipBlanks(); }

    std::size_t at() const { return at_; }

    // Stands at the value of the member; `keyAt` is where its key begins. False when there is none.
    bool enterMember(const std::string& key, std::size_t& keyAt) {
        if (current() != '{') return false;
        for (step(); current() == '"'; step()) {
            keyAt = at_;
            const std::string_view raw = readText();
            step();  // the colon
            if (storedJson(raw) == key) return true;
            skipValue();
            if (current() != ',') return false;
        }
        return false;
    }

    bool enterItem(const std::string& index) {
        if (current() != '[') return false;
        step();
        for (std::size_t left = std::strtoul(index.c_str(), nullptr, 10); left > 0; --left) {
            skipValue();
            if (current() != ',') return false;
            step();
        }
        return current() != ']';
    }

private:
    char current() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skipBlanks() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    void step() {
        ++at_;
        skipBlanks();
    }
    // With its quotes; stands behind it and the blanks that follow.
    std::string_view readText() {
        const std::size_t start = at_;
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        const std::string_view raw = text_.substr(start, at_ + 1 - start);
        step();
        return raw;
    }
    void skipValue() {
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                readText();
                if (depth == 0) return;
                continue;
            }
            if (depth == 0 && (c == ',' || c == ']' || c == '}')) return;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            step();
            if (depth == 0 && (c == '}' || c == ']')) return;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::string positionInText(std::string_view text, std::size_t byte) {
    byte = std::min(byte, text.size());
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n') + 1;
    const auto lastBreak = text.rfind('\n', byte == 0 ? 0 : byte - 1);
    const std::size_t lineStart = lastBreak == std::string_view::npos || byte == 0 ? 0 : lastBreak + 1;
    return fmt::format("line {} column {}", line, byte - lineStart + 1);
}

std::size_t placeInJson(std::string_view text, const std::vector<std::string>& path) {
    Walk walk(text);
    std::size_t place = walk.at();
    for (const std::string& part : path) {
        std::size_t keyAt = place;
        if (walk.enterMember(part, keyAt)) {
            place = keyAt;
        } else if (walk.enterItem(part)) {
            place = walk.at();
        } else {
            break;
        }
    }
    return place;
}

}  // namespace greffe
