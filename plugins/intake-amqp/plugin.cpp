// SPDX-License-Identifier: Apache-2.0
#include "amqp_connection.h"
#include "amqp_options.h"
#include "dead_letters.h"
#include "delivered_message.h"

#include <greffe/capability/intake.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

namespace greffe::amqp {
namespace {

constexpr std::uint32_t kLookAtCancelEveryMs = 100;
// Held in memory until they are acknowledged or dead: a broker pushes up to `prefetch` of whatever size.
constexpr std::size_t kMostHeldBytes = 256U << 20U;

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class IntakeAmqp final : public sdk::InstanceBase<IntakeAmqp>, public Intake {
public:
    using InstanceBase::InstanceBase;
    ~IntakeAmqp() { OPENSSL_cleanse(password_.data(), password_.size()); }

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            options_ = readOptions(optionsJson);
            return true;
        });
    }

    bool validate(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            if (!checkOptions(options_, problems)) return false;
            std::string problem;
            if (options_.hasTls) trust_ = readTrust(options_.caFile, problem);
            if (!problem.empty()) problems.error("ca_file", std::string_view(problem));
            return problem.empty();
        });
    }

    bool provision(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            auto* const secrets = host().service<SecretsService>();
            const std::uint32_t secret =
                secrets != nullptr ? secrets->find("password") : SecretsService::kNone;
            sdk::StringSink revealed;
            if (secret != SecretsService::kNone && !secrets->reveal(secret, revealed)) {
                problems.error("password", "it cannot be read here");
                return false;
            }
            password_ = revealed.take();
            while (!password_.empty() && (password_.back() == '\n' || password_.back() == '\r'))
                password_.pop_back();
            consumer_ = std::make_unique<AmqpConnection>(options_, trust_.get());
            deadLetters_ = std::make_unique<DeadLetters>(options_, trust_.get());
            return true;
        });
    }

    void cleanup() noexcept override {
        held_.clear();
        consumer_.reset();
        deadLetters_.reset();
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == Intake::kId ? static_cast<Intake*>(this) : nullptr;
    }

    void fetch(std::uint32_t max, std::uint32_t waitMs, IntakeItems& items,
               Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            if (!consumer_->isOpen() && !consume())
                return sdk::retry(outcome, Reason::ProviderUnavailable, consumer_->failure());
            auto* const cancel = host().service<CancelService>();
            const std::int64_t deadline = nowMs() + waitMs;
            std::uint32_t count = 0;
            // The host has not settled what it was given: there is no room, and no hurry to ask again.
            while (heldBytes_ >= kMostHeldBytes && nowMs() < deadline &&
                   !(cancel != nullptr && cancel->isCancelled()))
                std::this_thread::sleep_for(std::chrono::milliseconds(kLookAtCancelEveryMs));
            while (count < max && heldBytes_ < kMostHeldBytes &&
                   !(cancel != nullptr && cancel->isCancelled())) {
                const std::int64_t left = std::max<std::int64_t>(0, deadline - nowMs());
                // Only for the first: what is there travels together, nobody waits for more.
                const auto wait = count > 0 ? 0 : std::min<std::int64_t>(left, kLookAtCancelEveryMs);
                DeliveredMessage message;
                const Next next = receive(message, wait);
                if (next == Next::Lost) break;
                if (next == Next::Nothing) {
                    if (count > 0 || left == 0) break;
                    continue;
                }
                if (offer(std::move(message), items)) ++count;
            }
            if (count == 0 && !consumer_->isOpen())
                return sdk::retry(outcome, Reason::ProviderUnavailable, consumer_->failure());
            outcome.done();
        });
    }

    void acknowledge(Slice itemId, Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            // Of a connection that is gone: it comes again, and the host knows it.
            if (const auto found = held_.find(std::string(itemId.view())); found != held_.end())
                settle(found);
            outcome.done();
        });
    }

    void reject(Slice itemId, Slice reason, Slice explanation, Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            const auto found = held_.find(std::string(itemId.view()));
            if (found == held_.end()) return outcome.done();
            if (!bury(found->second, reason, explanation))
                return sdk::retry(outcome, Reason::ProviderUnavailable, deadLetters_->failure());
            settle(found);
            outcome.done();
        });
    }

