// SPDX-License-Identifier: Apache-2.0
// Checks the members of a JSON body against the rules of the sheet (1.5 - 1.7) and collects what is wrong
// with them, named as the API names it: "fields[0].page".
#pragma once

#include "base/json.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::simulators {

struct InvalidParameter {
    std::string name, reason;
};

class Parameters {
public:
    // `body` and `problems` must outlive it; `prefix` stands before each name.
    Parameters(const Json& body, std::vector<InvalidParameter>& problems, std::string prefix = {});

    enum class Need { Required, Optional };
    bool has(const std::string& key) const { return !memberOf(body_, key).is_null(); }

    // Text of so many characters (bytes above 0x7F count by character); empty when absent or wrong.
    std::string text(const std::string& key, Need need, std::size_t shortest, std::size_t longest);
    // No HTML tag, URL, e-mail address, blank at either end.
    std::string safeText(const std::string& key, Need need, std::size_t longest);
    // Letters, digits, blanks, ` ' ( ) -
    std::string personName(const std::string& key);
    std::string mailAddress(const std::string& key);
    std::string externalId(const std::string& key);
    std::string uri(const std::string& key, std::size_t longest);
    std::string choice(const std::string& key, Need need, const std::vector<std::string>& values);
    bool flag(const std::string& key, Need need = Need::Optional);
    std::optional<std::int64_t> integer(const std::string& key, Need need, std::int64_t lowest,
                                        std::int64_t highest);
    // yyyy-mm-dd, a day that there is.
    std::string date(const std::string& key, Need need);
    // The member when it is an object; an empty object otherwise.
    const Json& object(const std::string& key, Need need = Need::Optional);
    const Json& array(const std::string& key, Need need = Need::Optional);

    void complain(const std::string& key, const std::string& reason);
    // Complains of members that nothing above asked for, `alsoKnown` aside.
    void refuseOthers(const std::vector<std::string>& alsoKnown = {});
    std::string nameOf(const std::string& key) const { return prefix_ + key; }

private:
    const Json& look(const std::string& key, Need need);
    std::optional<std::string> textValue(const std::string& key, Need need);

    const Json& body_;
    std::vector<InvalidParameter>& problems_;
    std::string prefix_;
    std::vector<std::string> asked_;
};

std::size_t countCharacters(std::string_view utf8);
// Days since 1970-01-01 of a yyyy-mm-dd; nothing for a day that there is not.
std::optional<std::int64_t> dayNumber(const std::string& date);

}  // namespace greffe::simulators
