// SPDX-License-Identifier: Apache-2.0
// What a plugin may ask of the process that runs it. Services are asked for by id and revision;
// query() returns null for one that this host, or this pool, does not offer. programs/1 is in programs.h.
//
// Threads: one call into a plugin at a time per worker; services are called from that same thread.
#pragma once

#include <greffe/types.h>

namespace greffe {

enum class LogLevel : std::uint32_t { Debug, Info, Warning, Error };

// "log/1". Never write to stdout or stderr: they are not yours (SPEC.md, QUIET).
class LogService {
public:
    static constexpr const char* kId = "log/1";
    // event: "noun past-participle" ("token received"); keysJson: a flat JSON object or empty. No secrets, no
    // document text.
    virtual void write(LogLevel level, Slice event, Slice keysJson) noexcept = 0;

protected:
    ~LogService() = default;
};

// "clock/1". In a simulation this is the virtual clock: never ask the system for the time.
class ClockService {
public:
    static constexpr const char* kId = "clock/1";
    virtual std::int64_t unixMs() noexcept = 0;
    virtual std::int64_t monotonicMs() noexcept = 0;

protected:
    ~ClockService() = default;
};

// "secrets/1". A secret is a handle that can be used and not read.
class SecretsService {
public:
    static constexpr const char* kId = "secrets/1";
    static constexpr std::uint32_t kNone = 0;

    // The handle of the secret that the configuration gave for `option` (secret_file("…")), or kNone.
    virtual std::uint32_t find(Slice option) noexcept = 0;
    virtual bool hmacSha256(std::uint32_t secret, Slice bytes, unsigned char out[32]) noexcept = 0;
    // A text to put into a header or body of an HttpRequest; the host replaces it on the wire, after logging.
    virtual bool placeholder(std::uint32_t secret, ByteSink& out) noexcept = 0;
    // The same for the value of an Authorization header with user and password (RFC 7617): the host joins,
    // encodes in base 64 and puts "Basic …" there. A plugin cannot do that itself, since it never sees the
    // password.
    virtual bool basicAuthorization(Slice user, std::uint32_t secret, ByteSink& out) noexcept = 0;
    // The bytes themselves. Only the keys pool and blocking (non-HTTP) providers have it; elsewhere returns
    // false.
    virtual bool reveal(std::uint32_t secret, ByteSink& out) noexcept = 0;

protected:
    ~SecretsService() = default;
};

// "cancel/1". Long loops ask at least every 100 ms; after true, end the call with retryLater.
class CancelService {
public:
    static constexpr const char* kId = "cancel/1";
    virtual bool isCancelled() noexcept = 0;
    // Says that work goes on: shown to operators, and what a step's progress watch looks at.
    virtual void progressed(std::uint64_t done, std::uint64_t total) noexcept = 0;

protected:
    ~CancelService() = default;
};

// "temporary-files/1". A sandboxed worker cannot open paths; this gives an unnamed file, gone with the call.
class TemporaryFileService {
public:
    static constexpr const char* kId = "temporary-files/1";
    // A read-write descriptor owned by the caller, or -1 (limit reached).
    virtual int open() noexcept = 0;

protected:
    ~TemporaryFileService() = default;
};

class Host {
public:
    virtual void* query(Slice serviceId) noexcept = 0;

    template <class Service>
    Service* service() noexcept {
        return static_cast<Service*>(query(Service::kId));
    }

protected:
    ~Host() = default;
};

}  // namespace greffe
