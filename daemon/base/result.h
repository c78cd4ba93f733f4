// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error that says where, why and what to do. Exceptions are for libraries; they are
// caught at three edges (step executor, HTTP handler, subcommand table) and everything between returns a
// Result.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace greffe {

enum class Errc {
    Invalid,  // the caller's input is wrong
    NotFound,
    Exists,
    Denied,
    NoSpace,
    Io,  // the device or file system failed; never retried on the same descriptor
    Busy,
    Timeout,
    Closed,   // the other side is gone
    Corrupt,  // bytes are not what was written
    Unsupported,
    Internal,  // a promise inside this program was broken
};

struct Error {
    Errc code = Errc::Internal;
    std::string
        message;  // "where: what went wrong", e.g. "/var/lib/greffe/journal: cannot sync: Input/output error"
    std::string advice;  // what the reader can do, or empty

    // "message (advice)".
    std::string text() const { return advice.empty() ? message : message + " (" + advice + ")"; }
};

inline Error makeError(Errc code, std::string message, std::string advice = {}) {
    return Error{code, std::move(message), std::move(advice)};
}

// The Error of a failed system call: reads errno, maps ENOSPC, ENOENT, EEXIST, EACCES… to their code.
Error systemError(std::string where, int errnoValue, std::string advice = {});

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: meant to be silent
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: meant to be silent

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    // A value, not a reference: a range-for over part of a temporary would walk memory that is gone.
    T value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & { return std::get<1>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: meant to be silent

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return *error_; }
    Error& error() { return *error_; }

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace greffe

#define GREFFE_CONCAT_(a, b) a##b
#define GREFFE_CONCAT(a, b) GREFFE_CONCAT_(a, b)

// Returns the error to the caller, or goes on. (The name carries the line: a TRY may stand in a lambda inside
// a TRY.)
#define GREFFE_TRY(expression)                                                \
    do {                                                                      \
        if (auto GREFFE_CONCAT(greffeStatus_, __LINE__) = (expression);       \
            !GREFFE_CONCAT(greffeStatus_, __LINE__))                          \
            return std::move(GREFFE_CONCAT(greffeStatus_, __LINE__)).error(); \
    } while (false)

// GREFFE_TRY_ASSIGN(auto fd, openFile(path));
// NOLINTBEGIN(bugprone-macro-parentheses): the target may be a declaration.
#define GREFFE_TRY_ASSIGN(target, expression)                             \
    auto GREFFE_CONCAT(greffeResult_, __LINE__) = (expression);           \
    if (!GREFFE_CONCAT(greffeResult_, __LINE__))                          \
        return std::move(GREFFE_CONCAT(greffeResult_, __LINE__)).error(); \
    target = std::move(GREFFE_CONCAT(greffeResult_, __LINE__)).value()
// NOLINTEND(bugprone-macro-parentheses)
