// SPDX-License-Identifier: Apache-2.0
// A message as the broker delivered it, owned until it is acknowledged, and what the host is told about it.
#pragma once

#include "amqp_connection.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::amqp {

class DeliveredMessage {
public:
    DeliveredMessage() = default;
    ~DeliveredMessage() { clear(); }
    DeliveredMessage(DeliveredMessage&& other) noexcept;
    DeliveredMessage& operator=(DeliveredMessage&& other) noexcept;

    // To be filled by the library; setFilled() then says that there is something to free.
    amqp_envelope_t* envelope() { return &envelope_; }
    void setFilled() { isFilled_ = true; }

    std::uint64_t deliveryTag() const { return envelope_.delivery_tag; }
    const amqp_message_t& message() const { return envelope_.message; }
    std::string_view body() const { return textOf(envelope_.message.body); }
    // How often a quorum queue delivered it before; 0 where nobody counts.
    std::uint64_t deliveryCount() const;

    // {"name", "media_type", "redelivered", "message_id"?, "reference"?: {"path", "sha256"?}}. A body of type
    // application/vnd.greffe.reference+json names a file, and the host reads that instead. `problem` is set
    // when it is one and cannot be understood.
    std::string metadata(std::string& problem) const;

private:
    void clear();

    amqp_envelope_t envelope_{};
    bool isFilled_ = false;
};

}  // namespace greffe::amqp
