// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/json_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

template class nlohmann::basic_json<>;

namespace greffe {
namespace {

// Whether a number that the library took for a binary one has lost digits: a whole number beyond 64 bits, or
// more digits than a double keeps.
bool isRounded(const std::string& written) {
    if (written.find_first_of(".eE") == std::string::npos) return true;
    const std::string digits = written.substr(0, written.find_first_of("eE"));
    const auto first = digits.find_first_of("123456789");
    if (first == std::string::npos) return false;
    const auto last = digits.find_last_of("123456789");
    const auto count = std::count_if(digits.begin() + static_cast<std::ptrdiff_t>(first),
                                     digits.begin() + static_cast<std::ptrdiff_t>(last) + 1,
                                     [](char c) { return c != '.'; });
    return count > std::numeric_limits<double>::max_digits10;
}

// Builds the value from the events of nlohmann's parser, and stops at a level that is too deep and at a key
// that the object already has: the library's own builder keeps the last of two equal keys, and two readers
// would then see two documents. Depth is refused before anything is built, because destructors and our
// readers recurse.
//
// Why not the library's parse() with a callback: it moves every value once more at every level, which makes
// trees of small values take half as long again.
class StrictBuilder {
public:
    StrictBuilder(std::size_t maxDepth, bool mustBeExact) : maxDepth_(maxDepth), mustBeExact_(mustBeExact) {}

    enum class Problem { None, Syntax, Depth, DoubledKey, Inexact };
    Problem problem() const { return problem_; }
    const std::string& what() const { return what_; }
    std::size_t problemAt() const { return problemAt_; }  // bytes read when it was seen; of Syntax
    Json take() { return std::move(root_); }

    // What the parser calls. NOLINTBEGIN(readability-identifier-naming): its names
    bool null() { return add(nullptr) != nullptr; }
    bool boolean(bool value) { return add(value) != nullptr; }
    bool number_integer(Json::number_integer_t value) { return add(value) != nullptr; }
    bool number_unsigned(Json::number_unsigned_t value) { return add(value) != nullptr; }
    bool number_float(Json::number_float_t value, const std::string& written) {
        if (mustBeExact_ && isRounded(written)) {
            problem_ = Problem::Inexact;
            what_ = written;
            return false;
        }
        return add(value) != nullptr;
    }
    bool string(std::string& value) { return add(std::move(value)) != nullptr; }
    bool binary(Json::binary_t&) { return false; }  // not in text
    bool start_object(std::size_t) { return open(Json::value_t::object); }
    bool start_array(std::size_t) { return open(Json::value_t::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        const auto [place, isNew] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
        member_ = &place->second;
        if (isNew) return true;
        problem_ = Problem::DoubledKey;
        what_ = name;
        return false;
    }
    bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
        problem_ = Problem::Syntax;
        what_ = error.what();
        problemAt_ = position;
        return false;
    }
    // NOLINTEND(readability-identifier-naming)

private:
    template <class Value>
    Json* add(Value&& value) {
        if (open_.empty()) {
            root_ = std::forward<Value>(value);
            return &root_;
        }
        if (open_.back()->is_array())
            return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::forward<Value>(value));
        *member_ = std::forward<Value>(value);
        return member_;
    }
    bool open(Json::value_t kind) {
        if (open_.size() >= maxDepth_) {
            problem_ = Problem::Depth;
            return false;
        }
        // Only the last element of an array is ever open, so these pointers stay good while it grows.
        open_.push_back(add(kind));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    std::size_t maxDepth_;
    bool mustBeExact_;
    Json root_;
    std::vector<Json*> open_;  // from the outermost inwards
    Json* member_ = nullptr;   // where the value goes that follows a key
    Problem problem_ = Problem::None;
    std::string what_;
    std::size_t problemAt_ = 0;
};

// Reads like a pointer and tells where it stands: the parser's events do not say.
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
    bool operator==(const WatchedIterator& other) const { return at == other.at; }
};

// How far the builder came. Only asked for when it stopped.
std::size_t stoppedAt(std::string_view text, const JsonLimits& limits) {
    const char* parsedTo = text.data();
    StrictBuilder again(limits.maxDepth, limits.mustBeExact);
    static_cast<void>(Json::sax_parse(WatchedIterator{text.data(), &parsedTo},
                                      WatchedIterator{text.data() + text.size(), &parsedTo}, &again));
    return static_cast<std::size_t>(parsedTo - text.data());
}

// Where the first key stands that its object already has. Only asked for when there is one.
std::size_t doubledKeyAt(std::string_view text, const JsonLimits& limits) {
    // Back from its closing quote to its opening one: inside a key every quote is behind an odd number of
    // backslashes.
    const std::size_t end = stoppedAt(text, limits);
    for (std::size_t at = end < 2 ? 0 : end - 2; at > 0; --at) {
        if (text[at] != '"') continue;
        std::size_t backslashes = 0;
        while (backslashes < at && text[at - 1 - backslashes] == '\\')
            ++backslashes;
        if (backslashes % 2 == 0) return at;
    }
    return 0;
}

// Where the text first goes deeper than `maxDepth`. Only asked for when it does.
std::size_t firstTooDeep(std::string_view text, std::size_t maxDepth) {
    std::size_t depth = 0;
    bool isInText = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (isInText) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                isInText = false;
            }
        } else if (c == '"') {
            isInText = true;
        } else if (c == '{' || c == '[') {
            if (++depth > maxDepth) return i;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return text.size();
}

