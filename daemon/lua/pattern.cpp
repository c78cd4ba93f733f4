// SPDX-License-Identifier: Apache-2.0
#include "lua/pattern.h"

namespace greffe::lua {
namespace {

using Bytes = std::bitset<256>;
constexpr std::size_t kStepsBetweenQuestions = 1024;
constexpr const char* kTooLong = "pattern too complex";

// The classes of the "C" locale, whatever the process's is.
bool isInClass(unsigned char letter, int c) {
    const bool isUpper = c >= 'A' && c <= 'Z';
    const bool isLower = c >= 'a' && c <= 'z';
    const bool isDigit = c >= '0' && c <= '9';
    const bool isPrinted = c > ' ' && c < 0x7F;
    switch (letter) {
        case 'a': return isUpper || isLower;
        case 'c': return c < ' ' || c == 0x7F;
        case 'd': return isDigit;
        case 'g': return isPrinted;
        case 'l': return isLower;
        case 'p': return isPrinted && !isUpper && !isLower && !isDigit;
        case 's': return c == ' ' || (c >= '\t' && c <= '\r');
        case 'u': return isUpper;
        case 'w': return isUpper || isLower || isDigit;
        case 'x': return isDigit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
        default: return false;
    }
}

// "%a", "%A" or "%." : what the byte after the % stands for.
Bytes escapedBytes(unsigned char letter) {
    const auto lower =
        static_cast<unsigned char>(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
    Bytes bytes;
    for (int c = 0; c < 256; ++c)
        if (isInClass(lower, c)) bytes.set(static_cast<std::size_t>(c));
    if (bytes.none()) return Bytes().set(letter);
    return lower == letter ? bytes : ~bytes;
}

unsigned char byteAt(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

}  // namespace

bool isPlainPattern(std::string_view text) {
    return text.find_first_of("^$*+?.([%-") == std::string_view::npos;
}

Pattern::Item* Pattern::add(Kind kind) {
    if (count_ == items_.size()) return nullptr;
    Item& item = items_[count_++];
    item = Item();
    item.kind = kind;
    return &item;
}

const char* Pattern::compile(std::string_view text, bool anchors) {
    count_ = captureCount_ = openCount_ = 0;
    closed_.reset();
    std::size_t at = 0;
    isAnchored_ = anchors && !text.empty() && text[0] == '^';
    if (isAnchored_) ++at;
    while (at < text.size())
        if (const char* problem = readItem(text, at)) return problem;
    return openCount_ == 0 ? nullptr : "unfinished capture";
}

const char* Pattern::readItem(std::string_view text, std::size_t& at) {
    const char c = text[at];
    if (c == '(') {
        if (captureCount_ == kMaxCaptures) return "too many captures";
        const bool isPosition = at + 1 < text.size() && text[at + 1] == ')';
        Item* const item = add(isPosition ? Kind::OpenPosition : Kind::Open);
        if (item == nullptr) return kTooLong;
        item->first = static_cast<unsigned char>(captureCount_++);
        if (isPosition) {
            closed_.set(item->first);
        } else {
            open_[openCount_++] = item->first;
        }
        at += isPosition ? 2 : 1;
        return nullptr;
    }
    if (c == ')') {
        if (openCount_ == 0) return "invalid pattern capture";
        Item* const item = add(Kind::Close);
        if (item == nullptr) return kTooLong;
        item->first = open_[--openCount_];
        closed_.set(item->first);
        ++at;
        return nullptr;
    }
    if (c == '$' && at + 1 == text.size()) {
        ++at;
        return add(Kind::AtEnd) == nullptr ? kTooLong : nullptr;
    }
    if (c == '%') {
        if (at + 1 >= text.size()) return "malformed pattern (ends with '%')";
        const unsigned char next = byteAt(text, at + 1);
        if (next == 'b' || next == 'f' || (next >= '0' && next <= '9')) return readEscaped(text, at);
    }
    Item* const item = add(Kind::Set);
    if (item == nullptr) return kTooLong;
    if (c == '%') {
        item->bytes = escapedBytes(byteAt(text, at + 1));
        at += 2;
    } else if (c == '[') {
        if (const char* problem = readSet(text, at, item->bytes)) return problem;
    } else {
        item->bytes = c == '.' ? ~Bytes() : Bytes().set(byteAt(text, at));
        ++at;
    }
    if (at < text.size()) {
        switch (text[at]) {
            case '?': item->repeat = Repeat::Optional; break;
            case '*': item->repeat = Repeat::Many; break;
            case '+': item->repeat = Repeat::OneOrMore; break;
            case '-': item->repeat = Repeat::AsFewAsPossible; break;
            default: return nullptr;
        }
        ++at;
    }
    return nullptr;
}

const char* Pattern::readEscaped(std::string_view text, std::size_t& at) {
    const unsigned char letter = byteAt(text, at + 1);
    if (letter == 'b') {
        if (at + 3 >= text.size()) return "malformed pattern (missing arguments to '%b')";
        Item* const item = add(Kind::Balance);
        if (item == nullptr) return kTooLong;
        item->first = byteAt(text, at + 2);
        item->second = byteAt(text, at + 3);
        at += 4;
        return nullptr;
    }
    if (letter == 'f') {
        at += 2;
        if (at >= text.size() || text[at] != '[') return "missing '[' after '%f' in pattern";
        Item* const item = add(Kind::Frontier);
        return item == nullptr ? kTooLong : readSet(text, at, item->bytes);
    }
    const int number = letter - '1';
    if (number < 0 || static_cast<std::size_t>(number) >= captureCount_ ||
        !closed_.test(static_cast<std::size_t>(number)))
        return "invalid capture index";
    Item* const item = add(Kind::Back);
    if (item == nullptr) return kTooLong;
    item->first = static_cast<unsigned char>(number);
    at += 2;
    return nullptr;
}

const char* Pattern::readSet(std::string_view text, std::size_t& at, Bytes& bytes) {
    constexpr const char* kUnfinished = "malformed pattern (missing ']')";
    ++at;
    const bool isComplement = at < text.size() && text[at] == '^';
    if (isComplement) ++at;
    bool isFirst = true;  // a ']' in first place is an ordinary byte
    while (isFirst || at >= text.size() || text[at] != ']') {
        if (at >= text.size()) return kUnfinished;
        isFirst = false;
        if (text[at] == '%') {
            if (at + 1 >= text.size()) return kUnfinished;
            bytes |= escapedBytes(byteAt(text, at + 1));
            at += 2;
        } else if (at + 2 < text.size() && text[at + 1] == '-' && text[at + 2] != ']') {
            for (int c = byteAt(text, at); c <= byteAt(text, at + 2); ++c)
                bytes.set(static_cast<std::size_t>(c));
            at += 3;
        } else {
            bytes.set(byteAt(text, at++));
        }
    }
    ++at;
    if (isComplement) bytes.flip();
    return nullptr;
}

bool PatternMatch::tick(std::size_t steps) {
    steps_ += steps;
    if (!isStopped_ && steps_ >= kStepsBetweenQuestions) {
        isStopped_ = shouldStop_(context_, steps_);
        steps_ = 0;
    }
    return !isStopped_;
}

bool PatternMatch::fitsAt(std::size_t position) {
    begin_ = position;
    end_ = run(0, position);
    return end_ != kNoMatch;
}

bool PatternMatch::find(std::size_t position) {
    for (;; ++position) {
        if (fitsAt(position)) return true;
        if (isStopped_ || pattern_.isAnchored() || position >= subject_.size()) return false;
    }
}

bool PatternMatch::isFrontier(const Pattern::Item& item, std::size_t at) const {
    const unsigned char before = at == 0 ? 0 : byteAt(subject_, at - 1);
    const unsigned char here = at < subject_.size() ? byteAt(subject_, at) : 0;
    return !item.bytes.test(before) && item.bytes.test(here);
}

std::size_t PatternMatch::run(std::size_t number, std::size_t at) {
    using Kind = Pattern::Kind;
    for (; number < pattern_.count_; ++number) {
        if (!tick(1)) return kNoMatch;
        const Pattern::Item& item = pattern_.items_[number];
        switch (item.kind) {
            case Kind::Set:
                if (item.repeat != Pattern::Repeat::Once) return runRepeated(number, at);
                if (!takes(item, at)) return kNoMatch;
                ++at;
                break;
            case Kind::AtEnd:
                if (at != subject_.size()) return kNoMatch;
                break;
            case Kind::Frontier:
                if (!isFrontier(item, at)) return kNoMatch;
                break;
            case Kind::Balance:
                at = runBalance(item, at);
                if (at == kNoMatch) return kNoMatch;
                break;
            // A capture is only read once its whole match stands, or by a back reference behind it: what a
            // failed try left in it is written over by the next.
            case Kind::OpenPosition: captures_[item.first] = {at, 0, true}; break;
            case Kind::Open: captures_[item.first] = {at, 0, false}; break;
            case Kind::Close: captures_[item.first].size = at - captures_[item.first].begin; break;
            case Kind::Back: {
                const PatternCapture& capture = captures_[item.first];
                if (!tick(capture.size) ||
                    subject_.substr(at, capture.size) != subject_.substr(capture.begin, capture.size))
                    return kNoMatch;
                at += capture.size;
                break;
            }
        }
    }
    return at;
}

std::size_t PatternMatch::runRepeated(std::size_t number, std::size_t at) {
    using Repeat = Pattern::Repeat;
    const Pattern::Item& item = pattern_.items_[number];
    // A later item can write a capture that this try read before: keep what was there.
    const std::array<PatternCapture, kMaxCaptures> before = captures_;
    if (item.repeat == Repeat::AsFewAsPossible) {
        for (;; ++at) {
            if (!tick(1)) return kNoMatch;
            if (const std::size_t end = run(number + 1, at); end != kNoMatch) return end;
            captures_ = before;
            if (!takes(item, at)) return kNoMatch;
        }
    }
    std::size_t most = 0;
    const std::size_t limit = item.repeat == Repeat::Optional ? 1 : subject_.size();
    while (most < limit && takes(item, at + most))
        ++most;
    if (!tick(most)) return kNoMatch;
    const std::size_t least = item.repeat == Repeat::OneOrMore ? 1 : 0;
    for (std::size_t count = most + 1; count-- > least;) {
        if (!tick(1)) return kNoMatch;
        if (const std::size_t end = run(number + 1, at + count); end != kNoMatch) return end;
        captures_ = before;
    }
    return kNoMatch;
}

std::size_t PatternMatch::runBalance(const Pattern::Item& item, std::size_t at) {
    if (at >= subject_.size() || byteAt(subject_, at) != item.first) return kNoMatch;
    std::size_t depth = 1;
    for (std::size_t i = at + 1; i < subject_.size(); ++i) {
        const unsigned char c = byteAt(subject_, i);
        // The closing byte first: %b"" has two of the same.
        if (c == item.second) {
            if (--depth == 0) return tick(i - at) ? i + 1 : kNoMatch;
        } else if (c == item.first) {
            ++depth;
        }
    }
    tick(subject_.size() - at);
    return kNoMatch;
}

}  // namespace greffe::lua
