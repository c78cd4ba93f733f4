// SPDX-License-Identifier: Apache-2.0
// A connection to the server: lines in, bytes out, TLS from any moment on. Blocking, with a limit on every
// wait; the host's cancellation is looked at several times a second.
//
// Not thread-safe. After a failure only failure() and the destructor make sense.
#pragma once

#include <greffe/host.h>
#include <greffe/sdk/openssl.h>

#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::smtp {

using TlsContext = sdk::OpenSsl<SSL_CTX, SSL_CTX_free>;

// TLS 1.2 or newer, certificates checked against `caFile`, or the system's roots. Null with an explanation.
TlsContext clientTls(const std::string& caFile, std::string& problem);

class Connection {
public:
    explicit Connection(CancelService* cancel) : cancel_(cancel) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool open(const std::string& host, std::uint16_t port, std::uint32_t timeoutMs);
    // Checks that the certificate is `host`'s. Bytes that came before the handshake and were not read are
    // refused: somebody in between could have put them there.
    bool startTls(SSL_CTX* context, const std::string& host, std::uint32_t timeoutMs);
    // Without its CRLF (a bare LF is taken as well). At most 4,096 bytes.
    bool readLine(std::string& line, std::uint32_t timeoutMs);
    // True when all bytes were handed to the system.
    bool write(std::string_view bytes, std::uint32_t timeoutMs);

    bool isOpen() const { return fd_ >= 0; }
    void close();
    const std::string& failure() const { return failure_; }
    std::string tlsVersion() const;    // "TLSv1.3", or empty
    std::string localLiteral() const;  // "[192.0.2.7]", for EHLO

private:
    bool fail(std::string text);
    bool wait(short events, std::int64_t deadlineMs);
    bool waitForTls(int result, std::int64_t deadlineMs, const char* doing);

    CancelService* cancel_;
    int fd_ = -1;
    sdk::OpenSsl<SSL, SSL_free> tls_;
    std::string buffer_;
    std::string failure_;
};

}  // namespace greffe::smtp
