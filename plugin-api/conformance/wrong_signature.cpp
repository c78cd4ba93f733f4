// SPDX-License-Identifier: Apache-2.0
#include "conformance/wrong_signature.h"

#include "seal/cms_builder.h"

#include <string_view>

namespace greffe::conformance {
namespace {

using namespace std::string_view_literals;

// P-256, "CN=Conformance", valid from 2020 for a hundred years.
constexpr std::string_view kCertificateHex =
    "3082019330820139a00302010202143b9c1f31c7ff467ff2c9a2b233ba08219a1c49ba300a06082a8648ce3d04030230"
    "163114301206035504030c0b436f6e666f726d616e63653020170d3230303130313030303030305a180f323131393132"
    "30383030303030305a30163114301206035504030c0b436f6e666f726d616e63653059301306072a8648ce3d02010608"
    "2a8648ce3d03010703420004321b8ef7bd1518b1712ec8b69f3237f9881e189f1aaff7fa99dd6f91c9d209a50da5eb66"
    "d54fe84ebb75c6c1add1c38ed86ccddca85c51b9598946ad249a9295a3633061301d0603551d0e04160414a25db21228"
    "34ac5cc36c8f6f63107c370190f088301f0603551d23041830168014a25db2122834ac5cc36c8f6f63107c370190f088"
    "300f0603551d130101ff040530030101ff300e0603551d0f0101ff040403020780300a06082a8648ce3d040302034800"
    "304502205d4e29d9f39e09a3ff310e3ffd6f2469502b3ef88ad45bdf9e4c1941e843009802210088adc981a0f3f349b1"
    "e8d9ba088487b9618ab6815543471a9d5c8f109aadf82c";

// ECDSA-Sig-Value with r = s = 1.
constexpr std::string_view kSignature = "\x30\x06\x02\x01\x01\x02\x01\x01"sv;

}  // namespace

std::string cmsWithWrongSignature(const Digest& digest) {
    std::string certificate;
    if (!fromHex(kCertificateHex, certificate)) return {};
    auto chain = SignerChain::fromDer({certificate});
    if (!chain) return {};
    auto builder = CmsBuilder::create(*chain, SignatureScheme::EcdsaSha256);
    if (!builder) return {};
    return builder->build(builder->attributes().toBeSigned(digest), kSignature);
}

}  // namespace greffe::conformance
