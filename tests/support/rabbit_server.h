// SPDX-License-Identifier: Apache-2.0
// A real RabbitMQ of the test's own: its data in a temporary folder, its ports on loopback, nobody else's
// node touched. It can be killed at any moment and started again on the same data.
//
// Needs Debian's rabbitmq-server (scripts/setup --test installs it without starting it). Without it the test
// fails and says so: a queue that was never tried is no queue that works.
#pragma once

#include "support/temporary_directory.h"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

class RabbitServer {
public:
    RabbitServer();
    ~RabbitServer();
    RabbitServer(const RabbitServer&) = delete;
    RabbitServer& operator=(const RabbitServer&) = delete;

    // Waits until it takes connections. The text says what is wrong, empty when all is well.
    std::string start(std::chrono::seconds limit = std::chrono::seconds(90));
    void killHard();
    std::uint16_t port() const { return port_; }

private:
    void run() const;

    TemporaryDirectory folder_;
    std::uint16_t port_ = 0, distributionPort_ = 0, mapperPort_ = 0;
    pid_t mapper_ = -1;  // epmd, in its own process
    pid_t server_ = -1;  // leads a process group
};

// A client of the test's own, with rabbitmq-c. Every call opens what it needs; false when the broker is not
// there.
class RabbitClient {
public:
    explicit RabbitClient(std::uint16_t port) : port_(port) {}
    ~RabbitClient() { close(); }
    RabbitClient(const RabbitClient&) = delete;
    RabbitClient& operator=(const RabbitClient&) = delete;

    struct Sent {
        std::string body, messageId, contentType;
        std::map<std::string, std::string> headers;
    };
    // A durable queue.
    bool declare(const std::string& queue);
    // Persistent, and confirmed by the broker.
    bool publish(const std::string& queue, const Sent& message);
    // Messages that are ready in it; -1 when it cannot be asked.
    int depth(const std::string& queue);
    // How many consumers it has; -1 when it cannot be asked.
    int consumers(const std::string& queue);
    // Takes the next one off, with its headers; none when it is empty.
    std::optional<Sent> take(const std::string& queue);
    void close();

private:
    bool open();
    const void* ask(const std::string& queue);  // amqp_queue_declare_ok_t, null when it cannot be asked

    std::uint16_t port_;
    void* state_ = nullptr;  // amqp_connection_state_t
};

}  // namespace greffe
