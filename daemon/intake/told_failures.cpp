// SPDX-License-Identifier: Apache-2.0
#include "intake/told_failures.h"

#include <fmt/format.h>

namespace greffe {

std::optional<Error> ToldFailures::toTell(const Error& error, Time now) {
    Kind& kind = kinds_[error.code];
    if (kind.told == 0 || now - kind.since >= kFor) {
        kind.since = now;
        kind.told = 0;
    }
    if (kind.told == kMostOfAKind) {
        ++kind.quiet;
        return std::nullopt;
    }
    ++kind.told;
    Error told = error;
    if (kind.quiet > 0) told.message += fmt::format("; {} like it were not told", kind.quiet);
    kind.quiet = 0;
    return told;
}

}  // namespace greffe
