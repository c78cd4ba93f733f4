// SPDX-License-Identifier: Apache-2.0
// Task<T>: a coroutine that starts when it is awaited. It lets a step that crosses three pools and two
// commits read from top to bottom. All of it runs on one thread; nothing long-lived is ever kept in one (a
// waiting dossier is a row).
//
// Coroutines here take their parameters by reference or as plain values, and what is passed has a name: GCC
// 12 destroys temporaries of class type in a co_await expression twice in some forms (seen: a std::string
// parameter freed twice).
//
// A suspended task may be destroyed at any moment (shutdown): whoever resumes it must hold an Awaited<T>,
// which forgets the coroutine when its frame goes away.
#pragma once

#include "base/invariant.h"

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace greffe {

template <class T = void>
class Task;

namespace detail {

struct TaskPromiseBase {
    std::coroutine_handle<> continuation;

    struct FinalAwaiter {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
            const auto next = ended.promise().continuation;
            return next ? next : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    // Steps return results; an exception here is a broken invariant of ours.
    void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    std::optional<T> value;
    Task<T> get_return_object();
    void return_value(T result) { value.emplace(std::move(result)); }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object();
    void return_void() const noexcept {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_) handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
        handle_.promise().continuation = awaiting;
        return handle_;
    }
    T await_resume() {
        if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
    }

    // Runs a task that nobody awaits until it first suspends; keep the object until isDone().
    void start() { handle_.resume(); }
    bool isDone() const { return !handle_ || handle_.done(); }

private:
    Handle handle_;
};

namespace detail {
template <class T>
Task<T> TaskPromise<T>::get_return_object() {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
}  // namespace detail

// A value that comes later, from a callback on the same thread:
//   auto outcome = co_await Awaited<CallOutcome>([&](auto resolve) { pool.submit(request, resolve); });
// `resolve` may be called at once or later, once; after the coroutine is gone it does nothing.
template <class T>
class Awaited {
public:
    using Resolve = std::function<void(T)>;

    explicit Awaited(std::function<void(Resolve)> begin)
        : begin_(std::move(begin)), state_(std::make_shared<State>()) {}
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;
    ~Awaited() { state_->waiting = nullptr; }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting) {
        state_->isStarting = true;
        begin_([state = state_](T value) {
            GREFFE_INVARIANT(!state->value);
            state->value.emplace(std::move(value));
            if (!state->isStarting && state->waiting) state->waiting.resume();
        });
        state_->isStarting = false;
        if (state_->value) return false;  // answered at once: no suspension
        state_->waiting = awaiting;
        return true;
    }
    T await_resume() { return std::move(*state_->value); }

private:
    struct State {
        std::optional<T> value;
        std::coroutine_handle<> waiting;
        bool isStarting = false;
    };
    std::function<void(Resolve)> begin_;
    std::shared_ptr<State> state_;
};

}  // namespace greffe
