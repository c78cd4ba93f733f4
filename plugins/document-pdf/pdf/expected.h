// SPDX-License-Identifier: Apache-2.0
// Expected<T>: a value, or the typed reason why this file is not processed. The PDF core's own result type,
// because a plugin does not link the daemon's.
#pragma once

#include <greffe/reason.h>

#include <string>
#include <utility>
#include <variant>

namespace greffe::pdf {

struct Refusal {
    Reason reason = Reason::Malformed;
    std::string text;  // where and why, for the person who sent the file

    bool operator==(const Refusal&) const = default;
};

inline Refusal malformed(std::string text) {
    return {Reason::Malformed, std::move(text)};
}
inline Refusal limitExceeded(std::string text) {
    return {Reason::LimitExceeded, std::move(text)};
}

template <class T>
class [[nodiscard]] Expected {
public:
    Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: meant to be silent
    Expected(Refusal refusal)
        : state_(std::in_place_index<1>, std::move(refusal)) {}  // NOLINT: meant to be silent

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Refusal& refusal() & { return std::get<1>(state_); }
    const Refusal& refusal() const& { return std::get<1>(state_); }
    Refusal&& refusal() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Refusal> state_;
};

struct Nothing {};
using Check = Expected<Nothing>;

}  // namespace greffe::pdf

#define GREFFE_PDF_CONCAT_(a, b) a##b
#define GREFFE_PDF_CONCAT(a, b) GREFFE_PDF_CONCAT_(a, b)

// Hands the refusal to the caller, or goes on.
#define GREFFE_PDF_TRY(expression)                                                                     \
    do {                                                                                               \
        if (auto greffeCheck_ = (expression); !greffeCheck_) return std::move(greffeCheck_).refusal(); \
    } while (false)

// GREFFE_PDF_ASSIGN(auto page, findPage(…));
// NOLINTBEGIN(bugprone-macro-parentheses): the target may be a declaration.
#define GREFFE_PDF_ASSIGN(target, expression)                                     \
    auto GREFFE_PDF_CONCAT(greffeExpected_, __LINE__) = (expression);             \
    if (!GREFFE_PDF_CONCAT(greffeExpected_, __LINE__))                            \
        return std::move(GREFFE_PDF_CONCAT(greffeExpected_, __LINE__)).refusal(); \
    target = std::move(GREFFE_PDF_CONCAT(greffeExpected_, __LINE__)).value()
// NOLINTEND(bugprone-macro-parentheses)
