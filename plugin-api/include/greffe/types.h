// SPDX-License-Identifier: Apache-2.0
// The few types that cross between the host and a plugin. Nothing of C++'s library is among them.
//
// All text is UTF-8 unless said otherwise. A Slice is borrowed: it is valid until the call it was given to
// returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace greffe {

// Borrowed bytes or text: pointer and length, never null-terminated by contract.
struct Slice {
    const char* data = nullptr;
    std::size_t size = 0;

    constexpr Slice() = default;
    constexpr Slice(const char* bytes, std::size_t count) : data(bytes), size(count) {}
    constexpr Slice(std::string_view text)
        : data(text.data()), size(text.size()) {}                         // NOLINT: meant to be silent
    constexpr Slice(const char* text) : Slice(std::string_view(text)) {}  // NOLINT: meant to be silent
    // std::string and its like, which would need two conversions otherwise.
    template <class Text, class = std::enable_if_t<std::is_convertible_v<const Text&, std::string_view>>>
    constexpr Slice(const Text& text)
        : Slice(static_cast<std::string_view>(text)) {}  // NOLINT: meant to be silent

    constexpr operator std::string_view() const { return {data, size}; }  // NOLINT: meant to be silent
    constexpr std::string_view view() const { return {data, size}; }
    constexpr bool empty() const { return size == 0; }
};

// Five ways a call can end (SPEC.md, OUTCOME). There is no sixth: an exception is the SDK's to catch, a crash
// the host's.
enum class Verdict : std::uint32_t {
    Done = 0,        // the work is done, facts and artifacts stand
    RetryLater = 1,  // nothing happened that matters, try again
    Rejected = 2,    // it will never work with this input; the reason code says why
    Waiting = 3,     // accepted elsewhere; the answer comes later by event or poll
    Uncertain = 4,   // it may or may not have happened; only a person or reconcile() can tell
};

// A document as a plugin sees it. The bytes are mapped read-only by the host and cannot change under the
// reader.
struct DocumentView {
    std::uint32_t structSize = sizeof(DocumentView);
    std::uint32_t index = 0;  // its place among the call's inputs
    Slice slot;               // which slot or artifact of the dossier it is ("document", "lease")
    Slice name;               // file name as received, for display only; may hold any byte but NUL and '/'
    Slice mediaType;          // as configured or detected, e.g. "application/pdf"
    Slice bytes;
    unsigned char sha256[32] = {};
};

// Where a plugin writes bytes that the host will keep. write() returns false when a limit of the call is
// reached: stop, and end the call with rejected(LimitExceeded).
class ByteSink {
public:
    virtual bool write(Slice bytes) noexcept = 0;

protected:
    ~ByteSink() = default;
};

// Receives exactly one verdict, any number of facts and artifacts. Calling two verdict methods is a plugin
// fault.
class Outcome {
public:
    virtual void done() noexcept = 0;
    // delaySeconds 0 lets the host's backoff decide; reason is a code of reason.h.
    virtual void retryLater(std::uint32_t delaySeconds, Slice reason, Slice explanation) noexcept = 0;
    virtual void rejected(Slice reason, Slice explanation) noexcept = 0;
    // Times are Unix milliseconds; 0 means "the pipeline decides".
    virtual void waiting(Slice externalId, std::int64_t nextPollUnixMs,
                         std::int64_t expiresAtUnixMs) noexcept = 0;
    virtual void uncertain(Slice explanation) noexcept = 0;

    // A JSON value recorded under `name` for later steps. Facts of a call that is not Done are dropped,
    // except with Rejected, where they explain the refusal.
    virtual void fact(Slice name, Slice json) noexcept = 0;
    // Opens a new document. One artifact is written at a time; opening the next closes the one before.
    virtual ByteSink* artifact(Slice name, Slice mediaType) noexcept = 0;
    // Opens a document that begins with input `baseIndex`, bytes unchanged: only what is appended is written,
    // so that an incremental update of 100 MiB costs kilobytes.
    virtual ByteSink* appended(Slice name, Slice mediaType, std::uint32_t baseIndex) noexcept = 0;

protected:
    ~Outcome() = default;
};

// Receives findings about options at configuration time. `option` names the key ("timeout_seconds").
class Problems {
public:
    virtual void error(Slice option, Slice message) noexcept = 0;
    virtual void warning(Slice option, Slice message) noexcept = 0;

protected:
    ~Problems() = default;
};

}  // namespace greffe
