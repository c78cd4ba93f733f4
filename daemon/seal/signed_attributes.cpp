// SPDX-License-Identifier: Apache-2.0
#include "seal/signed_attributes.h"

#include "base/invariant.h"
#include "seal/der.h"
#include "seal/oids.h"

namespace greffe {
namespace {

std::string attribute(std::string_view oid, std::string_view value) {
    return der::element(der::kSequence, {oid, der::element(der::kSet, value)});
}

// SigningCertificateV2 with one ESSCertIDv2: hashAlgorithm left out because SHA-256 is its DEFAULT (DER
// demands that), then the hash, then issuerSerial with the issuer as a directoryName, [4].
std::string signingCertificateV2(const SignerChain& chain) {
    const std::string_view hash(reinterpret_cast<const char*>(chain.signerSha256().data()),
                                chain.signerSha256().size());
    const std::string issuerNames =
        der::element(der::kSequence, der::element(der::context(4), chain.issuerDer()));
    const std::string issuerSerial = der::element(der::kSequence, {issuerNames, chain.serialDer()});
    const std::string essCertId =
        der::element(der::kSequence, {der::element(der::kOctetString, hash), issuerSerial});
    return der::element(der::kSequence, der::element(der::kSequence, essCertId));
}

}  // namespace

SignedAttributes::SignedAttributes(const SignerChain& chain) {
    const std::string noDigest(sizeof(Digest), '\0');
    const std::string messageDigest =
        attribute(der::kMessageDigest, der::element(der::kOctetString, noDigest));
    encoded_ = der::setOf(der::kSet, {attribute(der::kContentType, der::kData), messageDigest,
                                      attribute(der::kSigningCertificateV2, signingCertificateV2(chain))});
    // The place in the SET is the same for every digest: the three attributes already differ in their length
    // octet.
    const std::size_t at = encoded_.find(messageDigest);
    GREFFE_INVARIANT(at != std::string::npos);
    digestOffset_ = at + messageDigest.size() - sizeof(Digest);
}

std::string SignedAttributes::toBeSigned(const Digest& documentDigest) const {
    std::string bytes = encoded_;
    bytes.replace(digestOffset_, documentDigest.size(), reinterpret_cast<const char*>(documentDigest.data()),
                  documentDigest.size());
    return bytes;
}

}  // namespace greffe
