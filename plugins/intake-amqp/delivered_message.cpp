// SPDX-License-Identifier: Apache-2.0
#include "delivered_message.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace greffe::amqp {
namespace {

constexpr std::string_view kReferenceType = "application/vnd.greffe.reference+json";
constexpr std::size_t kMaxReferenceBytes = 16U << 10U;

std::string_view header(const amqp_basic_properties_t& properties, std::string_view name) {
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return {};
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& entry = properties.headers.entries[i];
        if (textOf(entry.key) == name && entry.value.kind == AMQP_FIELD_KIND_UTF8)
            return textOf(entry.value.value.bytes);
    }
    return {};
}

// The last part of what a sender calls a file name.
std::string plainName(std::string_view given) {
    const auto slash = given.find_last_of(std::string_view("/\0", 2));
    if (slash != std::string_view::npos) given.remove_prefix(slash + 1);
    return std::string(given.substr(0, 255));
}

nlohmann::json readReference(std::string_view body, std::string& problem) {
    if (body.size() > kMaxReferenceBytes) {
        problem = "a reference of more than 16 KiB";
        return {};
    }
    const nlohmann::json given = nlohmann::json::parse(body, nullptr, false);
    nlohmann::json reference;
    if (given.is_object()) {
        for (const auto& [key, value] : given.items()) {
            const bool isKnown = key == "path" || key == "sha256";
            if (!isKnown || !value.is_string() || value.get_ref<const std::string&>().empty())
                problem = "a reference holds \"path\" and may hold \"sha256\", both texts";
            reference[key] = value;
        }
    }
    if (problem.empty() && !reference.contains("path")) problem = R"(a reference must be {"path": "…"})";
    return reference;
}

}  // namespace

DeliveredMessage::DeliveredMessage(DeliveredMessage&& other) noexcept
    : envelope_(other.envelope_), isFilled_(std::exchange(other.isFilled_, false)) {}

DeliveredMessage& DeliveredMessage::operator=(DeliveredMessage&& other) noexcept {
    if (this != &other) {
        clear();
        envelope_ = other.envelope_;
        isFilled_ = std::exchange(other.isFilled_, false);
    }
    return *this;
}

void DeliveredMessage::clear() {
    if (std::exchange(isFilled_, false)) amqp_destroy_envelope(&envelope_);
}

std::uint64_t DeliveredMessage::deliveryCount() const {
    const amqp_basic_properties_t& properties = envelope_.message.properties;
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return 0;
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& entry = properties.headers.entries[i];
        if (textOf(entry.key) != "x-delivery-count") continue;
        const amqp_field_value_t& value = entry.value;
        if (value.kind == AMQP_FIELD_KIND_I64 && value.value.i64 > 0)
            return static_cast<std::uint64_t>(value.value.i64);
        if (value.kind == AMQP_FIELD_KIND_I32 && value.value.i32 > 0)
            return static_cast<std::uint64_t>(value.value.i32);
        if (value.kind == AMQP_FIELD_KIND_U8) return value.value.u8;
        if (value.kind == AMQP_FIELD_KIND_I8 && value.value.i8 > 0)
            return static_cast<std::uint64_t>(value.value.i8);
    }
    return 0;
}

std::string DeliveredMessage::metadata(std::string& problem) const {
    const amqp_basic_properties_t& properties = envelope_.message.properties;
    const auto has = [&](amqp_flags_t flag) { return (properties._flags & flag) != 0; };
    nlohmann::json told = {{"redelivered", envelope_.redelivered != 0}};
    std::string name = plainName(header(properties, "filename"));
    if (has(AMQP_BASIC_CONTENT_TYPE_FLAG)) told["media_type"] = std::string(textOf(properties.content_type));
    if (has(AMQP_BASIC_MESSAGE_ID_FLAG)) told["message_id"] = std::string(textOf(properties.message_id));
    if (has(AMQP_BASIC_CONTENT_TYPE_FLAG) && textOf(properties.content_type) == kReferenceType) {
        told["reference"] = readReference(body(), problem);
        if (name.empty() && problem.empty())
            name = plainName(told["reference"]["path"].get_ref<const std::string&>());
    }
    told["name"] = name.empty() || name == "." || name == ".." ? "message" : name;
    return told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace greffe::amqp
