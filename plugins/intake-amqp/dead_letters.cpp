// SPDX-License-Identifier: Apache-2.0
#include "dead_letters.h"

#include <sys/time.h>

#include <vector>

namespace greffe::amqp {
namespace {

amqp_table_entry_t entry(std::string_view key, std::string_view text) {
    amqp_table_entry_t made{};
    made.key = bytesOf(key);
    made.value.kind = AMQP_FIELD_KIND_UTF8;
    made.value.value.bytes = bytesOf(text);
    return made;
}

constexpr std::string_view kOurs = "x-greffe-";

}  // namespace

bool DeadLetters::fail(std::string text) {
    failure_ = "dead letters: " + std::move(text);
    connection_.close();
    return false;
}

bool DeadLetters::open(std::string_view password) {
    if (connection_.isOpen()) return true;
    if (!connection_.open(password)) return fail(connection_.failure());
    if (options_.deadLetterExchange.empty()) {
        amqp_queue_declare(connection_.state(), kChannel, bytesOf(options_.deadLetterQueue), 0, 1, 0, 0,
                           amqp_empty_table);
        if (!connection_.succeeded("declaring the queue")) return fail(connection_.failure());
    }
    amqp_confirm_select(connection_.state(), kChannel);
    return connection_.succeeded("asking for confirmations") || fail(connection_.failure());
}

bool DeadLetters::publish(const amqp_message_t& message, std::string_view reason,
                          std::string_view explanation, std::string_view password) {
    if (!open(password)) return false;
    std::vector<amqp_table_entry_t> headers;
    const amqp_basic_properties_t& given = message.properties;
    if ((given._flags & AMQP_BASIC_HEADERS_FLAG) != 0)
        for (int i = 0; i < given.headers.num_entries; ++i)
            if (textOf(given.headers.entries[i].key).substr(0, kOurs.size()) != kOurs)
                headers.push_back(given.headers.entries[i]);
    headers.push_back(entry("x-greffe-reason", reason));
    headers.push_back(entry("x-greffe-explanation", explanation));
    headers.push_back(entry("x-greffe-queue", options_.queue));
    amqp_basic_properties_t properties = given;
    properties.headers.num_entries = static_cast<int>(headers.size());
    properties.headers.entries = headers.data();
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    properties._flags |= AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
    // The broker refuses somebody else's user id, and a dead letter must not expire.
    properties._flags &= ~static_cast<amqp_flags_t>(AMQP_BASIC_USER_ID_FLAG | AMQP_BASIC_EXPIRATION_FLAG);
    const int sent = amqp_basic_publish(connection_.state(), kChannel, bytesOf(options_.deadLetterExchange),
                                        bytesOf(options_.deadLetterQueue), 1, 0, &properties, message.body);
    if (!connection_.succeeded(sent, "publishing")) return fail(connection_.failure());
    return waitForConfirmation();
}

bool DeadLetters::waitForConfirmation() {
    bool wasReturned = false;
    for (;;) {
        amqp_maybe_release_buffers(connection_.state());
        const timeval limit{static_cast<time_t>(options_.timeoutSeconds), 0};
        amqp_frame_t frame{};
        const int got = amqp_simple_wait_frame_noblock(connection_.state(), &frame, &limit);
        if (!connection_.succeeded(got, "waiting for a confirmation")) return fail(connection_.failure());
        if (frame.frame_type != AMQP_FRAME_METHOD) continue;
        switch (frame.payload.method.id) {
            case AMQP_BASIC_ACK_METHOD:
                // An unroutable message is returned first and acknowledged then.
                return !wasReturned ||
                       fail("nothing is bound to take them: check dead_letter_exchange and its bindings");
            case AMQP_BASIC_NACK_METHOD: return fail("the broker could not keep it");
            case AMQP_BASIC_RETURN_METHOD: wasReturned = true; break;
            case AMQP_CHANNEL_CLOSE_METHOD:
            case AMQP_CONNECTION_CLOSE_METHOD:
                return fail("the broker closed the connection; does the exchange exist?");
            default: break;
        }
    }
}

}  // namespace greffe::amqp
