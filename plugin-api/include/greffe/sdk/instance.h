// SPDX-License-Identifier: Apache-2.0
// Comfort for authors: a base class for instances, and the trap that keeps exceptions inside the plugin.
#pragma once

#include <greffe/plugin.h>
#include <greffe/reason.h>

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace greffe::sdk {

// Runs `work`; an exception becomes rejected(PluginFault) with its text (std::bad_alloc: OutOfMemory). Every
// capability method goes through it: an exception that crosses into the host would end the worker.
template <class Work>
void guarded(Outcome& outcome, Work&& work) noexcept {
    try {
        std::forward<Work>(work)();
    } catch (const std::bad_alloc&) {
        outcome.rejected(reasonCode(Reason::OutOfMemory), "not enough memory");
    } catch (const std::exception& error) {
        outcome.rejected(reasonCode(Reason::PluginFault), error.what());
    } catch (...) {
        outcome.rejected(reasonCode(Reason::PluginFault), "an exception that is not a std::exception");
    }
}

// The same for methods that return whether they worked.
template <class Work>
bool guarded(Problems& problems, Work&& work) noexcept {
    try {
        return std::forward<Work>(work)();
    } catch (const std::exception& error) {
        problems.error("", error.what());
    } catch (...) {
        problems.error("", "an exception that is not a std::exception");
    }
    return false;
}

inline void reject(Outcome& outcome, Reason reason, std::string_view explanation) noexcept {
    outcome.rejected(reasonCode(reason), explanation);
}

inline void retry(Outcome& outcome, Reason reason, std::string_view explanation,
                  std::uint32_t delaySeconds = 0) noexcept {
    outcome.retryLater(delaySeconds, reasonCode(reason), explanation);
}

// A ByteSink into a std::string, for calling our own side of an interface.
class StringSink final : public ByteSink {
public:
    bool write(Slice bytes) noexcept override {
        try {
            text_.append(bytes.data, bytes.size);
            return true;
        } catch (...) {
            return false;
        }
    }
    const std::string& text() const { return text_; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

// What most instances need: empty defaults for the life's calls, and release(). Derive, override, list
// capabilities in query(). The derived class is final.
template <class Derived>
class InstanceBase : public Instance {
public:
    explicit InstanceBase(Host& host) : host_(host) {}

    bool configure(Slice, Problems&) noexcept override { return true; }
    bool validate(Problems&) noexcept override { return true; }
    bool provision(Problems&) noexcept override { return true; }
    void cleanup() noexcept override {}
    void release() noexcept override { delete static_cast<Derived*>(this); }

    static Instance* create(Host& host) noexcept {
        try {
            return new Derived(host);
        } catch (...) {
            return nullptr;
        }
    }

protected:
    ~InstanceBase() = default;
    Host& host() { return host_; }

private:
    Host& host_;
};

}  // namespace greffe::sdk
