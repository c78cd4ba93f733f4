// SPDX-License-Identifier: Apache-2.0
// Plays the host's wire for one sans-IO exchange in a test: sends what the plugin asks for with libcurl and
// hands it the answers, within its limits, until it has a verdict. Placeholders are filled in by FakeHost.
#pragma once

#include "loader/recorded_http_request.h"
#include "support/fake_host.h"

#include <greffe/capability/http.h>

#include <string>
#include <vector>

namespace greffe {

struct ExchangeRecord {
    std::vector<HttpRequestData> requests;  // before placeholders were filled
    std::vector<std::string> answers;       // the bodies that came back
    std::string contractBreak;              // of a request; empty: none
};

// Releases the exchange. The verdict is in `outcome`.
ExchangeRecord runExchange(HttpExchange* exchange, const FakeHost& host, Outcome& outcome);

}  // namespace greffe
