// SPDX-License-Identifier: Apache-2.0
// Reads an instance's options, or a step's params, and reports what is wrong with the option's name. The host
// has checked them against the schema already; what this adds is the plugin's own defaults, and that a schema
// which is looser than the code cannot hurt.
//
//   sdk::OptionsReader options(optionsJson, problems);
//   title_ = options.text("title", "Contents");
//   timeoutSeconds_ = options.whole("timeout_seconds", 30, 1, 300);
//   return options.finish();        // reports keys that nobody read
#pragma once

#include <greffe/sdk/json.h>
#include <greffe/types.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::sdk {

class OptionsReader {
public:
    OptionsReader(Slice json, Problems& problems) : problems_(problems) {
        std::string problem;
        auto parsed = JsonValue::parse(json.empty() ? std::string_view("{}") : json.view(), &problem);
        if (!parsed || parsed->kind() != JsonValue::Kind::Object)
            error("",
                  "the options are not a JSON object" + (problem.empty() ? std::string() : ": " + problem));
        else
            options_ = std::move(*parsed);
    }

    // The text, or the fallback when the option is absent.
    std::string text(std::string_view name, std::string_view fallback = {}) {
        const JsonValue& value = take(name);
        if (!value.isNull() && value.kind() != JsonValue::Kind::Text) error(name, "a text is expected");
        return std::string(value.text(fallback));
    }
    std::string requiredText(std::string_view name) {
        std::string value = text(name);
        if (value.empty() && options_[name].isNull()) error(name, "this option is required");
        return value;
    }
    // One of `allowed`, of which the first is the fallback.
    std::string choice(std::string_view name, const std::vector<std::string_view>& allowed) {
        std::string value = text(name, allowed.front());
        std::string names;
        for (const std::string_view one : allowed) {
            if (one == value) return value;
            names += names.empty() ? "" : ", ";
            names += one;
        }
        error(name, "\"" + value + "\" is not one of " + names);
        return std::string(allowed.front());
    }
    std::int64_t whole(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most) {
        const JsonValue& value = take(name);
        if (value.isNull()) return fallback;
        if (value.isWhole() && value.whole() >= least && value.whole() <= most) return value.whole();
        error(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                        " is expected");
        return fallback;
    }
    bool flag(std::string_view name, bool fallback) {
        const JsonValue& value = take(name);
        if (!value.isNull() && value.kind() != JsonValue::Kind::Boolean)
            error(name, "true or false is expected");
        return value.flag(fallback);
    }
    std::vector<std::string> texts(std::string_view name) {
        const JsonValue& value = take(name);
        std::vector<std::string> all;
        if (!value.isNull() && value.kind() != JsonValue::Kind::Array)
            error(name, "a list of texts is expected");
        if (value.kind() != JsonValue::Kind::Array) return all;
        for (const JsonValue& item : value.items()) {
            if (item.kind() != JsonValue::Kind::Text) error(name, "a list of texts is expected");
            all.emplace_back(item.text());
        }
        return all;
    }
    // Anything else: the value as it is, null when absent.
    const JsonValue& json(std::string_view name) { return take(name); }
    // A secret is given to the host, never here: says only that the option is known (secrets/1 finds it).
    void secret(std::string_view name) { static_cast<void>(take(name)); }

    // A problem of the plugin's own making, about an option.
    void error(std::string_view name, std::string_view message) {
        isGood_ = false;
        problems_.error(name, message);
    }

    // Reports options that were not asked for. True when there was no error at all.
    bool finish() {
        for (const std::string& key : options_.keys())
            if (known_.count(key) == 0) error(key, "unknown option");
        return isGood_;
    }

private:
    const JsonValue& take(std::string_view name) {
        known_.emplace(name);
        return options_[name];
    }

    Problems& problems_;
    JsonValue options_ = JsonValue::object();
    std::set<std::string, std::less<>> known_;
    bool isGood_ = true;
};

}  // namespace greffe::sdk
