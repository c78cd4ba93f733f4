// SPDX-License-Identifier: Apache-2.0
#include "seal/cms_builder.h"

#include "base/invariant.h"
#include "seal/der.h"
#include "seal/oids.h"

namespace greffe {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kVersion1 = "\x02\x01\x01"sv;

// Empty when the scheme is not one of this kind of key.
std::string_view algorithmFor(KeyKind key, SignatureScheme scheme) {
    switch (scheme) {
        case SignatureScheme::RsaPkcs1Sha256:
            if (key == KeyKind::Rsa) return der::kRsaPkcs1Sha256;
            break;
        case SignatureScheme::RsaPssSha256:
            if (key == KeyKind::Rsa || key == KeyKind::RsaPss) return der::kRsaPssSha256;
            break;
        case SignatureScheme::EcdsaSha256:
            if (key == KeyKind::Ec) return der::kEcdsaSha256;
            break;
    }
    return {};
}

std::size_t wrapped(std::size_t contentBytes) {
    return der::headerBytes(contentBytes) + contentBytes;
}

}  // namespace

Result<CmsBuilder> CmsBuilder::create(const SignerChain& chain, SignatureScheme scheme) {
    const std::string_view algorithm = algorithmFor(chain.keyKind(), scheme);
    if (algorithm.empty())
        return makeError(Errc::Invalid, "the signature scheme does not fit the key in the certificate",
                         "set the key's option scheme to what the certificate's key can do");
    return CmsBuilder(chain, algorithm);
}

CmsBuilder::CmsBuilder(const SignerChain& chain, std::string_view signatureAlgorithm)
    : attributes_(chain),
      signatureAlgorithm_(signatureAlgorithm),
      maxSignatureBytes_(chain.maxSignatureBytes()) {
    // Version 1 (RFC 5652, 5.1): id-data, X.509 certificates only, the signer named by issuer and serial.
    signedDataHead_ = kVersion1;
    signedDataHead_ += der::element(der::kSet, der::kSha256);
    signedDataHead_ += der::element(der::kSequence, der::kData);
    signedDataHead_ += der::setOf(der::context(0), chain.certificates());

    signerInfoHead_ = kVersion1;
    signerInfoHead_ += der::element(der::kSequence, {chain.issuerDer(), chain.serialDer()});
    signerInfoHead_ += der::kSha256;
}

// The content sizes of the nested elements, outermost first: ContentInfo, [0], SignedData, signerInfos,
// SignerInfo.
std::size_t CmsBuilder::sizesOf(std::size_t attributeBytes, std::size_t signatureBytes,
                                std::size_t sizes[5]) const {
    sizes[4] = signerInfoHead_.size() + attributeBytes + signatureAlgorithm_.size() + wrapped(signatureBytes);
    sizes[3] = wrapped(sizes[4]);
    sizes[2] = signedDataHead_.size() + wrapped(sizes[3]);
    sizes[1] = wrapped(sizes[2]);
    sizes[0] = der::kSignedData.size() + wrapped(sizes[1]);
    return wrapped(sizes[0]);
}

std::string CmsBuilder::build(std::string_view toBeSigned, std::string_view signature) const {
    GREFFE_INVARIANT(!toBeSigned.empty() && static_cast<unsigned char>(toBeSigned.front()) == der::kSet);
    std::size_t sizes[5];
    const std::size_t total = sizesOf(toBeSigned.size(), signature.size(), sizes);
    std::string cms;
    cms.reserve(total);
    der::appendHeader(cms, der::kSequence, sizes[0]);
    cms += der::kSignedData;
    der::appendHeader(cms, der::context(0), sizes[1]);
    der::appendHeader(cms, der::kSequence, sizes[2]);
    cms += signedDataHead_;
    der::appendHeader(cms, der::kSet, sizes[3]);
    der::appendHeader(cms, der::kSequence, sizes[4]);
    cms += signerInfoHead_;
    // Signed with the tag of a SET, carried with [0] IMPLICIT (RFC 5652, 5.4): one byte is different.
    cms.push_back(static_cast<char>(der::context(0)));
    cms.append(toBeSigned.substr(1));
    cms += signatureAlgorithm_;
    der::appendHeader(cms, der::kOctetString, signature.size());
    cms.append(signature);
    GREFFE_INVARIANT(cms.size() == total);
    return cms;
}

std::size_t CmsBuilder::maxBytes() const {
    std::size_t sizes[5];
    return sizesOf(attributes_.sizeBytes(), maxSignatureBytes_, sizes);
}

Result<std::size_t> estimateCmsBytes(const SignerChain& chain, SignatureScheme scheme,
                                     bool withTimestampReserve) {
    GREFFE_TRY_ASSIGN(const CmsBuilder builder, CmsBuilder::create(chain, scheme));
    return builder.maxBytes() + (withTimestampReserve ? kTimestampReserveBytes : 0);
}

}  // namespace greffe
