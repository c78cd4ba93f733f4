// SPDX-License-Identifier: Apache-2.0
// Signing one document digest with one seal key: the only thing the keys worker does with a signer plugin.
//
// The worker builds the signed attributes itself, from the digest and the certificate: a caller who could
// hand over bytes to sign could have anything signed in the office's name. What comes back from the plugin is
// checked with the certificate's public key: always for RSA, where one faulty signature is enough to compute
// the key from it; for ECDSA the first one of a worker and every kSpotCheckEvery-th after it, because every
// seal is verified once more when it is embedded (README.md says what that leaves open).
//
// Not thread-safe; one per key and worker. Costs one private-key operation, for RSA one public-key operation,
// and some microseconds.
#pragma once

#include "seal/cms_builder.h"

#include <greffe/capability/digest_signer.h>
#include <greffe/reason.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace greffe {

struct SignedDigest {
    std::string cms;                // DER SignedData, detached
    Digest signatureValueSha256{};  // the imprint of a time-stamp over this seal
};

class DigestSigning {
public:
    // An ECDSA verification costs three times what the signature did: a check of all would halve and halve
    // the rate.
    static constexpr std::uint64_t kSpotCheckEvery = 64;

    // Asks the signer for its chain and scheme, once. The signer must live longer than this object.
    // Errc::Invalid: no usable chain, or a scheme that does not fit it.
    static Result<DigestSigning> open(DigestSigner& signer);

    DigestSigning(DigestSigning&&) noexcept;
    DigestSigning& operator=(DigestSigning&&) noexcept;
    ~DigestSigning();

    // `digest` is the SHA-256 of the document without the gap.
    // Errc::Invalid: not 32 bytes; nothing was signed. Errc::Busy: the signer says retry later. Errc::Denied:
    // it refuses. Errc::Internal: it broke its contract. Errc::Corrupt: its signature does not fit the
    // certificate; the signature is thrown away, and the key should not be used again before somebody looked
    // at the machine.
    Result<SignedDigest> signDigest(std::string_view digest);

    const SignerChain& chain() const;
    SignatureScheme scheme() const;
    std::size_t estimateCmsBytes(bool withTimestampReserve) const;

private:
    struct Parts;
    explicit DigestSigning(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

// The reason code that an error of signDigest() has in an outcome: Busy is transient, the rest stops the key.
Reason signingReason(const Error& error);

}  // namespace greffe