private:
    using Held = std::map<std::string, DeliveredMessage>;
    enum class Next { Message, Nothing, Lost };

    bool consume() {
        held_.clear();
        heldBytes_ = 0;
        ++connections_;
        if (!consumer_->open(password_)) return false;
        amqp_basic_qos(consumer_->state(), kChannel, 0, options_.prefetch, 0);
        if (!consumer_->succeeded("prefetch")) return false;
        amqp_basic_consume(consumer_->state(), kChannel, bytesOf(options_.queue), amqp_empty_bytes, 0, 0, 0,
                           amqp_empty_table);
        return consumer_->succeeded("consuming");
    }

    Next receive(DeliveredMessage& message, std::int64_t waitMs) {
        amqp_maybe_release_buffers(consumer_->state());
        const timeval limit{static_cast<time_t>(waitMs / 1000),
                            static_cast<suseconds_t>(waitMs % 1000 * 1000)};
        const amqp_rpc_reply_t reply =
            amqp_consume_message(consumer_->state(), message.envelope(), &limit, 0);
        if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
            message.setFilled();
            return Next::Message;
        }
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)
            return Next::Nothing;
        // Also when the broker says something else than "here is a message": it is closing, or the queue is
        // gone.
        static_cast<void>(consumer_->succeeded(reply, "receiving"));
        forgetAll();
        return Next::Lost;
    }

    // False when it was buried at once.
    bool offer(DeliveredMessage message, IntakeItems& items) {
        const std::string id = std::to_string(connections_) + ":" + std::to_string(message.deliveryTag());
        heldBytes_ += message.body().size();
        const auto [held, isNew] = held_.emplace(id, std::move(message));
        if (!isNew) return false;
        const DeliveredMessage& kept = held->second;
        if (kept.deliveryCount() > options_.maxDeliveries) {
            const std::string text = "delivered " + std::to_string(kept.deliveryCount()) + " times";
            buryOrDrop(held, reasonCode(Reason::AttemptsUsedUp), text);
            return false;
        }
        if (kept.body().size() > kMostHeldBytes) {
            buryOrDrop(held, reasonCode(Reason::TooLarge), "more than 256 MiB in one message");
            return false;
        }
        std::string problem;
        const std::string metadata = kept.metadata(problem);
        if (!problem.empty()) {
            buryOrDrop(held, reasonCode(Reason::NotAccepted), problem);
            return false;
        }
        ByteSink* const sink = items.item(std::string_view(id), std::string_view(metadata));
        // The host has no room for it in this call: it comes again.
        if (sink == nullptr || !sink->write(kept.body())) forgetAll();
        return true;
    }

    bool bury(const DeliveredMessage& message, std::string_view reason, std::string_view explanation) {
        if (deadLetters_->publish(message.message(), reason, explanation, password_)) return true;
        // It would stay unacknowledged and fill the prefetch: with the connection gone it comes again, after
        // the host's pause.
        consumer_->close();
        return false;
    }

    void buryOrDrop(Held::iterator held, std::string_view reason, std::string_view explanation) {
        if (bury(held->second, reason, explanation)) {
            settle(held);
        } else {
            forgetAll();
        }
    }

    void settle(Held::iterator held) {
        const bool isSent =
            consumer_->isOpen() &&
            consumer_->succeeded(amqp_basic_ack(consumer_->state(), kChannel, held->second.deliveryTag(), 0),
                                 "acknowledging");
        heldBytes_ -= std::min(heldBytes_, held->second.body().size());
        held_.erase(held);
        if (!isSent) forgetAll();
    }

    void forgetAll() {
        held_.clear();
        heldBytes_ = 0;
        consumer_->close();
    }

    AmqpOptions options_;
    TrustStore trust_;
    std::string password_;
    std::unique_ptr<AmqpConnection> consumer_;
    std::unique_ptr<DeadLetters> deadLetters_;
    std::uint64_t connections_ = 0;  // tells a delivery tag from the same one of an earlier connection
    Held held_;                      // not acknowledged yet, by item id
    std::size_t heldBytes_ = 0;
};

Instance* createIntakeAmqp(Host& host) noexcept {
    return IntakeAmqp::create(host);
}

}  // namespace
}  // namespace greffe::amqp

GREFFE_EXPORT_PLUGIN(
    "intake-amqp", "0.1.0", "Documents from a queue of RabbitMQ (AMQP 0-9-1)", "providers", "0.1", "intake/1",
    R"({"type":"object","additionalProperties":false,"required":["queue"],"properties":{)"
    R"("host":{"type":"string","default":"localhost","description":"The broker"},)"
    R"("port":{"type":"integer","minimum":1,"maximum":65535,"description":"5671 with TLS, 5672 without when left out"},)"
    R"("tls":{"type":"boolean","default":true,"description":"Whether the connection is protected; false is for a broker on this machine"},)"
    R"("allow_plaintext":{"type":"boolean","default":false,"description":"Allows no TLS beyond this machine"},)"
    R"("ca_file":{"type":"string","description":"Trust roots in PEM form, absolute path; the system's when left out"},)"
    R"("virtual_host":{"type":"string","default":"/","description":"The broker's virtual host"},)"
    R"("username":{"type":"string","default":"guest","description":"Who logs in"},)"
    R"("password":{"type":"string","format":"secret","description":"The user's password"},)"
    R"("queue":{"type":"string","description":"The queue that documents come from; it must exist"},)"
    R"("prefetch":{"type":"integer","minimum":1,"maximum":1000,"default":16,)"
    R"("description":"How many messages may be under way before one is acknowledged"},)"
    R"("dead_letter_exchange":{"type":"string","description":"Where messages go that can never be taken; the default exchange when left out"},)"
    R"("dead_letter_queue":{"type":"string","description":"Their queue, or routing key; the queue's name and .dead-letter when left out"},)"
    R"("max_deliveries":{"type":"integer","minimum":1,"maximum":1000,"default":20,)"
    R"("description":"A message of a quorum queue that came more often goes to the dead letters"},)"
    R"("timeout_seconds":{"type":"integer","minimum":1,"maximum":60,"default":5,"description":"How long the broker may take for an answer"},)"
    R"("heartbeat_seconds":{"type":"integer","minimum":0,"maximum":600,"default":30,"description":"How soon a dead connection is noticed; 0 for never"}}})",
    ::greffe::amqp::createIntakeAmqp);
