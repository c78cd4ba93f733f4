// SPDX-License-Identifier: Apache-2.0
// One signing service and what is known of it: shared with exchanges in flight, not changed once validated.
#pragma once

#include <greffe/capability/http.h>
#include <greffe/sdk/http_exchange.h>
#include <greffe/sdk/json.h>
#include <greffe/sdk/json_parser.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace greffe::sign_rest {

struct Service {
    std::string url;     // without a slash at its end
    std::string apiKey;  // placeholder
    std::uint32_t timeoutMs = 30'000;
    std::uint64_t maxDocumentBytes = 0;

    // A request to `path` below the service's url, with its key.
    void begin(HttpRequest& request, std::string_view method, std::string_view path,
               std::uint64_t maxAnswerBytes = 1U << 20U) const;
};
using ServicePtr = std::shared_ptr<const Service>;

// The facts "remote_id", "status", "signers" and "reason" of a request as the service shows it. False: it is
// not one, and the outcome says so.
bool tellRequest(const sdk::JsonValue& shown, Outcome& outcome);

// The answer as a JSON object, or nothing: then the outcome is RetryLater(BadAnswer).
std::optional<sdk::JsonValue> objectOf(const HttpResponse& answer, Outcome& outcome);

}  // namespace greffe::sign_rest
