// SPDX-License-Identifier: Apache-2.0
#include "cms_view.h"

#include <algorithm>

namespace greffe::seal_pades {
namespace {

std::optional<std::vector<CmsAttribute>> readAttributes(std::string_view set) {
    std::vector<CmsAttribute> attributes;
    for (DerReader reader(set); !reader.isAtEnd();) {
        const auto sequence = reader.next(kDerSequence);
        if (!sequence) return std::nullopt;
        DerReader inside(sequence->content);
        const auto oid = inside.next(kDerOid), values = inside.next(kDerSet);
        if (!oid || !values || !inside.isAtEnd()) return std::nullopt;
        CmsAttribute attribute{oid->content, sequence->bytes, {}};
        for (DerReader each(values->content); !each.isAtEnd();) {
            const auto value = each.next();
            if (!value) return std::nullopt;
            attribute.values.push_back(*value);
        }
        attributes.push_back(std::move(attribute));
    }
    return attributes;
}

bool readSigner(std::string_view signer, CmsView& view) {
    DerReader reader(signer);
    const auto version = reader.next(kDerInteger);
    view.issuerAndSerial = reader.next(kDerSequence);
    if (!version || (!view.issuerAndSerial && !reader.next(0x80))) return false;
    const auto digest = reader.next(kDerSequence), attributes = reader.next(derContext(0));
    const auto algorithm = reader.next(kDerSequence), signature = reader.next(kDerOctets);
    if (!digest || !attributes || !algorithm || !signature) return false;
    const auto extra = reader.next(derContext(1));
    if (!reader.isAtEnd()) return false;
    auto signedOnes = readAttributes(attributes->content);
    auto unsignedOnes = readAttributes(extra ? extra->content : std::string_view());
    if (!signedOnes || !unsignedOnes) return false;
    view.signerContent = signer.substr(0, signer.size() - (extra ? extra->bytes.size() : 0));
    view.digestAlgorithm = algorithmOf(digest->content);
    view.signedAttributesSet = attributes->content;
    view.signedAttributes = std::move(*signedOnes);
    view.signatureAlgorithm = *algorithm;
    view.signature = signature->content;
    view.unsignedAttributes = std::move(*unsignedOnes);
    return true;
}

struct SignedParts {
    DerItem encapsulated;
    std::optional<DerItem> certificates;
    DerItem signers;
    std::string_view head;
};

std::optional<SignedParts> readSignedData(std::string_view der) {
    const auto outer = derWhole(der, kDerSequence);
    if (!outer) return std::nullopt;
    DerReader reader(outer->content);
    const auto type = reader.next(kDerOid), explicitContent = reader.next(derContext(0));
    if (!type || type->content != kOidSignedData || !explicitContent || !reader.isAtEnd())
        return std::nullopt;
    const auto data = derWhole(explicitContent->content, kDerSequence);
    if (!data) return std::nullopt;
    DerReader parts(data->content);
    const auto version = parts.next(kDerInteger), digests = parts.next(kDerSet),
               encapsulated = parts.next(kDerSequence);
    if (!version || !digests || !encapsulated) return std::nullopt;
    const auto certificates = parts.next(derContext(0));
    parts.next(derContext(1));  // revocation lists
    const auto signers = parts.next(kDerSet);
    if (!signers || !parts.isAtEnd()) return std::nullopt;
    return SignedParts{*encapsulated, certificates, *signers,
                       data->content.substr(0, data->content.size() - signers->bytes.size())};
}

}  // namespace

std::string_view algorithmOf(std::string_view algorithmIdentifier) {
    const auto oid = DerReader(algorithmIdentifier).next(kDerOid);
    return oid ? oid->content : std::string_view();
}

std::optional<CmsView> viewCms(std::string_view der) {
    const auto parts = readSignedData(der);
    if (!parts) return std::nullopt;
    CmsView view;
    view.signedDataHead = parts->head;
    DerReader encapsulated(parts->encapsulated.content);
    const auto type = encapsulated.next(kDerOid);
    if (!type) return std::nullopt;
    view.contentType = type->content;
    if (const auto content = encapsulated.next(derContext(0))) view.content = content->content;
    for (DerReader reader(parts->certificates ? parts->certificates->content : std::string_view());
         !reader.isAtEnd();) {
        const auto certificate = reader.next();
        if (!certificate) return std::nullopt;
        if (certificate->tag == kDerSequence) view.certificates.push_back(certificate->bytes);
    }
    const auto signer = derWhole(parts->signers.content, kDerSequence);
    if (!signer || !readSigner(signer->content, view)) return std::nullopt;
    return view;
}

std::optional<DerItem> onlyValue(const std::vector<CmsAttribute>& attributes, std::string_view oid) {
    std::optional<DerItem> found;
    for (const CmsAttribute& attribute : attributes) {
        if (attribute.oid != oid) continue;
        if (found || attribute.values.size() != 1) return std::nullopt;
        found = attribute.values.front();
    }
    return found;
}

bool hasAttribute(const std::vector<CmsAttribute>& attributes, std::string_view oid) {
    return std::any_of(attributes.begin(), attributes.end(),
                       [&](const CmsAttribute& a) { return a.oid == oid; });
}

std::optional<std::string_view> tokenImprint(std::string_view token) {
    const auto parts = readSignedData(token);
    if (!parts) return std::nullopt;
    DerReader encapsulated(parts->encapsulated.content);
    const auto type = encapsulated.next(kDerOid), content = encapsulated.next(derContext(0));
    if (!type || type->content != kOidTstInfo || !content) return std::nullopt;
    const auto octets = derWhole(content->content, kDerOctets);
    const auto info = octets ? derWhole(octets->content, kDerSequence) : std::nullopt;
    if (!info) return std::nullopt;
    DerReader fields(info->content);
    const auto version = fields.next(kDerInteger), policy = fields.next(kDerOid),
               imprint = fields.next(kDerSequence);
    if (!version || !policy || !imprint) return std::nullopt;
    DerReader message(imprint->content);
    const auto algorithm = message.next(kDerSequence), hashed = message.next(kDerOctets);
    if (!algorithm || algorithmOf(algorithm->content) != kOidSha256 || !hashed || !message.isAtEnd())
        return std::nullopt;
    return hashed->content;
}

std::string withUnsignedAttribute(const CmsView& cms, std::string_view oid, std::string_view value) {
    std::vector<std::string> attributes;
    for (const CmsAttribute& attribute : cms.unsignedAttributes)
        attributes.emplace_back(attribute.bytes);
    attributes.push_back(derWrap(kDerSequence, derWrap(kDerOid, oid) + derWrap(kDerSet, value)));
    std::sort(attributes.begin(), attributes.end());  // DER sorts a SET OF
    std::string set;
    for (const std::string& attribute : attributes)
        set += attribute;
    const std::string signer =
        derWrap(kDerSequence, std::string(cms.signerContent) + derWrap(derContext(1), set));
    const std::string data =
        derWrap(kDerSequence, std::string(cms.signedDataHead) + derWrap(kDerSet, signer));
    return derWrap(kDerSequence, derWrap(kDerOid, kOidSignedData) + derWrap(derContext(0), data));
}

}  // namespace greffe::seal_pades
