// SPDX-License-Identifier: Apache-2.0
// Fills a part of a plan from checked options: their names are the plan's keys. An option that is missing or
// was reported leaves the field as it is.
#pragma once

#include "base/json.h"
#include "config/plan_fields.h"

#include <type_traits>

namespace greffe {

class OptionFields {
public:
    explicit OptionFields(const Json& options) : options_(options) {}

    void field(const char* key, std::string& value) {
        if (const Json& found = memberOf(options_, key); found.is_string()) value = found.get<std::string>();
    }
    void flag(const char* key, bool& value) { field(key, value); }
    template <class T>
    void optional(const char* key, T& value) {
        field(key, value);
    }
    void field(const char* key, bool& value) {
        if (const Json& found = memberOf(options_, key); found.is_boolean()) value = found.get<bool>();
    }
    template <class T>
    std::enable_if_t<std::is_integral_v<T>> field(const char* key, T& value) {
        if (const Json& found = memberOf(options_, key);
            found.is_number_integer() && found.get<std::int64_t>() >= 0)
            value = static_cast<T>(found.get<std::int64_t>());
    }
    template <class T>
    std::enable_if_t<std::is_enum_v<T>> field(const char* key, T& value) {
        const std::string name = textOf(options_, key);
        for (int i = 0; i < 3; ++i)
            if (nameOf(static_cast<T>(i)) == name) value = static_cast<T>(i);
    }
    void field(const char* key, std::vector<std::string>& values) {
        for (const Json& value : memberOf(options_, key))
            if (value.is_string()) values.push_back(value.get<std::string>());
    }
    void field(const char*, std::map<std::string, std::string>&) {}
    void json(const char*, std::string&) {}
    template <class T>
    void part(const char* key, T& value) {
        OptionFields inner(memberOf(options_, key));
        walk(inner, value);
    }
    template <class T>
    void parts(const char*, T&) {}

private:
    const Json& options_;
};

template <class T>
void fillFrom(const Json& options, T& part) {
    OptionFields fields(options);
    walk(fields, part);
}

}  // namespace greffe
