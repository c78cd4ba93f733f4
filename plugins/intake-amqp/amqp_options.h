// SPDX-License-Identifier: Apache-2.0
// What an instance is configured to do, and whether it makes sense.
#pragma once

#include <greffe/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::amqp {

struct AmqpOptions {
    std::string host = "localhost";
    std::uint16_t port = 5671;
    bool hasTls = true;
    bool allowsPlaintext = false;
    std::string caFile;  // empty: the system's roots
    std::string virtualHost = "/";
    std::string username = "guest";
    std::string queue;
    std::uint16_t prefetch = 16;
    std::string deadLetterExchange;  // empty: the default one, whose routing key is a queue's name
    std::string deadLetterQueue;     // queue, or the exchange's routing key
    std::uint32_t maxDeliveries = 20;
    std::uint32_t timeoutSeconds = 5;
    std::uint16_t heartbeatSeconds = 30;

    bool isLoopback() const;
};

// Throws what nlohmann throws for text that is not JSON of the right types: the host has checked the schema.
AmqpOptions readOptions(std::string_view json);

bool checkOptions(const AmqpOptions& options, Problems& problems);

}  // namespace greffe::amqp
