// SPDX-License-Identifier: Apache-2.0
#include "loader/plugin_instance.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxProblems = 200;
constexpr std::size_t kMaxOptionBytes = 128;
constexpr std::size_t kMaxMessageBytes = 2000;

}  // namespace

void ProblemList::add(bool isError, Slice option, Slice message) noexcept {
    try {
        if (problems_.size() >= kMaxProblems) return;
        problems_.push_back({isError, std::string(option.view().substr(0, kMaxOptionBytes)),
                             std::string(message.view().substr(0, kMaxMessageBytes))});
    } catch (...) {
        // No memory for a message: the verdict still says that something is wrong.
    }
}

bool ProblemList::hasError() const {
    return std::any_of(problems_.begin(), problems_.end(),
                       [](const OptionProblem& problem) { return problem.isError; });
}

std::string ProblemList::errorText() const {
    std::string text;
    for (const OptionProblem& problem : problems_) {
        if (!problem.isError) continue;
        if (!text.empty()) text += '\n';
        text += problem.option.empty() ? problem.message : problem.option + ": " + problem.message;
    }
    return text;
}

Result<PluginInstance> PluginInstance::create(const PluginDescriptor& descriptor, Host& host) {
    Instance* instance = descriptor.create(host);
    if (instance == nullptr)
        return makeError(Errc::Internal, fmt::format("plugin {}: create() gave no instance", descriptor.id),
                         "the plugin ran out of memory or is broken; see its README");
    return PluginInstance(descriptor.id, instance);
}

PluginInstance::PluginInstance(PluginInstance&& other) noexcept
    : id_(std::move(other.id_)),
      instance_(std::exchange(other.instance_, nullptr)),
      problems_(std::move(other.problems_)),
      isStarted_(std::exchange(other.isStarted_, false)) {}

PluginInstance& PluginInstance::operator=(PluginInstance&& other) noexcept {
    if (this != &other) {
        end();
        id_ = std::move(other.id_);
        instance_ = std::exchange(other.instance_, nullptr);
        problems_ = std::move(other.problems_);
        isStarted_ = std::exchange(other.isStarted_, false);
    }
    return *this;
}

PluginInstance::~PluginInstance() {
    end();
}

void PluginInstance::end() noexcept {
    if (instance_ == nullptr) return;
    instance_->cleanup();
    std::exchange(instance_, nullptr)->release();
    isStarted_ = false;
}

bool PluginInstance::settle(std::string_view call, bool verdict) {
    if (!verdict && !problems_.hasError())
        problems_.error("", fmt::format("plugin {}: {}() refused without saying why", id_, call));
    return verdict && !problems_.hasError();
}

bool PluginInstance::check(std::string_view optionsJson) {
    return settle("configure", instance_->configure(optionsJson, problems_)) &&
           settle("validate", instance_->validate(problems_));
}

Status PluginInstance::start(std::string_view optionsJson) {
    if (!check(optionsJson) || !settle("provision", instance_->provision(problems_)))
        return makeError(Errc::Invalid, fmt::format("plugin {}: {}", id_, problems_.errorText()));
    isStarted_ = true;
    return {};
}

void* PluginInstance::query(std::string_view capabilityId) {
    return isStarted_ ? instance_->query(capabilityId) : nullptr;
}

}  // namespace greffe
