// SPDX-License-Identifier: Apache-2.0
// Where messages go that can never be taken: published again with the reason in their headers, confirmed by
// the broker before the original is acknowledged. On a connection of its own, so that a confirmation is never
// mixed up with deliveries.
//
//   x-greffe-reason       code of greffe/reason.h
//   x-greffe-explanation  a sentence
//   x-greffe-queue        where it came from
#pragma once

#include "amqp_connection.h"

#include <string>
#include <string_view>

namespace greffe::amqp {

class DeadLetters {
public:
    DeadLetters(const AmqpOptions& options, X509_STORE* trust)
        : options_(options), connection_(options, trust) {}

    // True once the broker has it for good. Otherwise failure() says why.
    bool publish(const amqp_message_t& message, std::string_view reason, std::string_view explanation,
                 std::string_view password);
    const std::string& failure() const { return failure_; }
    void close() { connection_.close(); }

private:
    bool open(std::string_view password);
    bool waitForConfirmation();
    bool fail(std::string text);

    const AmqpOptions& options_;
    AmqpConnection connection_;
    std::string failure_;
};

}  // namespace greffe::amqp
