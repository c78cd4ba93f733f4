// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/json_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace greffe {
namespace {

// Watches the events of nlohmann's parser: stops at a depth, and at a key that an object already has. The default
// parser keeps the last of two equal keys, and two readers would then see two documents.
class StrictBuilder {
public:
    // parsedTo: where the parser stands.
    StrictBuilder(std::string_view text, const char* const& parsedTo, std::size_t maxDepth)
        : text_(text), parsedTo_(parsedTo), maxDepth_(maxDepth) {}

    bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
        using Event = Json::parse_event_t;
        if (static_cast<std::size_t>(depth) > maxDepth_) {
            problem_ = fmt::format("nested deeper than {} levels", maxDepth_);
            throw std::length_error(problem_);
        }
        switch (event) {
            case Event::object_start: keys_.emplace_back(); break;
            case Event::object_end: keys_.pop_back(); break;
            case Event::key:
                if (!keys_.back().insert(parsed.get<std::string>()).second) {
                    problem_ = fmt::format("{}: key \"{}\" stands twice in one object", positionInText(text_, keyStart()),
                                           parsed.get<std::string>());
                    throw std::length_error(problem_);
                }
                break;
            default: break;
        }
        return true;
    }

private:
    // The opening quote of the key whose closing quote was just read: inside a key every quote is behind an odd number of
    // backslashes.
    std::size_t keyStart() const {
        const auto end = static_cast<std::size_t>(parsedTo_ - text_.data());
        for (std::size_t at = end < 2 ? 0 : end - 2; at > 0; --at) {
            if (text_[at] != '"') continue;
            std::size_t backslashes = 0;
            while (backslashes < at && text_[at - 1 - backslashes] == '\\') ++backslashes;
            if (backslashes % 2 == 0) return at;
        }
        return 0;
    }

    std::string_view text_;
    const char* const& parsedTo_;
    std::size_t maxDepth_;
    std::string problem_;
    std::vector<std::set<std::string>> keys_;
};

// Reads like a pointer and tells where it stands: the parser's own callbacks do not say.
struct WatchedIterator {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    const char* at;
    const char** farthest;

    reference operator*() const { return *at; }
    WatchedIterator& operator++() {
        *farthest = ++at;
        return *this;
    }
    friend bool operator==(const WatchedIterator& a, const WatchedIterator& b) { return a.at == b.at; }
    friend bool operator!=(const WatchedIterator& a, const WatchedIterator& b) { return a.at != b.at; }
};

}  // namespace

Result<Json> parseJson(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.maxBytes)
        return makeError(Errc::Invalid, fmt::format("JSON of {} bytes, at most {} are read", text.size(), limits.maxBytes));
    // The parser recurses nowhere, but its destructor and our readers do: the depth is checked before anything is built.
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool inText = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inText) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                inText = false;
            }
        } else if (c == '"') {
            inText = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
            if (deepest > limits.maxDepth)
                return makeError(Errc::Invalid,
                                 fmt::format("JSON {}: nested deeper than {} levels", positionInText(text, i), limits.maxDepth));
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    const char* parsedTo = text.data();
    try {
        StrictBuilder strict(text, parsedTo, limits.maxDepth);
        return Json::parse(WatchedIterator{text.data(), &parsedTo},
                           WatchedIterator{text.data() + text.size(), &parsedTo}, std::ref(strict));
    } catch (const Json::parse_error& error) {
        std::string what = error.what();
        if (const auto colon = what.find(": "); colon != std::string::npos) what = what.substr(colon + 2);
        return makeError(Errc::Invalid, fmt::format("JSON {}: {}", positionInText(text, error.byte == 0 ? 0 : error.byte - 1), what));
    } catch (const Json::exception& error) {  // a number too large
        std::string what = error.what();
        if (const auto bracket = what.find("] "); bracket != std::string::npos) what = what.substr(bracket + 2);
        const auto byte = static_cast<std::size_t>(parsedTo - text.data());
        return makeError(Errc::Invalid, fmt::format("JSON {}: {}", positionInText(text, byte == 0 ? 0 : byte - 1), what));
    } catch (const std::exception& error) {
        return makeError(Errc::Invalid, fmt::format("JSON {}", error.what()));
    }
}

std::string dumpJson(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& memberOf(const Json& object, std::string_view key) {
    static const Json kNull;
    if (!object.is_object()) return kNull;
    const auto found = object.find(key);
    return found == object.end() ? kNull : *found;
}

std::string textOf(const Json& object, std::string_view key, std::string_view fallback) {
    const Json& member = memberOf(object, key);
    return member.is_string() ? member.get<std::string>() : std::string(fallback);
}

std::int64_t numberOf(const Json& object, std::string_view key, std::int64_t fallback) {
    const Json& member = memberOf(object, key);
    if (member.is_number_float()) {
        const double value = member.get<double>();
        return value > -9e18 && value < 9e18 ? static_cast<std::int64_t>(value) : fallback;
    }
    return member.is_number() ? member.get<std::int64_t>() : fallback;
}

bool boolOf(const Json& object, std::string_view key, bool fallback) {
    const Json& member = memberOf(object, key);
    return member.is_boolean() ? member.get<bool>() : fallback;
}

}  // namespace greffe
