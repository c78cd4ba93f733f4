// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

namespace greffe::smtp {
namespace {

constexpr std::size_t kLongestReplyLine = 4096;
constexpr int kLookAtCancelEveryMs = 100;
constexpr const char* kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

bool isAddressLiteral(const std::string& host) {
    unsigned char bytes[16];
    return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

TlsContext clientTls(const std::string& caFile, std::string& problem) {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    // Everything is read now: when the sandbox has closed there is no file to open.
    const bool isSystem = caFile.empty();
    bool isReady = context && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1;
    if (isReady) {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        isReady = SSL_CTX_load_verify_file(context.get(), isSystem ? kSystemRoots : caFile.c_str()) == 1 ||
                  (isSystem && SSL_CTX_set_default_verify_paths(context.get()) == 1);
    }
    if (isReady) return context;
    problem = "the trust roots cannot be read: " + sdk::openSslErrors();
    return {};
}

Connection::~Connection() {
    close();
}

void Connection::close() {
    tls_.reset();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bool Connection::fail(std::string text) {
    if (failure_.empty()) failure_ = std::move(text);
    close();
    return false;
}

bool Connection::wait(short events, std::int64_t deadlineMs) {
    for (;;) {
        if (cancel_ != nullptr && cancel_->isCancelled()) return fail("cancelled");
        const std::int64_t left = deadlineMs - nowMs();
        if (left <= 0) return fail("no answer in time");
        pollfd entry{fd_, events, 0};
        const int ready =
            poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, kLookAtCancelEveryMs)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return fail(std::strerror(errno));
    }
}

bool Connection::open(const std::string& host, std::uint16_t port, std::uint32_t timeoutMs) {
    const std::int64_t deadlineMs = nowMs() + timeoutMs;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0) return fail("the name " + host + " is not found: " + gai_strerror(code));
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    std::string lastFailure = "no address";
    std::int64_t left = 0;
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next)
        ++left;
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next, --left) {
        failure_.clear();
        // Each gets its share: one that swallows packets must not use up the others' time.
        const std::int64_t shareMs = nowMs() + (deadlineMs - nowMs()) / left;
        fd_ = socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol);
        if (fd_ < 0) continue;
        // The final dot follows the mail in a write of its own: without this it waits 40 ms for nothing.
        const int isOn = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &isOn, sizeof isOn);
        if (connect(fd_, each->ai_addr, each->ai_addrlen) == 0) return true;
        int error = errno;
        if (error == EINPROGRESS && wait(POLLOUT, shareMs)) {
            socklen_t size = sizeof error;
            getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error == 0) return true;
        }
        lastFailure = failure_.empty() ? std::strerror(error) : failure_;
        close();
    }
    failure_.clear();
    return fail("cannot connect to " + host + ":" + std::to_string(port) + ": " + lastFailure);
}

bool Connection::waitForTls(int result, std::int64_t deadlineMs, const char* doing) {
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ: return wait(POLLIN, deadlineMs);
        case SSL_ERROR_WANT_WRITE: return wait(POLLOUT, deadlineMs);
        case SSL_ERROR_ZERO_RETURN: return fail("the server closed the connection");
        default: break;
    }
    const long verified = SSL_get_verify_result(tls_.get());
    if (verified != X509_V_OK)
        return fail(std::string(doing) +
                    ": the certificate is not trusted: " + X509_verify_cert_error_string(verified));
    return fail(std::string(doing) + ": " +
                (ERR_peek_error() != 0 ? sdk::openSslErrors() : "the connection broke"));
}

bool Connection::startTls(SSL_CTX* context, const std::string& host, std::uint32_t timeoutMs) {
    if (!buffer_.empty()) return fail("the server sent more than its answer before TLS began");
    const std::int64_t deadlineMs = nowMs() + timeoutMs;
    ERR_clear_error();
    tls_.reset(SSL_new(context));
    if (!tls_ || SSL_set_fd(tls_.get(), fd_) != 1) return fail("no memory for TLS");
    X509_VERIFY_PARAM* const rules = SSL_get0_param(tls_.get());
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool isNumber = isAddressLiteral(host);
    const bool isSet = isNumber ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
                                : X509_VERIFY_PARAM_set1_host(rules, host.c_str(), 0) == 1 &&
                                      SSL_set_tlsext_host_name(tls_.get(), host.c_str()) == 1;
    if (!isSet) return fail("the host's name cannot be checked");
    for (;;) {
        const int result = SSL_connect(tls_.get());
        if (result == 1) return true;
        if (!waitForTls(result, deadlineMs, "TLS")) return false;
    }
}

bool Connection::readLine(std::string& line, std::uint32_t timeoutMs) {
    const std::int64_t deadlineMs = nowMs() + timeoutMs;
    for (;;) {
        const std::size_t end = buffer_.find('\n');
        if (end != std::string::npos) {
            line = buffer_.substr(0, end > 0 && buffer_[end - 1] == '\r' ? end - 1 : end);
            buffer_.erase(0, end + 1);
            return true;
        }
        if (buffer_.size() > kLongestReplyLine) return fail("the server's line does not end");
        if (fd_ < 0) return fail("the connection is closed");
        char bytes[2048];
        if (tls_) {
            ERR_clear_error();
            const int got = SSL_read(tls_.get(), bytes, sizeof bytes);
            if (got > 0)
                buffer_.append(bytes, static_cast<std::size_t>(got));
            else if (!waitForTls(got, deadlineMs, "reading"))
                return false;
            continue;
        }
        const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
        if (got > 0)
            buffer_.append(bytes, static_cast<std::size_t>(got));
        else if (got == 0)
            return fail("the server closed the connection");
        else if (errno == EAGAIN || errno == EINTR) {
            if (!wait(POLLIN, deadlineMs)) return false;
        } else
            return fail(std::string("reading: ") + std::strerror(errno));
    }
}

bool Connection::write(std::string_view bytes, std::uint32_t timeoutMs) {
    const std::int64_t deadlineMs = nowMs() + timeoutMs;
    while (!bytes.empty()) {
        if (fd_ < 0) return fail("the connection is closed");
        if (tls_) {
            ERR_clear_error();
            const int sent = SSL_write(tls_.get(), bytes.data(),
                                       static_cast<int>(std::min<std::size_t>(bytes.size(), 16'384)));
            if (sent > 0)
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            else if (!waitForTls(sent, deadlineMs, "writing"))
                return false;
            continue;
        }
        const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0)
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno == EAGAIN || errno == EINTR) {
            if (!wait(POLLOUT, deadlineMs)) return false;
        } else
            return fail(std::string("writing: ") + std::strerror(errno));
    }
    return true;
}

std::string Connection::tlsVersion() const {
    return tls_ ? SSL_get_version(tls_.get()) : "";
}

std::string Connection::localLiteral() const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    char text[INET6_ADDRSTRLEN] = {};
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "[127.0.0.1]";
    if (address.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6&>(address).sin6_addr, text, sizeof text);
        return "[IPv6:" + std::string(text) + "]";
    }
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in&>(address).sin_addr, text, sizeof text);
    return "[" + std::string(text) + "]";
}

}  // namespace greffe::smtp
