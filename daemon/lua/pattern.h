// SPDX-License-Identifier: Apache-2.0
// Lua's patterns with a brake. The library's own matcher runs inside one instruction of the machine, where no
// hook ever fires: `(".-.-.-.-b"):find` on 600 bytes takes hours (M8). This one counts its steps and asks now
// and then whether it should go on.
//
// The pattern is first made into items, each with the set of bytes it takes; matching recurses once an item
// at most, so its depth is bounded by the pattern's length. Knows nothing of Lua's state; no destructors (see
// sandbox.h).
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace greffe::lua {

inline constexpr std::size_t kMaxPatternItems = 128;
inline constexpr std::size_t kMaxCaptures = 32;

class Pattern {
public:
    // `anchors`: whether a leading ^ ties the match to its start (not in gmatch). Null, or what is wrong with
    // it.
    const char* compile(std::string_view text, bool anchors);
    bool isAnchored() const { return isAnchored_; }
    std::size_t captureCount() const { return captureCount_; }

private:
    friend class PatternMatch;
    using Bytes = std::bitset<256>;
    enum class Kind : std::uint8_t { Set, Balance, Frontier, Open, OpenPosition, Close, Back, AtEnd };
    enum class Repeat : std::uint8_t { Once, Optional, Many, OneOrMore, AsFewAsPossible };
    struct Item {
        Bytes bytes;
        Kind kind = Kind::Set;
        Repeat repeat = Repeat::Once;
        unsigned char first = 0, second = 0;  // Balance: its two bytes; captures: their number
    };

    const char* readItem(std::string_view text, std::size_t& at);
    const char* readEscaped(std::string_view text, std::size_t& at);
    const char* readSet(std::string_view text, std::size_t& at, Bytes& bytes);
    Item* add(Kind kind);

    std::array<Item, kMaxPatternItems> items_;
    std::size_t count_ = 0;
    std::size_t captureCount_ = 0;
    std::array<unsigned char, kMaxCaptures> open_;
    std::size_t openCount_ = 0;
    std::bitset<kMaxCaptures> closed_;
    bool isAnchored_ = false;
};

struct PatternCapture {
    std::size_t begin = 0;
    std::size_t size = 0;
    bool isPosition = false;
};

class PatternMatch {
public:
    // shouldStop: told of the steps done since it was last asked, and so counts them.
    PatternMatch(const Pattern& pattern, std::string_view subject, bool (*shouldStop)(void*, std::size_t),
                 void* context)
        : pattern_(pattern), subject_(subject), shouldStop_(shouldStop), context_(context) {}

    // Whether the pattern fits exactly here; its end is then end().
    bool fitsAt(std::size_t position);
    // The first place from `position` on where it fits (only there when anchored); its begin is then begin().
    bool find(std::size_t position);
    bool isStopped() const { return isStopped_; }

    std::size_t begin() const { return begin_; }
    std::size_t end() const { return end_; }
    const PatternCapture& capture(std::size_t number) const { return captures_[number]; }

private:
    static constexpr std::size_t kNoMatch = static_cast<std::size_t>(-1);

    bool tick(std::size_t steps);
    std::size_t run(std::size_t item, std::size_t at);
    std::size_t runRepeated(std::size_t item, std::size_t at);
    std::size_t runBalance(const Pattern::Item& item, std::size_t at);
    bool takes(const Pattern::Item& item, std::size_t at) const {
        return at < subject_.size() && item.bytes.test(static_cast<unsigned char>(subject_[at]));
    }
    bool isFrontier(const Pattern::Item& item, std::size_t at) const;

    const Pattern& pattern_;
    std::string_view subject_;
    bool (*shouldStop_)(void*, std::size_t);
    void* context_;
    std::array<PatternCapture, kMaxCaptures> captures_{};
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t steps_ = 0;
    bool isStopped_ = false;
};

static_assert(std::is_trivially_destructible_v<Pattern> && std::is_trivially_destructible_v<PatternMatch>);

// No byte of the text means anything but itself.
bool isPlainPattern(std::string_view text);

}  // namespace greffe::lua