// Where the number begins at whose end the builder stopped: the parser looks at what follows it, too.
std::size_t inexactNumberAt(std::string_view text, const std::string& written, const JsonLimits& limits) {
    const auto found = text.rfind(written, stoppedAt(text, limits));
    return found == std::string_view::npos ? 0 : found;
}

Error problemOf(const StrictBuilder& builder, std::string_view text, const JsonLimits& limits) {
    using Problem = StrictBuilder::Problem;
    if (builder.problem() == Problem::Depth)
        return makeError(Errc::Invalid, fmt::format("JSON {}: nested deeper than {} levels",
                                                    positionInText(text, firstTooDeep(text, limits.maxDepth)),
                                                    limits.maxDepth));
    if (builder.problem() == Problem::DoubledKey)
        return makeError(Errc::Invalid,
                         fmt::format("JSON {}: key \"{}\" stands twice in one object",
                                     positionInText(text, doubledKeyAt(text, limits)), builder.what()));
    if (builder.problem() == Problem::Inexact)
        return makeError(
            Errc::Invalid,
            fmt::format("JSON {}: {} has more digits than a number keeps; give it as a text",
                        positionInText(text, inexactNumberAt(text, builder.what(), limits)), builder.what()));
    std::string what = builder.what();
    if (what.find("number overflow") != std::string::npos)
        what = "a number that is too large for anybody to count with; give it as a text";
    else if (const auto colon = what.find(": "); colon != std::string::npos)
        what = what.substr(colon + 2);
    const std::size_t at = builder.problemAt();
    return makeError(Errc::Invalid,
                     fmt::format("JSON {}: {}", positionInText(text, at == 0 ? 0 : at - 1), what));
}

}  // namespace

Result<Json> parseJson(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.maxBytes)
        return makeError(Errc::Invalid,
                         fmt::format("JSON of {} bytes, at most {} are read", text.size(), limits.maxBytes));
    // The library takes a NUL for the end of the text, and would not see what stands behind it.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        return makeError(Errc::Invalid, fmt::format("JSON {}: a NUL byte", positionInText(text, nul)));
    try {
        StrictBuilder builder(limits.maxDepth, limits.mustBeExact);
        if (!Json::sax_parse(text.begin(), text.end(), &builder)) return problemOf(builder, text, limits);
        return builder.take();
    } catch (const std::bad_alloc&) {
        throw;  // says nothing of the text: a message or a manifest would be rejected for it
    } catch (const std::exception& error) {
        return makeError(Errc::Invalid, fmt::format("JSON: {}", error.what()));
    }
}

Json storedJson(std::string_view text) {
    return Json::parse(text, nullptr, false);
}

std::string dumpJson(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string prettyJson(const Json& value) {
    return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

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
