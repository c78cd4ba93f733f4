// SPDX-License-Identifier: Apache-2.0
// readPlan: hostile text in, a plan or a refusal out. A fuzz target (tests/fuzz/plan_reader_fuzz.cpp).
#include "base/json.h"
#include "config/plan_fields.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace greffe {
namespace {

constexpr JsonLimits kLimits{96, kMaxPlanBytes};

Error corrupt(const std::string& what) {
    return makeError(Errc::Corrupt, "plan: " + what);
}

// Reads the fields that walk() names. The first problem is kept, the rest then reads nothing.
class PlanReader {
public:
    PlanReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
        if (!json_.is_object()) fail("is not an object");
    }

    void field(const char* key, std::string& value) {
        if (const Json* found = need(key, &Json::is_string)) value = found->get<std::string>();
    }
    void field(const char* key, bool& value) {
        if (const Json* found = need(key, &Json::is_boolean)) value = found->get<bool>();
    }
    void flag(const char* key, bool& value) { optional(key, value); }
    template <class T>
    void optional(const char* key, T& value) {
        if (json_.contains(key)) field(key, value);
    }
    template <class T>
    std::enable_if_t<std::is_integral_v<T>> field(const char* key, T& value) {
        const Json* const found = need(key, &Json::is_number_integer);
        if (found == nullptr) return;
        const auto number = found->get<std::int64_t>();
        const bool isTooLarge = found->is_number_unsigned() && found->get<std::uint64_t>() > kLargest;
        if (isTooLarge || number < 0 || static_cast<std::uint64_t>(number) > std::numeric_limits<T>::max())
            return fail(fmt::format("\"{}\" is out of range", key));
        value = static_cast<T>(number);
    }
    template <class T>
    std::enable_if_t<std::is_enum_v<T>> field(const char* key, T& value) {
        std::string name;
        field(key, name);
        if (problem_) return;
        for (int i = 0; i < 3; ++i)  // every enum of a plan has three names
            if (nameOf(static_cast<T>(i)) == name) {
                value = static_cast<T>(i);
                return;
            }
        fail(fmt::format("\"{}\" has an unknown value", key));
    }
    void field(const char* key, std::vector<std::string>& values) {
        const Json* const found = need(key, &Json::is_array);
        if (found == nullptr) return;
        for (const Json& value : *found) {
            if (!value.is_string()) return fail(fmt::format("\"{}\" holds something else than text", key));
            values.push_back(value.get<std::string>());
        }
    }
    void field(const char* key, std::map<std::string, std::string>& values) {
        const Json* const found = need(key, &Json::is_object);
        if (found == nullptr) return;
        for (const auto& [name, value] : found->items()) {
            if (!value.is_string()) return fail(fmt::format("\"{}\" holds something else than text", key));
            values[name] = value.get<std::string>();
        }
    }
    void json(const char* key, std::string& text) {
        if (const Json* found = need(key, &Json::is_object)) text = dumpJson(*found);
    }
    template <class T>
    void part(const char* key, T& value) {
        if (const Json* found = need(key, &Json::is_object)) readInner(*found, key, value);
    }
    template <class T>
    void parts(const char* key, std::vector<T>& values) {
        const Json* const found = need(key, &Json::is_array);
        if (found == nullptr) return;
        for (std::size_t i = 0; i < found->size() && !problem_; ++i)
            readInner((*found)[i], fmt::format("{}[{}]", key, i), values.emplace_back());
    }
    template <class T>
    void parts(const char* key, std::map<std::string, T>& values) {
        const Json* const found = need(key, &Json::is_object);
        if (found == nullptr) return;
        for (const auto& [name, value] : found->items())
            if (!problem_) readInner(value, fmt::format("{}.{}", key, name), values[name]);
    }

    // Every key of the object was asked for.
    Status finish(std::size_t extraKeys = 0) {
        if (!problem_ && json_.size() != asked_ + extraKeys) fail("has a key that does not belong there");
        if (problem_) return *problem_;
        return {};
    }

private:
    static constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

    const Json* need(const char* key, bool (Json::*isRight)() const noexcept) {
        if (problem_) return nullptr;
        const auto found = json_.find(key);
        if (found == json_.end()) {
            fail(fmt::format("\"{}\" is missing", key));
            return nullptr;
        }
        ++asked_;
        if (((*found).*isRight)()) return &*found;
        fail(fmt::format("\"{}\" has the wrong type", key));
        return nullptr;
    }

    template <class T>
    void readInner(const Json& json, const std::string& key, T& value) {
        PlanReader inner(json, where_ + "." + key);
        walk(inner, value);
        if (Status status = inner.finish(); !status) problem_ = status.error();
    }

    void fail(const std::string& what) {
        if (!problem_) problem_ = corrupt(where_ + ": " + what);
    }

    const Json& json_;
    std::string where_;
    std::size_t asked_ = 0;
    std::optional<Error> problem_;
};

}  // namespace

Result<Plan> readPlan(std::string_view text) {
    Result<Json> json = parseJson(text, kLimits);
    if (!json) return corrupt(json.error().message);
    if (!json->is_object()) return corrupt("not an object");
    if (memberOf(*json, "format") != Json(kPlanFormat))
        return makeError(Errc::Unsupported, "plan: written by another version of greffe",
                         "run `greffe check` so that the configuration is compiled again");
    Plan plan;
    PlanReader reader(*json, "plan");
    walk(reader, plan);
    GREFFE_TRY(reader.finish(1));
    // The name of a plan is the hash of its text: a second text for the same plan must not exist.
    if (planText(plan) != text) return corrupt("the text is not in canonical form");
    return plan;
}

}  // namespace greffe
