// SPDX-License-Identifier: Apache-2.0
// One request on its way, and what came back. Private to the wire; not thread-safe.
//
// Everything that the fault classification rests on is here: whether a connection stood (TLS included) before
// the first byte of the request left, how many bytes left, and whether the end of the answer was marked.
#pragma once

#include "loader/recorded_http_request.h"
#include "plugin_host/http_wire.h"
#include "plugin_host/wire_settings.h"

#include <curl/curl.h>

#include <memory>
#include <string>

namespace greffe {

class SecretVault;

class HttpTransfer {
public:
    // Errc::Denied for a host that is not among the endpoints, Internal for what libcurl does not take. The
    // request's placeholders are filled here.
    static Result<std::unique_ptr<HttpTransfer>> prepare(const WireSettings& settings,
                                                         const SecretVault& secrets, HttpRequestData request,
                                                         HttpWire::Done done);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    CURL* handle() const { return easy_.get(); }
    // Stops before the request: see HttpWire::startProbe.
    void connectOnly();
    // The request is over: by itself, or (`why` not empty) because somebody ended it. Wipes what was filled
    // in.
    WireAnswer finish(CURLcode code, std::string_view why = {});
    HttpWire::Done done;

private:
    struct EasyCleanup {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };

    HttpTransfer(const WireSettings& settings, HttpRequestData request)
        : settings_(settings), request_(std::move(request)) {}
    Status fill(const SecretVault& secrets);
    Status addHeader(std::string_view name, std::string_view value);
    void setSecurity(const Endpoint& endpoint);
    void setRequest();
    HttpFault faultOf(CURLcode code) const;
    bool isAnswerWhole() const;
    void wipe();

    static curl_socket_t openSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int connected(void* self, char* remoteIp, char* localIp, int remotePort, int localPort);
    static std::size_t takeHeader(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t takeBody(char* bytes, std::size_t size, std::size_t count, void* self);
    void addHeaderLine(std::string_view line);

    const WireSettings& settings_;
    HttpRequestData request_;
    std::unique_ptr<CURL, EasyCleanup> easy_;
    curl_slist* headerList_ = nullptr;
    char errorText_[CURL_ERROR_SIZE] = {};
    WireAnswer answer_;
    std::string addressRefusal_;
    bool wasConnected_ = false;
    long bytesBeforeRequest_ = 0;  // a proxy's CONNECT
    std::uint64_t maxAnswerBytes_ = 0;
    std::size_t headerBytes_ = 0;
    bool isProbe_ = false;
    bool isTooLarge_ = false;
    bool areHeadersWhole_ = false;
    bool hasLength_ = false;
    bool isChunked_ = false;
};

}  // namespace greffe
