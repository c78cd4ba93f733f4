// SPDX-License-Identifier: Apache-2.0
// Puts the CMS of a seal together: DER SignedData (RFC 5652), detached, one SignerInfo, certificates inside.
//
// Everything that is the same for every seal of a key is encoded once; a build copies and counts lengths. Why
// not CMS_sign: it adds signingTime, which PAdES baseline forbids, and wants the document.
//
// Not thread-safe; one per key and worker.
#pragma once

#include "seal/signed_attributes.h"

#include <greffe/capability/digest_signer.h>

#include <string>
#include <string_view>

namespace greffe {

// Room for a time-stamp token with the authority's chain: four certificates easily take 10 to 12 kB.
inline constexpr std::size_t kTimestampReserveBytes = 16384;

class CmsBuilder {
public:
    // Errc::Invalid when the scheme does not fit the certificate's key.
    static Result<CmsBuilder> create(const SignerChain& chain, SignatureScheme scheme);

    const SignedAttributes& attributes() const { return attributes_; }
    // `toBeSigned` is what attributes().toBeSigned() gave, `signature` the raw value over it. Verifies
    // nothing.
    std::string build(std::string_view toBeSigned, std::string_view signature) const;
    // No CMS of this key is larger.
    std::size_t maxBytes() const;

private:
    CmsBuilder(const SignerChain& chain, std::string_view signatureAlgorithm);
    std::size_t sizesOf(std::size_t attributeBytes, std::size_t signatureBytes, std::size_t sizes[5]) const;

    SignedAttributes attributes_;
    std::string signedDataHead_;  // version, digestAlgorithms, encapContentInfo, certificates
    std::string signerInfoHead_;  // version, sid, digestAlgorithm
    std::string signatureAlgorithm_;
    std::size_t maxSignatureBytes_;
};

// What to reserve in the document for a seal of this key, before anything is signed: an upper bound, with
// room for a time-stamp token when the level asks for one. Twice as many hexadecimal digits go into a PDF.
Result<std::size_t> estimateCmsBytes(const SignerChain& chain, SignatureScheme scheme,
                                     bool withTimestampReserve);

}  // namespace greffe
