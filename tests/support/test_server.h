// SPDX-License-Identifier: Apache-2.0
// A TCP server on loopback for tests of everything that talks to the network: each connection is handed to a
// function on a thread of its own, plain or with TLS, and may be cut or reset at any byte. What that function
// shares with the test is atomic or locked: its thread may still run when the client has its answer.
//
//   TestServer server([](TestConnection& client) {
//       client.readUntil("\r\n\r\n");
//       client.write("HTTP/1.1 204 No Content\r\n\r\n");
//   });
//   … connect to 127.0.0.1:server.port() …
#pragma once

#include "support/test_pki.h"

#include <greffe/sdk/openssl.h>

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace greffe {

using TestTlsContext = sdk::OpenSsl<SSL_CTX, SSL_CTX_free>;

// A server's side of TLS with this identity; `versions` from and to, as OpenSSL numbers them.
TestTlsContext serverTls(const TestIdentity& identity, int lowest = TLS1_2_VERSION,
                         int highest = TLS1_3_VERSION);

// What connections were asked, in the order of arrival. A probe that connects and leaves asks nothing: it
// must not take the place of what another connection's thread heard.
class HeardRequests {
public:
    void add(const std::string& request) {
        const std::lock_guard lock(mutex_);
        if (!request.empty()) requests_.push_back(request);
    }
    std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
};

class TestConnection {
public:
    TestConnection(int fd, HeardRequests& heard) : fd_(fd), heard_(heard) {}
    ~TestConnection();
    TestConnection(const TestConnection&) = delete;
    TestConnection& operator=(const TestConnection&) = delete;

    // False when the client did not come along.
    bool startTls(SSL_CTX* context);

    // What came up to and including `end`, or up to the end of the connection.
    std::string readUntil(std::string_view end);
    std::string readExactly(std::size_t count);
    // A request with its body.
    std::string readHttpRequest();
    bool write(std::string_view bytes);
    // The client sees a reset instead of an end.
    void reset();
    int fd() const { return fd_; }

private:
    bool fillBuffer();

    int fd_;
    HeardRequests& heard_;
    sdk::OpenSsl<SSL, SSL_free> tls_;
    std::string buffer_;
};

class TestServer {
public:
    using Handler = std::function<void(TestConnection&)>;

    // With `tls` every connection begins with a handshake; one that fails is not handed on.
    explicit TestServer(Handler handler, SSL_CTX* tls = nullptr, const char* address = "127.0.0.1");
    ~TestServer();
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    // From the first time on connections are taken, by the process that asks: what was set up before is seen
    // by the handler, and who forks asks before.
    int port() const;
    int connections() const { return connections_; }
    // What readHttpRequest() read so far, over all connections.
    std::vector<std::string> requests() const { return heard_.all(); }
    std::string url(std::string_view scheme, std::string_view path = "/") const;

private:
    void acceptAll() const;

    Handler handler_;
    SSL_CTX* tls_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::atomic<int> connections_{0};
    std::atomic<bool> isStopping_{false};
    mutable HeardRequests heard_;
    mutable std::vector<std::thread> threads_;
    mutable std::once_flag isAccepting_;
    mutable std::thread acceptor_;
};

// Stands between a client and a server and ends both connections after a number of bytes in one direction.
class CutProxy {
public:
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

    CutProxy(int targetPort, std::size_t cutUpAfter, std::size_t cutDownAfter);

    int port() const { return server_.port(); }
    // What passed, when nothing is in flight any more.
    std::size_t bytesUp() const { return up_; }      // client to server
    std::size_t bytesDown() const { return down_; }  // server to client

private:
    std::atomic<std::size_t> up_{0}, down_{0};
    TestServer server_;
};

}  // namespace greffe
