// SPDX-License-Identifier: Apache-2.0
#include "seal/digest_signing.h"

#include "seal/signature_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

// An RSA-16384 signature has 2 KiB; a certificate chain of an office is far below the second bound.
constexpr std::size_t kMaxSignatureBytes = 4096;
constexpr std::size_t kMaxCertificateBytes = 65536;
constexpr std::size_t kMaxCertificates = 16;

// Takes one element a write(), as digest_signer.h says.
class Elements final : public ByteSink {
public:
    Elements(std::size_t maxElements, std::size_t maxBytes)
        : maxElements_(maxElements), maxBytes_(maxBytes) {}

    bool write(Slice bytes) noexcept override {
        if (elements.size() == maxElements_ || bytes.size > maxBytes_) {
            isOverLimit = true;
            return false;
        }
        elements.emplace_back(bytes.view());
        return true;
    }

    std::vector<std::string> elements;
    bool isOverLimit = false;

private:
    const std::size_t maxElements_;
    const std::size_t maxBytes_;
};

// Keeps the verdict; a signer has no facts or artifacts to give.
class Verdicts final : public Outcome {
public:
    void done() noexcept override { take(Verdict::Done, {}, {}); }
    void retryLater(std::uint32_t, Slice reason, Slice explanation) noexcept override {
        take(Verdict::RetryLater, reason, explanation);
    }
    void rejected(Slice reason, Slice explanation) noexcept override {
        take(Verdict::Rejected, reason, explanation);
    }
    void waiting(Slice, std::int64_t, std::int64_t) noexcept override { take(Verdict::Waiting, {}, {}); }
    void uncertain(Slice explanation) noexcept override { take(Verdict::Uncertain, {}, explanation); }
    void fact(Slice, Slice) noexcept override {}
    ByteSink* artifact(Slice, Slice) noexcept override { return nullptr; }
    ByteSink* appended(Slice, Slice, std::uint32_t) noexcept override { return nullptr; }

    // Done, or why not.
    Status status() const {
        if (count_ != 1)
            return makeError(Errc::Internal,
                             fmt::format("the signer gave {} verdicts instead of one", count_));
        if (verdict_ == Verdict::Done) return {};
        if (verdict_ == Verdict::RetryLater)
            return makeError(Errc::Busy,
                             fmt::format("the signer cannot sign now: {}: {}", reason_, explanation_));
        if (verdict_ == Verdict::Rejected)
            return makeError(Errc::Denied,
                             fmt::format("the signer refuses to sign: {}: {}", reason_, explanation_));
        return makeError(Errc::Internal, "the signer ended with a verdict that signing cannot have");
    }

private:
    void take(Verdict verdict, Slice reason, Slice explanation) noexcept {
        ++count_;
        verdict_ = verdict;
        reason_ = reason.view();
        explanation_ = explanation.view();
    }

    int count_ = 0;
    Verdict verdict_ = Verdict::Rejected;
    std::string reason_;
    std::string explanation_;
};

}  // namespace

struct DigestSigning::Parts {
    DigestSigner& signer;
    SignatureScheme scheme;
    SignerChain chain;
    CmsBuilder builder;
    SignatureCheck check;
    std::uint64_t signedBefore = 0;

    bool mustVerify() const {
        return scheme != SignatureScheme::EcdsaSha256 || signedBefore % DigestSigning::kSpotCheckEvery == 0;
    }
};

Result<DigestSigning> DigestSigning::open(DigestSigner& signer) {
    Elements certificates(kMaxCertificates, kMaxCertificateBytes);
    if (!signer.certificateChain(certificates) || certificates.isOverLimit)
        return makeError(Errc::Invalid, certificates.isOverLimit
                                            ? "the signer's certificate chain is too large"
                                            : "the signer has no certificate chain");
    const SignatureScheme scheme = signer.scheme();
    GREFFE_TRY_ASSIGN(SignerChain chain, SignerChain::fromDer(std::move(certificates.elements)));
    GREFFE_TRY_ASSIGN(CmsBuilder builder, CmsBuilder::create(chain, scheme));
    GREFFE_TRY_ASSIGN(SignatureCheck check, SignatureCheck::create(chain.publicKey(), scheme));
    return DigestSigning(std::make_unique<Parts>(
        Parts{signer, scheme, std::move(chain), std::move(builder), std::move(check), 0}));
}

DigestSigning::DigestSigning(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DigestSigning::DigestSigning(DigestSigning&&) noexcept = default;
DigestSigning& DigestSigning::operator=(DigestSigning&&) noexcept = default;
DigestSigning::~DigestSigning() = default;

Result<SignedDigest> DigestSigning::signDigest(std::string_view digest) {
    Digest documentDigest;
    if (digest.size() != documentDigest.size())
        return makeError(
            Errc::Invalid,
            fmt::format("{} bytes are not a SHA-256 digest: nothing else is ever signed", digest.size()));
    std::copy(digest.begin(), digest.end(), documentDigest.begin());

    const std::string toBeSigned = parts_->builder.attributes().toBeSigned(documentDigest);
    Elements signature(1, kMaxSignatureBytes);
    Verdicts verdicts;
    parts_->signer.sign(std::string_view(toBeSigned), signature, verdicts);
    GREFFE_TRY(verdicts.status());
    if (signature.isOverLimit || signature.elements.size() != 1)
        return makeError(Errc::Internal, "the signer said done without exactly one signature value");
    const std::string& value = signature.elements.front();
    if (parts_->mustVerify() && !parts_->check.verify(sha256(toBeSigned), value))
        return makeError(Errc::Corrupt, "the signature does not verify with the certificate's public key",
                         "stop using this key until the key, the certificate and the machine were checked");
    ++parts_->signedBefore;
    return SignedDigest{parts_->builder.build(toBeSigned, value), sha256(value)};
}

const SignerChain& DigestSigning::chain() const {
    return parts_->chain;
}
SignatureScheme DigestSigning::scheme() const {
    return parts_->scheme;
}

std::size_t DigestSigning::estimateCmsBytes(bool withTimestampReserve) const {
    return parts_->builder.maxBytes() + (withTimestampReserve ? kTimestampReserveBytes : 0);
}

Reason signingReason(const Error& error) {
    switch (error.code) {
        case Errc::Busy: return Reason::ProviderUnavailable;
        case Errc::Invalid:
        case Errc::Internal: return Reason::PluginFault;
        default: return Reason::KeyUnusable;
    }
}

}  // namespace greffe
