// SPDX-License-Identifier: Apache-2.0
// One client's connection: lines in, bytes out, in the clear or under TLS.
//
// Used by its own thread; close() and isClosing() may be called from others.
#pragma once

#include "sys/unique_fd.h"

#include <greffe/sdk/openssl.h>

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

namespace greffe::simulators {

class Connection {
public:
    explicit Connection(UniqueFd socket) : socket_(std::move(socket)) {}

    enum class Line { Read, TooLong, Ended };
    // A line without its CR LF. A bare LF does not end a line: servers that thought otherwise made mails be
    // smuggled. TooLong: more than maxBytes came without an end; the rest of the line is skipped.
    Line readLine(std::string& line, std::size_t maxBytes);
    bool write(std::string_view bytes);

    // Server side of the handshake. What the client sent before it in the clear is dropped; its size is
    // returned in `droppedBytes`, since a server that kept it would take commands that an attacker slipped
    // in.
    bool startTls(SSL_CTX* context, std::size_t& droppedBytes);
    bool isEncrypted() const { return tls_ != nullptr; }

    // False when the connection was closed meanwhile.
    bool wait(std::chrono::milliseconds time) const;
    // Ends it from any thread, without farewell.
    void close();

private:
    bool fill();

    UniqueFd socket_;
    sdk::OpenSsl<SSL, SSL_free> tls_;
    std::string held_;
    std::atomic<bool> isClosing_{false};
};

}  // namespace greffe::simulators
