// SPDX-License-Identifier: Apache-2.0
#include "amqp_connection.h"

#include <openssl/ssl.h>

#if __has_include(<rabbitmq-c/ssl_socket.h>)
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

#include <sys/time.h>

namespace greffe::amqp {
namespace {

constexpr const char* kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";
constexpr int kMaxFrameBytes = 131'072;

std::string closeText(const amqp_method_t& method) {
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const auto* closed = static_cast<const amqp_connection_close_t*>(method.decoded);
        return std::to_string(closed->reply_code) + " " + std::string(textOf(closed->reply_text));
    }
    if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const auto* closed = static_cast<const amqp_channel_close_t*>(method.decoded);
        return std::to_string(closed->reply_code) + " " + std::string(textOf(closed->reply_text));
    }
    return "an unexpected answer";
}

}  // namespace

TrustStore readTrust(const std::string& caFile, std::string& problem) {
    TrustStore trust(X509_STORE_new());
    const std::string& path = caFile.empty() ? kSystemRoots : caFile;
    if (trust && X509_STORE_load_file(trust.get(), path.c_str()) == 1) return trust;
    problem = "the trust roots in " + path + " cannot be read: " + sdk::openSslErrors();
    return {};
}

bool AmqpConnection::fail(std::string text) {
    failure_ = std::move(text);
    close();
    return false;
}

void AmqpConnection::close() {
    // Without the closing dialogue: a broker that does not answer must not hold anybody up.
    if (state_ != nullptr) amqp_destroy_connection(state_);
    state_ = nullptr;
}

bool AmqpConnection::succeeded(const amqp_rpc_reply_t& reply, const char* doing) {
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL: return true;
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            return fail(std::string(doing) + ": " + amqp_error_string2(reply.library_error));
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            return fail(std::string(doing) + ": the broker says " + closeText(reply.reply));
        default: return fail(std::string(doing) + ": the broker closed the connection");
    }
}

bool AmqpConnection::succeeded(int status, const char* doing) {
    return status >= 0 || fail(std::string(doing) + ": " + amqp_error_string2(status));
}

bool AmqpConnection::connect() {
    amqp_socket_t* socket = options_.hasTls ? amqp_ssl_socket_new(state_) : amqp_tcp_socket_new(state_);
    if (socket == nullptr) return fail("no socket");
    if (options_.hasTls) {
        auto* context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
        if (SSL_CTX_set1_cert_store(context, trust_),
            SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
            return fail("TLS 1.2 is not available");
        amqp_ssl_socket_set_verify_peer(socket, 1);
        amqp_ssl_socket_set_verify_hostname(socket, 1);
    }
    const timeval limit{static_cast<time_t>(options_.timeoutSeconds), 0};
    return succeeded(
        amqp_socket_open_noblock(socket, options_.host.c_str(), options_.port, &limit),
        ("cannot connect to " + options_.host + " port " + std::to_string(options_.port)).c_str());
}

bool AmqpConnection::open(std::string_view password) {
    close();
    failure_.clear();
    state_ = amqp_new_connection();
    if (state_ == nullptr) return fail("not enough memory");
    const timeval limit{static_cast<time_t>(options_.timeoutSeconds), 0};
    if (!succeeded(amqp_set_handshake_timeout(state_, &limit), "handshake timeout") ||
        !succeeded(amqp_set_rpc_timeout(state_, &limit), "timeout") || !connect())
        return false;
    const std::string secret(password);
    const amqp_rpc_reply_t login =
        amqp_login(state_, options_.virtualHost.c_str(), 0, kMaxFrameBytes, options_.heartbeatSeconds,
                   AMQP_SASL_METHOD_PLAIN, options_.username.c_str(), secret.c_str());
    if (!succeeded(login, "login")) return false;
    amqp_channel_open(state_, kChannel);
    return succeeded("opening a channel");
}

}  // namespace greffe::amqp
