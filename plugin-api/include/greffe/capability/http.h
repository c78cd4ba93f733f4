// SPDX-License-Identifier: Apache-2.0
// Sans-IO HTTP: a plugin turns an operation into requests and answers into an outcome; the host owns the wire
// (TLS, timeouts, limits, SSRF rules, secrets in headers). So no HTTP plugin touches a socket.
#pragma once

#include <greffe/types.h>

namespace greffe {

class HttpRequest {
public:
    // method: "GET", "POST", …; url: absolute. A host outside the instance's configured endpoints is refused.
    virtual void start(Slice method, Slice url) noexcept = 0;
    virtual void header(Slice name, Slice value) noexcept = 0;
    virtual void body(Slice contentType, Slice bytes) noexcept = 0;
    // Defaults: 30 s, 1 MiB. A plugin may ask for less, and for more up to the instance's limits.
    virtual void limits(std::uint32_t timeoutMs, std::uint64_t maxAnswerBytes) noexcept = 0;

protected:
    ~HttpRequest() = default;
};

enum class HttpFault : std::uint32_t {
    None = 0,
    NotSent = 1,  // the request did not leave: safe to send again
    Unknown = 2,  // it left, no whole answer came: the outcome is unknown
    AnswerTooLarge = 3,
};

struct HttpResponse {
    std::uint32_t structSize = sizeof(HttpResponse);
    HttpFault fault = HttpFault::None;
    std::uint32_t status = 0;  // 0 with a fault
    std::uint32_t reserved = 0;
    Slice headers;  // "name: value\n" lines, names in lower case
    Slice body;
    Slice faultText;
};

enum class ExchangeStep : std::uint32_t { Send = 0, Finished = 1 };

// One operation in flight. The host calls next(nullptr) once, then next(&response) after each answer.
// Send: `request` holds the next request. Finished: `outcome` holds a verdict.
class HttpExchange {
public:
    virtual ExchangeStep next(const HttpResponse* response, HttpRequest& request,
                              Outcome& outcome) noexcept = 0;
    virtual void release() noexcept = 0;

protected:
    ~HttpExchange() = default;
};

}  // namespace greffe
