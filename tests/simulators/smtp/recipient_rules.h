// SPDX-License-Identifier: Apache-2.0
// What becomes of a mail, by its recipient. A list of rules, the first that fits counts; without one a mail
// is delivered.
//
//   {"address": "a@b.test"}  or "*@b.test", or "*"; with "does":
//     "deliver"   a report "delivered" to those who asked for success
//     "relay"     the same with "relayed": the next server knows nothing of reports
//     "bounce"    taken, then a report "failed": "status" (5.1.1), "diagnostic", "after_ms" (0), "copies"
//     (1),
//                 "return_path" (empty, as it must be: a bounce that can bounce goes round for ever)
//     "delay"     taken, then a report "delayed" after "after_ms"; "then" "deliver", "bounce" or "nothing",
//                 "then_after_ms" (0) later, with what they take
//     "refuse"    answered at RCPT: "code" (550), "text", "times" (0: for ever)
//     "full"      the same with 452, or 552 when that is the "code"
//     "greylist"  the same with 451, "times" 1, for each pair of sender and recipient
//     "never"     taken, and nothing said ever again, whoever asked
//
// Thread-safe.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace greffe::simulators {

struct RcptRefusal {
    int code = 550;
    std::string text;
};

class RecipientRules {
public:
    // Replaces all rules and forgets who was greylisted. Errc::Invalid names the rule; the old ones then
    // stay.
    Status set(const Json& rules);
    Json list() const;

    // The rule for this address; {"does": "deliver"} when none fits.
    Json ruleFor(const std::string& address) const;
    // Counts the attempt.
    std::optional<RcptRefusal> refusalOf(const std::string& sender, const std::string& address);

private:
    mutable std::mutex mutex_;
    Json rules_ = Json::array();
    std::map<std::pair<std::string, std::string>, std::int64_t> attempts_;
};

}  // namespace greffe::simulators
