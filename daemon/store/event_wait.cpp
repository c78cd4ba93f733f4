// SPDX-License-Identifier: Apache-2.0
#include "store/event_wait.h"

namespace greffe {
namespace {

constexpr std::string_view kPrefix = "event:";

}  // namespace

std::string EventWait::key() const {
    return std::string(kPrefix) + provider + ":" + about;
}

std::optional<EventWait> EventWait::of(std::string_view waitKey) {
    if (waitKey.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
    waitKey.remove_prefix(kPrefix.size());
    const std::size_t colon = waitKey.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return EventWait{std::string(waitKey.substr(0, colon)), std::string(waitKey.substr(colon + 1))};
}

}  // namespace greffe
