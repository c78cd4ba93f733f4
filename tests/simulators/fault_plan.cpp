// SPDX-License-Identifier: Apache-2.0
#include "simulators/fault_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace greffe::simulators {
namespace {

bool isAmong(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

FaultPlan::FaultPlan(std::vector<std::string> faults, std::vector<std::string> places)
    : names_(std::move(faults)), places_(std::move(places)) {}

Status FaultPlan::check(const Json& entry, std::size_t index) const {
    if (!entry.is_object())
        return makeError(Errc::Invalid, fmt::format("fault {}: not an object", index + 1));
    if (!isAmong(names_, textOf(entry, "fault")))
        return makeError(Errc::Invalid,
                         fmt::format("fault {}: there is no fault \"{}\"", index + 1, textOf(entry, "fault")),
                         fmt::format("one of: {}", fmt::join(names_, " ")));
    if (places_.empty() ? entry.contains("at") : !isAmong(places_, textOf(entry, "at")))
        return makeError(Errc::Invalid,
                         fmt::format("fault {}: there is no place \"{}\"", index + 1, textOf(entry, "at")),
                         fmt::format("one of: {}", fmt::join(places_, " ")));
    if (numberOf(entry, "times", 1) < 0)
        return makeError(Errc::Invalid, fmt::format("fault {}: times < 0", index + 1));
    return {};
}

Status FaultPlan::set(const Json& plan) {
    if (!plan.is_array()) return makeError(Errc::Invalid, "the faults are not an array");
    for (std::size_t i = 0; i < plan.size(); ++i)
        GREFFE_TRY(check(plan[i], i));
    const std::scoped_lock lock(mutex_);
    entries_.assign(plan.begin(), plan.end());
    return {};
}

Json FaultPlan::rest() const {
    const std::scoped_lock lock(mutex_);
    Json plan = Json::array();
    for (const Json& entry : entries_)
        plan.push_back(entry);
    return plan;
}

void FaultPlan::clear() {
    const std::scoped_lock lock(mutex_);
    entries_.clear();
}

std::optional<Json> FaultPlan::take(std::string_view place) {
    const std::scoped_lock lock(mutex_);
    const auto due = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Json& entry) { return textOf(entry, "at") == place; });
    if (due == entries_.end()) return std::nullopt;
    Json entry = *due;
    const std::int64_t times = numberOf(entry, "times", 1);
    if (times == 1) entries_.erase(due);
    if (times > 1) (*due)["times"] = times - 1;
    return entry;
}

}  // namespace greffe::simulators
