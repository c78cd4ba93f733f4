// SPDX-License-Identifier: Apache-2.0
#include "loader/host_services/secret_vault.h"

#include "base/invariant.h"
#include "base/sha256.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <charconv>

namespace greffe {
namespace {

constexpr std::string_view kSecretOpen = "{{secret:";
constexpr std::string_view kBase64Open = "{{base64:";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kHidden = "{{hidden}}";
constexpr std::size_t kShortestHidden = 8;

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace

SecretVault::SecretVault() {
    unsigned char random[16];
    // Without randomness a placeholder could be guessed: nothing this process does afterwards would be safe.
    GREFFE_INVARIANT(RAND_bytes(random, sizeof random) == 1);
    random_ = toHex(std::string_view(reinterpret_cast<const char*>(random), sizeof random));
}

Status SecretVault::add(std::string_view option, std::string_view bytes) {
    if (bytes.empty())
        return makeError(Errc::Invalid, fmt::format("{}: the secret is empty", option),
                         "check the file it comes from");
    if (find(option) != SecretsService::kNone)
        return makeError(Errc::Exists, fmt::format("{}: this option has a secret already", option));
    GREFFE_TRY_ASSIGN(LockedBytes held, LockedBytes::copyOf(bytes));
    secrets_.push_back({std::string(option), std::move(held)});
    return {};
}

std::uint32_t SecretVault::find(std::string_view option) const {
    for (std::size_t i = 0; i < secrets_.size(); ++i)
        if (secrets_[i].option == option) return static_cast<std::uint32_t>(i + 1);
    return SecretsService::kNone;
}

std::optional<std::string_view> SecretVault::bytes(std::uint32_t secret) const {
    if (secret == SecretsService::kNone || secret > secrets_.size()) return std::nullopt;
    return secrets_[secret - 1].bytes.view();
}

std::string SecretVault::placeholder(std::uint32_t secret) const {
    return fmt::format("{}{}:{}{}", kSecretOpen, secret, random_, kClose);
}

std::optional<SecretVault::Placed> SecretVault::nextPlaceholder(std::string_view text,
                                                                std::size_t from) const {
    for (std::size_t at = text.find(kSecretOpen, from); at != std::string_view::npos;
         at = text.find(kSecretOpen, at + 1)) {
        std::uint32_t number = 0;
        const char* digits = text.data() + at + kSecretOpen.size();
        if (std::from_chars(digits, text.data() + text.size(), number).ec != std::errc()) continue;
        const std::optional<std::string_view> secret = bytes(number);
        if (!secret) continue;
        const std::string expected = placeholder(number);
        if (text.substr(at, expected.size()) == expected) return Placed{at, at + expected.size(), *secret};
    }
    return std::nullopt;
}

Result<std::string> SecretVault::fill(std::string_view text) const {
    std::string filled;
    std::size_t from = 0;
    while (const std::optional<Placed> first = nextPlaceholder(text, from)) {
        const std::string_view before = text.substr(from, first->begin - from);
        // "{{base64:" counts only in front of a genuine placeholder, with no end between them.
        const std::size_t open = before.rfind(kBase64Open);
        if (open == std::string_view::npos || before.find(kClose, open) != std::string_view::npos) {
            filled.append(before).append(first->bytes);
            from = first->end;
            continue;
        }
        std::string inner(before.substr(open + kBase64Open.size()));
        inner.append(first->bytes);
        from = first->end;
        std::size_t close = text.find(kClose, from);
        for (auto next = nextPlaceholder(text, from); next && next->begin < close;
             next = nextPlaceholder(text, from)) {
            inner.append(text.substr(from, next->begin - from)).append(next->bytes);
            from = next->end;
            close = text.find(kClose, from);
        }
        if (close == std::string_view::npos)
            return makeError(Errc::Internal, "a \"{{base64:\" around a secret has no end",
                             "the plugin's author closes it with }}");
        inner.append(text.substr(from, close - from));
        filled.append(before.substr(0, open)).append(base64(inner));
        OPENSSL_cleanse(inner.data(), inner.size());
        from = close + kClose.size();
    }
    filled.append(text.substr(from));
    return filled;
}

Result<std::string> SecretVault::fillHeader(std::string_view text) const {
    GREFFE_TRY_ASSIGN(std::string filled, fill(text));
    if (filled.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
        return makeError(Errc::Invalid, "a secret with a line break cannot stand in a header",
                         "remove the line break at the end of the secret's file");
    return filled;
}

std::string SecretVault::hide(std::string_view text) const {
    std::string hidden(text);
    for (const Secret& secret : secrets_) {
        const std::string_view bytes = secret.bytes.view();
        if (bytes.size() < kShortestHidden) continue;
        for (std::size_t at = hidden.find(bytes); at != std::string::npos;
             at = hidden.find(bytes, at + kHidden.size()))
            hidden.replace(at, bytes.size(), kHidden);
    }
    return hidden;
}

std::uint32_t HostSecrets::find(Slice option) noexcept {
    return vault_.find(option);
}

bool HostSecrets::hmacSha256(std::uint32_t secret, Slice bytes, unsigned char out[32]) noexcept {
    const std::optional<std::string_view> key = vault_.bytes(secret);
    if (!key) return false;
    unsigned int size = 0;
    return HMAC(EVP_sha256(), key->data(), static_cast<int>(key->size()),
                reinterpret_cast<const unsigned char*>(bytes.data), bytes.size, out, &size) != nullptr &&
           size == 32;
}

bool HostSecrets::placeholder(std::uint32_t secret, ByteSink& out) noexcept {
    if (!vault_.bytes(secret)) return false;
    try {
        return out.write(vault_.placeholder(secret));
    } catch (...) {
        return false;
    }
}

bool HostSecrets::basicAuthorization(Slice user, std::uint32_t secret, ByteSink& out) noexcept {
    const std::string_view name = user;
    if (!vault_.bytes(secret) || name.find(':') != std::string_view::npos ||
        name.find(kClose) != std::string_view::npos)
        return false;
    try {
        return out.write(
            fmt::format("Basic {}{}:{}{}", kBase64Open, name, vault_.placeholder(secret), kClose));
    } catch (...) {
        return false;
    }
}

bool HostSecrets::reveal(std::uint32_t secret, ByteSink& out) noexcept {
    const std::optional<std::string_view> bytes = vault_.bytes(secret);
    return reveal_ == Reveal::Allowed && bytes && out.write(*bytes);
}

}  // namespace greffe
