// SPDX-License-Identifier: Apache-2.0
// A connection to the broker with one channel: opened, used until something fails, closed. It is never
// repaired: what was not acknowledged comes again on the next one.
//
// Blocking, every wait limited. Not thread-safe.
#pragma once

#include "amqp_options.h"

#include <greffe/sdk/openssl.h>

#include <openssl/x509_vfy.h>

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#else
#include <amqp.h>
#endif

#include <string>
#include <string_view>

namespace greffe::amqp {

using TrustStore = sdk::OpenSsl<X509_STORE, X509_STORE_free>;

// The roots that a broker's certificate is checked against, read while files can still be opened. Null with
// an explanation.
TrustStore readTrust(const std::string& caFile, std::string& problem);

constexpr amqp_channel_t kChannel = 1;

inline amqp_bytes_t bytesOf(std::string_view text) {
    return amqp_bytes_t{text.size(), const_cast<char*>(text.data())};  // NOLINT: the library only reads it
}
inline std::string_view textOf(amqp_bytes_t bytes) {
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

class AmqpConnection {
public:
    AmqpConnection(const AmqpOptions& options, X509_STORE* trust) : options_(options), trust_(trust) {}
    ~AmqpConnection() { close(); }
    AmqpConnection(const AmqpConnection&) = delete;
    AmqpConnection& operator=(const AmqpConnection&) = delete;

    // TCP, TLS, login, channel. False: failure() says why, and the connection is closed again.
    bool open(std::string_view password);
    bool isOpen() const { return state_ != nullptr; }
    void close();

    amqp_connection_state_t state() const { return state_; }
    // The answer to the last call that returns a decoded method.
    bool succeeded(const char* doing) { return succeeded(amqp_get_rpc_reply(state_), doing); }
    bool succeeded(const amqp_rpc_reply_t& reply, const char* doing);
    bool succeeded(int status, const char* doing);

    const std::string& failure() const { return failure_; }

private:
    bool fail(std::string text);
    bool connect();

    const AmqpOptions& options_;
    X509_STORE* trust_;
    amqp_connection_state_t state_ = nullptr;
    std::string failure_;
};

}  // namespace greffe::amqp
