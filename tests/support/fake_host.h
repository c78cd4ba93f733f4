// SPDX-License-Identifier: Apache-2.0
// A host for one plugin instance in a test: a clock that stands still, secrets from a map, a log that is
// kept.
#pragma once

#include "support/heard_outcome.h"

#include <greffe/host.h>
#include <greffe/sdk/instance.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace greffe {

class FakeHost final : public Host, public LogService, public ClockService, public SecretsService {
public:
    explicit FakeHost(std::int64_t unixMs = 0) : unixMs_(unixMs) {}

    // Host
    void* query(Slice serviceId) noexcept override {
        const std::string_view id = serviceId.view();
        if (id == LogService::kId) return static_cast<LogService*>(this);
        if (id == ClockService::kId) return static_cast<ClockService*>(this);
        if (id == SecretsService::kId) return static_cast<SecretsService*>(this);
        return nullptr;
    }

    // Log
    void write(LogLevel, Slice event, Slice keysJson) noexcept override {
        log.push_back(std::string(event.view()) + " " + std::string(keysJson.view()));
    }
    std::vector<std::string> log;

    // Clock
    std::int64_t unixMs() noexcept override { return unixMs_; }
    std::int64_t monotonicMs() noexcept override { return unixMs_; }
    void setUnixMs(std::int64_t value) { unixMs_ = value; }

    // Secrets
    std::uint32_t find(Slice option) noexcept override {
        for (std::size_t i = 0; i < secrets_.size(); ++i)
            if (secrets_[i].first == option.view()) return static_cast<std::uint32_t>(i + 1);
        return kNone;
    }
    bool hmacSha256(std::uint32_t secret, Slice bytes, unsigned char out[32]) noexcept override {
        if (!has(secret)) return false;
        const std::string& key = secrets_[secret - 1].second;
        return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                    reinterpret_cast<const unsigned char*>(bytes.data), bytes.size, out, nullptr) != nullptr;
    }
    bool placeholder(std::uint32_t secret, ByteSink& out) noexcept override {
        return has(secret) && out.write(std::string_view("{{secret " + std::to_string(secret) + "}}"));
    }
    bool reveal(std::uint32_t secret, ByteSink& out) noexcept override {
        return mayReveal && has(secret) && out.write(std::string_view(secrets_[secret - 1].second));
    }
    bool basicAuthorization(Slice user, std::uint32_t secret, ByteSink& out) noexcept override {
        if (!has(secret)) return false;
        return out.write(
            std::string_view("{{basic " + std::string(user.view()) + " " + std::to_string(secret) + "}}"));
    }
    // What a real host does with a header's value on the wire, after logging.
    std::string onTheWire(std::string value) const {
        for (std::size_t i = 0; i < secrets_.size(); ++i) {
            const std::string number = std::to_string(i + 1) + "}}";
            if (value == "{{secret " + number) return secrets_[i].second;
            if (value.rfind("{{basic ", 0) != 0 || value.size() < 9 + number.size()) continue;
            if (value.compare(value.size() - number.size() - 1, std::string::npos, " " + number) != 0)
                continue;
            return "Basic " +
                   base64(value.substr(8, value.size() - 9 - number.size()) + ":" + secrets_[i].second);
        }
        return value;
    }

    void setSecret(std::string option, std::string value) {
        secrets_.emplace_back(std::move(option), std::move(value));
    }
    // Overwrites the values, for tests that look for copies of them.
    void wipeSecrets() {
        for (auto& [option, value] : secrets_)
            OPENSSL_cleanse(value.data(), value.size());
    }
    bool mayReveal = true;

private:
    static std::string base64(const std::string& text) {
        std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
        const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()));
        out.resize(static_cast<std::size_t>(size));
        return out;
    }
    bool has(std::uint32_t secret) const { return secret >= 1 && secret <= secrets_.size(); }

    std::int64_t unixMs_;
    std::vector<std::pair<std::string, std::string>> secrets_;
};

// Findings about options, in the order they came: "error private_key: …".
class HeardProblems final : public Problems {
public:
    void error(Slice option, Slice message) noexcept override { errors.push_back(text(option, message)); }
    void warning(Slice option, Slice message) noexcept override { warnings.push_back(text(option, message)); }

    std::string all() const {
        std::string lines;
        for (const std::string& each : errors)
            lines += "error " + each + "\n";
        for (const std::string& each : warnings)
            lines += "warning " + each + "\n";
        return lines;
    }
    std::vector<std::string> errors;
    std::vector<std::string> warnings;

private:
    static std::string text(Slice option, Slice message) {
        return std::string(option.view()) + ": " + std::string(message.view());
    }
};

}  // namespace greffe
