// SPDX-License-Identifier: Apache-2.0
#include "support/test_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace greffe {
namespace {

constexpr int kPatienceMs = 20'000;  // a test that hangs longer than this is broken

bool waitReadable(int fd) {
    pollfd entry{fd, POLLIN, 0};
    return poll(&entry, 1, kPatienceMs) > 0;
}

int connectTo(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

// Moves what is there from one side to the other; false at the end or at the cut.
bool forward(int from, int to, std::atomic<std::size_t>& passed, std::size_t cutAfter) {
    char bytes[4096];
    const ssize_t got = recv(from, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    const std::size_t count = std::min(static_cast<std::size_t>(got), cutAfter - passed);
    if (count > 0 && send(to, bytes, count, MSG_NOSIGNAL) != static_cast<ssize_t>(count)) return false;
    passed += count;
    return passed < cutAfter;
}

}  // namespace

TestTlsContext serverTls(const TestIdentity& identity, int lowest, int highest) {
    TestTlsContext context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(context.get(), lowest);
    SSL_CTX_set_max_proto_version(context.get(), highest);
    SSL_CTX_set_security_level(context.get(), 0);  // old versions, for clients that must refuse them
    bool isUsable = SSL_CTX_use_certificate(context.get(), identity.certificate.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1;
    for (const TestX509& issuer : identity.issuers) {
        X509_up_ref(issuer.get());
        isUsable = SSL_CTX_add_extra_chain_cert(context.get(), issuer.get()) == 1 && isUsable;
    }
    if (!isUsable) throw std::runtime_error("test TLS: " + sdk::openSslErrors());
    return context;
}

TestConnection::~TestConnection() {
    if (fd_ < 0) return;
    if (tls_) SSL_shutdown(tls_.get());
    tls_.reset();
    // What is still to be read would turn the end into a reset.
    shutdown(fd_, SHUT_WR);
    char rest[4096];
    while (waitReadable(fd_) && recv(fd_, rest, sizeof rest, 0) > 0) {
    }
    close(fd_);
}

bool TestConnection::startTls(SSL_CTX* context) {
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), fd_);
    if (SSL_accept(tls_.get()) == 1) return true;
    sdk::openSslErrors();
    tls_.reset();
    return false;
}

bool TestConnection::fillBuffer() {
    char bytes[4096];
    const bool isReady = (tls_ && SSL_pending(tls_.get()) > 0) || waitReadable(fd_);
    if (!isReady) return false;
    const auto got = tls_ ? SSL_read(tls_.get(), bytes, sizeof bytes)
                          : static_cast<int>(recv(fd_, bytes, sizeof bytes, 0));
    if (got <= 0) {
        sdk::openSslErrors();
        return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
}

std::string TestConnection::readUntil(std::string_view end) {
    std::size_t at = buffer_.find(end);
    while (at == std::string::npos && fillBuffer())
        at = buffer_.find(end);
    const std::size_t size = at == std::string::npos ? buffer_.size() : at + end.size();
    std::string text = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return text;
}

std::string TestConnection::readExactly(std::size_t count) {
    while (buffer_.size() < count && fillBuffer()) {
    }
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, bytes.size());
    return bytes;
}

std::string TestConnection::readHttpRequest() {
    std::string request = readUntil("\r\n\r\n");
    const auto at = request.find("Content-Length: ");
    if (at != std::string::npos)
        request +=
            readExactly(static_cast<std::size_t>(std::strtoull(request.c_str() + at + 16, nullptr, 10)));
    heard_.add(request);
    return request;
}

bool TestConnection::write(std::string_view bytes) {
    if (fd_ < 0) return false;
    if (tls_) return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    while (!bytes.empty()) {
        const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void TestConnection::reset() {
    tls_.reset();
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd_);
    fd_ = -1;
}

TestServer::TestServer(Handler handler, SSL_CTX* tls, const char* addressText)
    : handler_(std::move(handler)), tls_(tls) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL; workers ignore it as well
    sockaddr_storage address{};
    socklen_t size = sizeof(sockaddr_in);
    auto& in = reinterpret_cast<sockaddr_in&>(address);
    auto& in6 = reinterpret_cast<sockaddr_in6&>(address);
    const bool isV4 = inet_pton(AF_INET, addressText, &in.sin_addr) == 1;
    if (!isV4) {
        size = sizeof in6;
        if (inet_pton(AF_INET6, addressText, &in6.sin6_addr) != 1) throw std::runtime_error("no address");
    }
    address.ss_family = isV4 ? AF_INET : AF_INET6;
    listener_ = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0)
        throw std::runtime_error("test server: cannot listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(isV4 ? in.sin_port : in6.sin6_port);
}

int TestServer::port() const {
    std::call_once(isAccepting_, [this] { acceptor_ = std::thread([this] { acceptAll(); }); });
    return port_;
}

TestServer::~TestServer() {
    isStopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (acceptor_.joinable()) acceptor_.join();
    close(listener_);
    for (std::thread& thread : threads_)
        thread.join();
}

void TestServer::acceptAll() const {
    while (!isStopping_) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        ++connections_;
        threads_.emplace_back([this, fd] {
            TestConnection connection(fd, heard_);
            if (tls_ == nullptr || connection.startTls(tls_)) handler_(connection);
        });
    }
}

CutProxy::CutProxy(int targetPort, std::size_t cutUpAfter, std::size_t cutDownAfter)
    : server_([this, targetPort, cutUpAfter, cutDownAfter](TestConnection& client) {
          const int target = connectTo(targetPort);
          if (target < 0) return;
          bool isOpen = cutUpAfter > 0 && cutDownAfter > 0;
          while (isOpen) {
              pollfd entries[2] = {{client.fd(), POLLIN, 0}, {target, POLLIN, 0}};
              if (poll(entries, 2, kPatienceMs) <= 0) break;
              if (entries[0].revents != 0) isOpen = forward(client.fd(), target, up_, cutUpAfter);
              if (isOpen && entries[1].revents != 0)
                  isOpen = forward(target, client.fd(), down_, cutDownAfter);
          }
          close(target);
      }) {}

std::string TestServer::url(std::string_view scheme, std::string_view path) const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port()) + std::string(path);
}

}  // namespace greffe
