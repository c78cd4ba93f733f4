// SPDX-License-Identifier: Apache-2.0
#include "simulators/http_service.h"

#include "support/test_pki.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <fmt/format.h>

#include <atomic>
#include <cctype>
#include <iterator>
#include <thread>

namespace greffe::simulators {

using Poco::Net::HTTPResponse;
using namespace std::chrono_literals;

namespace {

// Throws Poco::Exception.
Poco::Net::Context::Ptr serverContext(const TestIdentity& identity) {
    using Poco::Net::Context;
    Context::Ptr context(new Context(Context::TLS_SERVER_USE, "", "", "", Context::VERIFY_NONE, 9, false));
    SSL_CTX* bare = context->sslContext();
    if (SSL_CTX_use_certificate(bare, identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(bare, identity.key.get()) != 1)
        throw Poco::Exception("TLS: " + sdk::openSslErrors());
    for (const TestX509& issuer : identity.issuers)
        SSL_CTX_add1_chain_cert(bare, issuer.get());
    return context;
}

}  // namespace

struct HttpService::Shared {
    Answer answer;
    std::atomic<bool> isStopping{false};

    // False when the service stops meanwhile.
    bool wait(std::chrono::milliseconds time) const {
        const auto end = std::chrono::steady_clock::now() + time;
        while (!isStopping) {
            const auto left = end - std::chrono::steady_clock::now();
            if (left <= 0ms) return true;
            std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, 20ms));
        }
        return false;
    }
};

class HttpService::Handler final : public Poco::Net::HTTPRequestHandler {
public:
    explicit Handler(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

    // Answers through the bare socket, so that any byte can be the last.
    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse&) override {
        HttpQuestion question{request.getMethod(), request.getURI(), {}, {}};
        for (const auto& [name, value] : request) {
            std::string lower = name;
            for (char& c : lower)
                c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            question.headers[lower] = value;
        }
        // Without either there is no body (RFC 9112, 6.3); Poco would read on until the client gives up.
        if (request.hasContentLength() || request.getChunkedTransferEncoding())
            question.body.assign(std::istreambuf_iterator<char>(request.stream()), {});
        const HttpAnswer answer = shared_->answer(question);
        Poco::Net::StreamSocket socket =
            static_cast<Poco::Net::HTTPServerRequestImpl&>(request).detachSocket();
        if (shared_->wait(answer.delay)) send(socket, answer);
        if (answer.isReset) socket.setLinger(true, 0);
        socket.close();
    }

private:
    void send(Poco::Net::StreamSocket& socket, const HttpAnswer& answer) const {
        const auto status = static_cast<HTTPResponse::HTTPStatus>(answer.status);
        std::string bytes = fmt::format("HTTP/1.1 {} {}\r\nConnection: close\r\n", answer.status,
                                        HTTPResponse::getReasonForStatus(status));
        if (status != HTTPResponse::HTTP_NO_CONTENT)  // may not have a length (RFC 9110, 8.6)
            bytes += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.contentType,
                                 answer.body.size());
        for (const auto& [name, value] : answer.headers)
            bytes += fmt::format("{}: {}\r\n", name, value);
        bytes += "\r\n" + answer.body;
        if (answer.cutAfterBytes) bytes.resize(std::min(bytes.size(), *answer.cutAfterBytes));
        const std::size_t step = answer.pauseBetweenBytes > 0ms ? 1 : bytes.size();
        for (std::size_t at = 0; at < bytes.size();) {
            const int sent =
                socket.sendBytes(bytes.data() + at, static_cast<int>(std::min(step, bytes.size() - at)));
            if (sent <= 0) return;
            at += static_cast<std::size_t>(sent);
            if (!shared_->wait(answer.pauseBetweenBytes)) return;
        }
    }

    std::shared_ptr<Shared> shared_;
};

class HttpService::Factory final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    explicit Factory(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Handler(shared_);
    }

private:
    std::shared_ptr<Shared> shared_;
};

HttpAnswer jsonAnswer(int status, const Json& value) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = dumpJson(value) + "\n";
    return answer;
}

bool applyHttpFault(const Json& fault, HttpAnswer& answer) {
    const std::string name = textOf(fault, "fault");
    if (name == "status") {
        answer = jsonAnswer(static_cast<int>(numberOf(fault, "status", 500)), {{"error", "as planned"}});
        if (fault.contains("retry_after_seconds"))
            answer.headers["Retry-After"] = std::to_string(numberOf(fault, "retry_after_seconds"));
    } else if (name == "content_type") {
        answer.contentType = textOf(fault, "content_type", "text/html");
    } else if (name == "large_body") {
        answer.body.resize(static_cast<std::size_t>(numberOf(fault, "bytes", 1 << 20)), '\0');
    } else if (name == "cut") {
        answer.cutAfterBytes = static_cast<std::size_t>(numberOf(fault, "after_bytes", 0));
    } else if (name == "slow") {
        answer.pauseBetweenBytes = std::chrono::milliseconds(numberOf(fault, "pause_ms", 100));
    } else if (name == "delay") {
        answer.delay = std::chrono::milliseconds(numberOf(fault, "ms", 1000));
    } else if (name == "reset") {
        answer.isReset = true;
        answer.cutAfterBytes = static_cast<std::size_t>(numberOf(fault, "after_bytes", 0));
    } else {
        return false;
    }
    return true;
}

std::vector<std::string> httpFaults() {
    return {"status", "content_type", "large_body", "cut", "slow", "delay", "reset"};
}

HttpService::HttpService(Answer answer) : shared_(std::make_shared<Shared>()) {
    shared_->answer = std::move(answer);
}

HttpService::~HttpService() {
    stop();
}

Status HttpService::start(std::uint16_t port, const TestIdentity* tls) {
    try {
        const Poco::Net::SocketAddress address("127.0.0.1", port);
        isTls_ = tls != nullptr;
        const Poco::Net::ServerSocket socket =
            isTls_ ? Poco::Net::SecureServerSocket(address, 128, serverContext(*tls))
                   : Poco::Net::ServerSocket(address, 128);
        Poco::AutoPtr<Poco::Net::HTTPServerParams> parameters(new Poco::Net::HTTPServerParams);
        // A slow answer holds a thread: enough of them that a test's other requests are not held up.
        parameters->setMaxThreads(64);
        parameters->setMaxQueued(256);
        parameters->setKeepAlive(false);
        server_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(shared_), socket, parameters);
        server_->start();
        return {};
    } catch (const Poco::Exception& error) {
        return makeError(Errc::Io, "cannot listen on 127.0.0.1: " + error.displayText());
    }
}

std::string HttpService::url() const {
    return fmt::format("{}:{}", isTls_ ? "https://localhost" : "http://127.0.0.1", port());
}

std::uint16_t HttpService::port() const {
    return server_ ? server_->port() : 0;
}

void HttpService::stop() {
    shared_->isStopping = true;
    if (server_) server_->stopAll(true);
}

}  // namespace greffe::simulators
