// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/request_filters.h"

#include "simulators/yousign/parameters.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace greffe::simulators {
namespace {

std::vector<std::string> splitAtCommas(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

bool isListed(const std::string& value, const std::string& list) {
    const std::vector<std::string> values = splitAtCommas(list);
    return std::find(values.begin(), values.end(), value) != values.end();
}

std::int64_t dayOf(WallTime time) {
    return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

// Outer: whether there is such a time at all. Inner: nothing before it happened.
std::optional<std::optional<WallTime>> timeNamed(const SignatureRequest& request, const std::string& name) {
    using Time = std::optional<WallTime>;
    if (name == "created_at") return Time(request.createdAt);
    if (name == "activated_at") return request.activatedAt;
    if (name == "completed_at") return request.completedAt;
    if (name == "declined_at") return request.declinedAt;
    if (name == "approved_at" || name == "rejected_at") return Time();  // nobody approves here
    return std::nullopt;
}

std::optional<bool> passesDay(std::optional<WallTime> time, const std::string& how,
                              const std::string& value) {
    const std::vector<std::string> dates = splitAtCommas(value);
    if (dates.size() != (how == "between" ? 2U : 1U)) return std::nullopt;
    const auto first = dayNumber(dates.front()), last = dayNumber(dates.back());
    if (!first || !last) return std::nullopt;
    if (!time) return false;
    const std::int64_t day = dayOf(*time);
    if (how == "eq") return day == *first;
    if (how == "before") return day < *first;
    if (how == "after") return day > *first;
    if (how == "between") return day >= *first && day <= *last;
    return std::nullopt;
}

}  // namespace

std::optional<bool> passesFilter(const SignatureRequest& request, const std::string& key,
                                 const std::string& value) {
    if (key == "limit" || key == "after") return true;  // of the page, not of the request
    if (key == "status[eq]") return request.status == value;
    if (key == "status[in]") return isListed(request.status, value);
    if (key == "external_id[eq]") return request.externalId == value;
    if (key == "workspace_id[eq]") return request.workspaceId == value;
    if (key == "source[in]") return isListed(request.source, value);
    if (key == "q") return request.name.find(value) != std::string::npos;
    const std::size_t bracket = key.find('[');
    if (bracket == std::string::npos || key.back() != ']') return std::nullopt;
    const auto time = timeNamed(request, key.substr(0, bracket));
    if (!time) return std::nullopt;
    return passesDay(*time, key.substr(bracket + 1, key.size() - bracket - 2), value);
}

}  // namespace greffe::simulators
