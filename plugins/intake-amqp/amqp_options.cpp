// SPDX-License-Identifier: Apache-2.0
#include "amqp_options.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace greffe::amqp {

bool AmqpOptions::isLoopback() const {
    return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

AmqpOptions readOptions(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    AmqpOptions options;
    options.host = json.value("host", options.host);
    options.hasTls = json.value("tls", true);
    options.port = json.value("port", static_cast<std::uint16_t>(options.hasTls ? 5671 : 5672));
    options.allowsPlaintext = json.value("allow_plaintext", false);
    options.caFile = json.value("ca_file", std::string());
    options.virtualHost = json.value("virtual_host", options.virtualHost);
    options.username = json.value("username", options.username);
    options.queue = json.value("queue", std::string());
    options.prefetch = json.value("prefetch", options.prefetch);
    options.deadLetterExchange = json.value("dead_letter_exchange", std::string());
    options.deadLetterQueue = json.value("dead_letter_queue", options.queue + ".dead-letter");
    options.maxDeliveries = json.value("max_deliveries", options.maxDeliveries);
    options.timeoutSeconds = json.value("timeout_seconds", options.timeoutSeconds);
    options.heartbeatSeconds = json.value("heartbeat_seconds", options.heartbeatSeconds);
    return options;
}

bool checkOptions(const AmqpOptions& options, Problems& problems) {
    bool isUsable = true;
    const auto error = [&](const char* option, const char* message) {
        problems.error(option, message);
        isUsable = false;
    };
    // AMQP's short strings; control characters have no business in a name.
    const auto isName = [](const std::string& text) {
        return !text.empty() && text.size() <= 255 && std::none_of(text.begin(), text.end(), [](char c) {
            return static_cast<unsigned char>(c) < ' ';
        });
    };
    if (!isName(options.host) || options.host.find('/') != std::string::npos)
        error("host", "a host name or an address, without a port");
    if (options.port == 0) error("port", "1 to 65535");
    if (!isName(options.queue)) error("queue", "the name of a queue: 1 to 255 bytes");
    if (!isName(options.virtualHost)) error("virtual_host", "the name of a virtual host: 1 to 255 bytes");
    if (!isName(options.username)) error("username", "1 to 255 bytes");
    if (!isName(options.deadLetterQueue)) error("dead_letter_queue", "the name of a queue: 1 to 255 bytes");
    if (options.deadLetterExchange.empty() && options.deadLetterQueue == options.queue)
        error("dead_letter_queue",
              "the queue itself: a message that cannot be taken would come back for ever");
    if (!options.deadLetterExchange.empty() && !isName(options.deadLetterExchange))
        error("dead_letter_exchange", "the name of an exchange: at most 255 bytes");
    if (!options.hasTls && !options.isLoopback() && !options.allowsPlaintext)
        error("tls",
              "without TLS everybody between here and there could read the documents and the password "
              "(allow_plaintext = true if that is meant)");
    if (!options.caFile.empty() && options.caFile.front() != '/') error("ca_file", "give an absolute path");
    return isUsable;
}

}  // namespace greffe::amqp
