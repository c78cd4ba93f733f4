// SPDX-License-Identifier: Apache-2.0
// Documents in, facts and artifacts out, without the ceremony.
#pragma once

#include <greffe/host.h>
#include <greffe/reason.h>
#include <greffe/sdk/instance.h>
#include <greffe/sdk/json.h>
#include <greffe/types.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

namespace greffe::sdk {

// Carries a refusal out of deep code. refusable() below turns it into the verdict it names.
struct Refusal : std::runtime_error {
    Refusal(Reason why, const std::string& explanation) : std::runtime_error(explanation), reason(why) {}
    Reason reason;
};

// The host asked to stop (CancelService). refusable() ends the call as retryLater.
struct Stopped {};

// guarded(), and a Refusal becomes rejected(reason, text), or retryLater when its reason is a transient one.
template <class Work>
void refusable(Outcome& outcome, Work&& work) noexcept {
    guarded(outcome, [&] {
        try {
            std::forward<Work>(work)();
        } catch (const Refusal& refusal) {
            if (describe(refusal.reason).cls == ReasonClass::Transient)
                retry(outcome, refusal.reason, refusal.what());
            else
                reject(outcome, refusal.reason, refusal.what());
        } catch (const Stopped&) {
            retry(outcome, Reason::DeadlineExceeded, "stopped by the host before the work was done");
        }
    });
}

inline void fact(Outcome& outcome, std::string_view name, const JsonValue& value) {
    outcome.fact(name, value.dump());
}

// Writes an artifact; a limit of the call ends it as rejected(limit_exceeded).
class ArtifactWriter {
public:
    ArtifactWriter(Outcome& outcome, std::string_view name, std::string_view mediaType)
        : sink_(outcome.artifact(name, mediaType)) {}
    // One that begins with the bytes of input `baseIndex`.
    ArtifactWriter(Outcome& outcome, std::string_view name, std::string_view mediaType,
                   std::uint32_t baseIndex)
        : sink_(outcome.appended(name, mediaType, baseIndex)) {}

    ArtifactWriter& write(std::string_view bytes) {
        if (!sink_->write(bytes))
            throw Refusal(Reason::LimitExceeded, "the result is larger than the host accepts");
        sizeBytes_ += bytes.size();
        return *this;
    }
    std::uint64_t sizeBytes() const { return sizeBytes_; }

private:
    ByteSink* sink_;
    std::uint64_t sizeBytes_ = 0;
};

// Hands `bytes` to `each` in pieces, and asks the host between them whether to go on: a long loop that looks
// after itself. Throws Stopped when the host said so.
template <class Each>
void inPieces(Host& host, std::string_view bytes, Each&& each, std::size_t pieceBytes = 256U << 10U) {
    auto* cancel = host.service<CancelService>();
    for (std::size_t at = 0; at < bytes.size(); at += pieceBytes) {
        if (cancel != nullptr && cancel->isCancelled()) throw Stopped{};
        each(bytes.substr(at, pieceBytes));
        if (cancel != nullptr) cancel->progressed(std::min(at + pieceBytes, bytes.size()), bytes.size());
    }
}

// Lower-case hexadecimal.
inline std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4U];
        text += kDigits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}
inline std::string hex(const unsigned char* bytes, std::size_t size) {
    return hex(std::string_view(reinterpret_cast<const char*>(bytes), size));
}

// A name for people: control characters and invalid UTF-8 replaced, so that it can stand in text, JSON and
// XML.
inline std::string printableName(std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size();) {
        const std::size_t length = utf8Length(name, i);
        const auto c = static_cast<unsigned char>(name[i]);
        if (length == 0 || c < 0x20 || c == 0x7F)
            text += "\xEF\xBF\xBD";
        else
            text += name.substr(i, length);
        i += length == 0 ? 1 : length;
    }
    return text;
}

}  // namespace greffe::sdk
