// SPDX-License-Identifier: Apache-2.0
// Owns one instance of a plugin through its life, so that nobody can get the order wrong:
//
//   create → start(options) = configure, validate, provision → capability<…>() … → cleanup, release (the
//   destructor)
//
// cleanup() and release() are called whatever failed before. Not thread-safe: one call into a plugin at a
// time.
#pragma once

#include "base/result.h"

#include <greffe/plugin.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greffe {

struct OptionProblem {
    bool isError = true;
    std::string option;  // the option's key, or empty
    std::string message;
};

// Collects what a plugin reports, as data. Counts are bounded: a plugin that reports for ever costs nothing.
class ProblemList final : public Problems {
public:
    void error(Slice option, Slice message) noexcept override { add(true, option, message); }
    void warning(Slice option, Slice message) noexcept override { add(false, option, message); }

    const std::vector<OptionProblem>& all() const { return problems_; }
    bool hasError() const;
    // The errors, one a line: "option: message".
    std::string errorText() const;

private:
    void add(bool isError, Slice option, Slice message) noexcept;

    std::vector<OptionProblem> problems_;
};

class PluginInstance {
public:
    // `host` must outlive the instance. Errc::Internal when the plugin's create() gives nothing.
    static Result<PluginInstance> create(const PluginDescriptor& descriptor, Host& host);

    PluginInstance(PluginInstance&& other) noexcept;
    PluginInstance& operator=(PluginInstance&& other) noexcept;
    PluginInstance(const PluginInstance&) = delete;
    PluginInstance& operator=(const PluginInstance&) = delete;
    ~PluginInstance();

    // `greffe check`'s part: configure and validate. False when a problem is an error.
    bool check(std::string_view optionsJson);
    // check(), then provision; call it once. Errc::Invalid carries all errors, problems() the single ones.
    Status start(std::string_view optionsJson);

    const std::vector<OptionProblem>& problems() const { return problems_.all(); }
    bool isStarted() const { return isStarted_; }

    // nullptr before start() succeeded, and for what the plugin does not offer.
    template <class Capability>
    Capability* capability() {
        return static_cast<Capability*>(query(Capability::kId));
    }
    void* query(std::string_view capabilityId);

private:
    PluginInstance(std::string id, Instance* instance) : id_(std::move(id)), instance_(instance) {}
    // A verdict and its reasons must agree: false without a reason gets one, true beside an error is not
    // believed.
    bool settle(std::string_view call, bool verdict);
    void end() noexcept;

    std::string id_;
    Instance* instance_ = nullptr;
    ProblemList problems_;
    bool isStarted_ = false;
};

}  // namespace greffe
