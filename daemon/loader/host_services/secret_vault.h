// SPDX-License-Identifier: Apache-2.0
// The secrets of one instance, and the service "secrets/1" over them. A plugin gets numbers; the bytes leave
// the vault in three ways only: inside an HMAC, on the wire in place of a placeholder, and, where a pool
// allows it, by reveal().
//
// A placeholder is "{{secret:<number>:<32 random hex digits>}}". The random part belongs to this vault and
// run: text that came in from outside cannot name a secret. A placeholder alone inside "{{base64:…}}" makes
// the host encode all that stands between, for "Basic" credentials.
//
// Not thread-safe; filled before the plugin starts. One vault an instance, so that one provider's worker
// never holds another's secrets.
#pragma once

#include "base/result.h"
#include "loader/host_services/locked_bytes.h"

#include <greffe/host.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

class SecretVault {
public:
    SecretVault();

    // `option`: the key under which the configuration gave it ("api_key"). The bytes are kept as they are.
    // Errors: no bytes (Invalid), the option has one already (Exists), memory that cannot be locked.
    Status add(std::string_view option, std::string_view bytes);

    // SecretsService::kNone when there is none.
    std::uint32_t find(std::string_view option) const;
    std::optional<std::string_view> bytes(std::uint32_t secret) const;
    std::string placeholder(std::uint32_t secret) const;

    // The text as it goes on the wire. Unknown placeholders stay as they are. Errc::Internal for a
    // "{{base64:" that holds one of this vault's placeholders and does not end. The answer holds secrets:
    // wipe it after use.
    Result<std::string> fill(std::string_view text) const;
    // The same for a header's value: Errc::Invalid when a secret would bring a line break or NUL into it.
    Result<std::string> fillHeader(std::string_view text) const;

    // The text with every secret of eight bytes or more replaced by "{{hidden}}": for logs. Shorter ones
    // would turn ordinary words into riddles.
    std::string hide(std::string_view text) const;
    bool isEmpty() const { return secrets_.empty(); }

private:
    struct Secret {
        std::string option;
        LockedBytes bytes;
    };

    struct Placed {
        std::size_t begin, end;
        std::string_view bytes;
    };
    std::optional<Placed> nextPlaceholder(std::string_view text, std::size_t from) const;

    std::string random_;  // hex
    std::vector<Secret> secrets_;
};

class HostSecrets final : public SecretsService {
public:
    enum class Reveal { Never, Allowed };

    HostSecrets(const SecretVault& vault, Reveal reveal) : vault_(vault), reveal_(reveal) {}

    std::uint32_t find(Slice option) noexcept override;
    bool hmacSha256(std::uint32_t secret, Slice bytes, unsigned char out[32]) noexcept override;
    bool placeholder(std::uint32_t secret, ByteSink& out) noexcept override;
    // Refuses a user with ':' (RFC 7617 cannot carry it) or "}}".
    bool basicAuthorization(Slice user, std::uint32_t secret, ByteSink& out) noexcept override;
    bool reveal(std::uint32_t secret, ByteSink& out) noexcept override;

private:
    const SecretVault& vault_;
    Reveal reveal_;
};

}  // namespace greffe
