// SPDX-License-Identifier: Apache-2.0
// How everything in this library says no: nothing, or the typed reason why an archive is not read or written.
//
//   if (Check no = names.add(name, false)) return no;
//
// The text is for the person who sent the file and names the member, display-escaped.
#pragma once

#include <greffe/reason.h>
#include <greffe/sdk/instance.h>

#include <optional>
#include <string>
#include <utility>

namespace greffe::container {

struct Refusal {
    Reason reason = Reason::Malformed;
    std::string text;
    bool isTransient = false;  // the host asked us to stop: tried again, no fault of the file
};

using Check = std::optional<Refusal>;

inline Refusal unsafe(std::string text) {
    return {Reason::ArchiveUnsafe, std::move(text), false};
}
inline Refusal malformed(std::string text) {
    return {Reason::Malformed, std::move(text), false};
}

// Ends a call with it.
inline void tell(Outcome& outcome, const Refusal& refusal) {
    if (refusal.isTransient)
        sdk::retry(outcome, refusal.reason, refusal.text);
    else
        sdk::reject(outcome, refusal.reason, refusal.text);
}

}  // namespace greffe::container
