// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace greffe::simulators {

using namespace std::chrono_literals;

bool Connection::fill() {
    char bytes[4096];
    const ssize_t size =
        tls_ ? SSL_read(tls_.get(), bytes, sizeof bytes) : ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (tls_) ERR_clear_error();
    if (size <= 0) return false;
    held_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

Connection::Line Connection::readLine(std::string& line, std::size_t maxBytes) {
    bool isTooLong = false;
    std::size_t end = held_.find("\r\n");
    while (end == std::string::npos) {
        if (held_.size() > maxBytes + 2) {
            isTooLong = true;
            held_.erase(0, held_.size() - 1);  // the last byte may be the CR
        }
        const std::size_t from = held_.empty() ? 0 : held_.size() - 1;
        if (isClosing_ || !fill()) return Line::Ended;
        end = held_.find("\r\n", from);
    }
    line = held_.substr(0, end);
    held_.erase(0, end + 2);
    return isTooLong || line.size() > maxBytes ? Line::TooLong : Line::Read;
}

bool Connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                  : ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (tls_) ERR_clear_error();
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Connection::startTls(SSL_CTX* context, std::size_t& droppedBytes) {
    droppedBytes = held_.size();
    held_.clear();
    sdk::OpenSsl<SSL, SSL_free> tls(SSL_new(context));
    if (!tls || SSL_set_fd(tls.get(), socket_.get()) != 1 || SSL_accept(tls.get()) != 1) {
        ERR_clear_error();
        return false;
    }
    tls_ = std::move(tls);
    return true;
}

bool Connection::wait(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!isClosing_) {
        const auto left = end - std::chrono::steady_clock::now();
        if (left <= 0ms) return true;
        std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, 20ms));
    }
    return false;
}

void Connection::close() {
    isClosing_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
}

}  // namespace greffe::simulators
