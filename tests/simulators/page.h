// SPDX-License-Identifier: Apache-2.0
// The admin door for people: one page, in English or French, that shows what each simulator received, which
// webhooks it sent, and which faults have still to happen. No script, nothing loaded from elsewhere; whatever
// came in is shown as text.
#pragma once

#include "simulators/admin.h"

#include <string>

namespace greffe::simulators {

struct PageRequest {
    std::string language = "en";  // or "fr"
    bool refreshes = false;       // loads itself again every few seconds
};

// `ready` is the ready line: where the services listen.
std::string simulatorsPage(const Running& running, const Json& ready, const PageRequest& asked);

// "lang" of the query, else what an Accept-Language header prefers.
PageRequest pageRequestOf(const HttpQuestion& question);

}  // namespace greffe::simulators
