// SPDX-License-Identifier: Apache-2.0
#include "ess_certificate.h"

#include "der_reader.h"

#include <cstring>

namespace greffe::tsa {
namespace {

constexpr unsigned char kOctetString = 0x04;
constexpr unsigned char kObjectIdentifier = 0x06;
constexpr unsigned char kDirectoryName = 0xA4;

// The DER of the attribute's value, or empty when the attribute is absent. Twice the same attribute is not
// found either.
std::string_view attributeValue(const CMS_SignerInfo* info, int nid) {
    const auto* const value = static_cast<const ASN1_STRING*>(
        CMS_signed_get0_data_by_OBJ(info, OBJ_nid2obj(nid), -3, V_ASN1_SEQUENCE));
    if (value == nullptr) return {};
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

const EVP_MD* digestNamed(std::string_view algorithmIdentifier) {
    DerReader reader(algorithmIdentifier);
    DerElement oid;
    if (!reader.read(oid, kObjectIdentifier)) return nullptr;
    const auto* at = reinterpret_cast<const unsigned char*>(oid.whole.data());
    const sdk::OpenSsl<ASN1_OBJECT, ASN1_OBJECT_free> object(
        d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(oid.whole.size())));
    switch (object ? OBJ_obj2nid(object.get()) : NID_undef) {
        case NID_sha256: return EVP_sha256();
        case NID_sha384: return EVP_sha384();
        case NID_sha512: return EVP_sha512();
        default: return nullptr;
    }
}

template <class T>
std::string encoded(int (*i2d)(const T*, unsigned char**), const T* object) {
    unsigned char* bytes = nullptr;
    const int size = i2d(object, &bytes);
    std::string der(reinterpret_cast<const char*>(bytes), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(bytes);
    return der;
}

bool isIssuerAndSerialOf(std::string_view issuerSerial, X509* certificate) {
    DerReader reader(issuerSerial);
    DerElement names;
    DerElement serial;
    DerElement name;
    if (!reader.read(names, kSequence) || !reader.read(serial, kInteger) || !reader.isAtEnd()) return false;
    DerReader nameReader(names.content);
    if (!nameReader.read(name, kDirectoryName) || !nameReader.isAtEnd()) return false;
    return name.content == encoded<X509_NAME>(i2d_X509_NAME, X509_get_issuer_name(certificate)) &&
           serial.whole == encoded<ASN1_INTEGER>(i2d_ASN1_INTEGER, X509_get0_serialNumber(certificate));
}

// SigningCertificate[V2] ::= SEQUENCE { certs SEQUENCE OF ESSCertID[v2], … }; the first id is the signer's.
// ESSCertID[v2] ::= SEQUENCE { [algorithm, only v2, SHA-256 when absent,] hash OCTET STRING, issuerSerial
// OPTIONAL }
bool isIdOf(std::string_view attribute, const EVP_MD* digest, bool mayNameDigest, X509* certificate) {
    DerReader outer(attribute);
    DerElement signingCertificate;
    DerElement ids;
    DerElement id;
    if (!outer.read(signingCertificate, kSequence)) return false;
    DerReader idsReader(signingCertificate.content);
    if (!idsReader.read(ids, kSequence)) return false;
    DerReader firstReader(ids.content);
    if (!firstReader.read(id, kSequence)) return false;

    DerReader reader(id.content);
    DerElement part;
    if (mayNameDigest && reader.read(part, kSequence)) digest = digestNamed(part.content);
    unsigned char expected[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (digest == nullptr || X509_digest(certificate, digest, expected, &size) != 1) return false;
    if (!reader.read(part, kOctetString) || part.content.size() != size ||
        std::memcmp(part.content.data(), expected, size) != 0)
        return false;
    return reader.isAtEnd() ||
           (reader.read(part, kSequence) && isIssuerAndSerialOf(part.content, certificate));
}

}  // namespace

Checked checkEssCertificate(CMS_SignerInfo* info, X509* signer) {
    const std::string_view first = attributeValue(info, NID_id_smime_aa_signingCertificate);
    const std::string_view second = attributeValue(info, NID_id_smime_aa_signingCertificateV2);
    if (first.empty() && second.empty())
        return bad("the token does not bind itself to a certificate (no signing-certificate attribute)");
    if (!first.empty() && !isIdOf(first, EVP_sha1(), false, signer))
        return bad("the token's signing-certificate attribute names another certificate");
    if (!second.empty() && !isIdOf(second, EVP_sha256(), true, signer))
        return bad("the token's signing-certificate-v2 attribute names another certificate");
    return {};
}

}  // namespace greffe::tsa
