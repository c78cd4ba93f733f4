// SPDX-License-Identifier: Apache-2.0
// An HTTP server on 127.0.0.1 for simulators: one function answers, and the answer may be spoiled on its way
// out.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace Poco::Net {
class HTTPServer;
}
namespace greffe {
struct TestIdentity;
}

namespace greffe::simulators {

struct HttpQuestion {
    std::string method;
    std::string path;                            // with query
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

struct HttpAnswer {
    int status = 200;
    std::string contentType = "application/json";
    std::map<std::string, std::string> headers;
    std::string body;

    // Faults. A cut closes the connection after so many bytes of the whole answer, headers included.
    std::chrono::milliseconds delay{0};
    std::optional<std::size_t> cutAfterBytes;
    std::chrono::milliseconds pauseBetweenBytes{0};
    bool isReset = false;  // ends with RST, what was sent may be lost on its way
};

HttpAnswer jsonAnswer(int status, const Json& value);

// Fills in the faults that every HTTP simulator has: "status" {status, retry_after_seconds}, "content_type"
// {content_type}, "large_body" {bytes}, "cut" {after_bytes}, "slow" {pause_ms}, "delay" {ms}, "reset"
// {after_bytes}. False: not one of these.
bool applyHttpFault(const Json& fault, HttpAnswer& answer);
// Their names.
std::vector<std::string> httpFaults();

class HttpService {
public:
    // Called from the server's threads, several at once.
    using Answer = std::function<HttpAnswer(const HttpQuestion&)>;

    explicit HttpService(Answer answer);
    ~HttpService();
    HttpService(const HttpService&) = delete;
    HttpService& operator=(const HttpService&) = delete;

    // Port 0 takes a free one. With an identity every connection begins with a handshake; it is not kept.
    Status start(std::uint16_t port, const TestIdentity* tls = nullptr);
    std::uint16_t port() const;
    // "http://127.0.0.1:41027", or "https://localhost:41027": the name that a certificate has.
    std::string url() const;
    // Ends slow answers, too.
    void stop();

private:
    class Handler;
    class Factory;

    struct Shared;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<Poco::Net::HTTPServer> server_;
    bool isTls_ = false;
};

}  // namespace greffe::simulators
