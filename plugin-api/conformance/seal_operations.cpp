// SPDX-License-Identifier: Apache-2.0
#include "conformance/operation_run.h"
#include "conformance/wrong_signature.h"

#include <greffe/capability/digest_signer.h>
#include <greffe/capability/sealer.h>

#include <fmt/format.h>

#include <algorithm>

namespace greffe::conformance {
namespace {

// As the engine freezes them before a seal.
constexpr std::string_view kSealParams =
    R"({"signing_time_unix":1700000000,"field_name":"Greffe1","reserve_bytes":16384,"level":"B-B"})";

Slice sealParams(const CallInput& input) {
    return input.params.empty() ? Slice(kSealParams) : Slice(input.params);
}

void prepare(PluginInstance& instance, const CallInput& input, CallTrace& trace) {
    const ExactDocument document(*input.document);
    CollectingSink tail(input.limits.maxArtifactBytes);
    SealGap gap;
    traceCall(
        input, trace,
        [&](RecordedOutcome& outcome) {
            instance.capability<Sealer>()->prepare(document.view(), sealParams(input), tail, gap, outcome);
        },
        &tail);
    trace.produced += fmt::format("gap {} {}\n", gap.offset, gap.size);
    const std::uint64_t whole = document.view().bytes.size + tail.text().size();
    if (trace.result.verdict != Verdict::Done || trace.brokenRule != OutcomeRule::None) return;
    if (gap.size == 0 || gap.offset < document.view().bytes.size || gap.offset > whole ||
        gap.size > whole - gap.offset) {
        trace.problemRule = "SEAL-1";
        trace.problem =
            fmt::format("prepare says done with a gap of {} bytes at {} of {}", gap.size, gap.offset, whole);
    }
}

// The digest that embed is given: of document and tail without the gap.
Digest digestAround(std::string_view document, std::string_view tail, const SealGap& gap) {
    const std::string whole = std::string(document) + std::string(tail);
    const std::size_t start = std::min<std::size_t>(gap.offset, whole.size());
    const std::size_t end = std::min<std::size_t>(start + gap.size, whole.size());
    Sha256 hash;
    hash.update(std::string_view(whole).substr(0, start));
    hash.update(std::string_view(whole).substr(end));
    return hash.digest();
}

// A sealed document is a promise: material that is none must never be called done. The keys pool verifies
// only some of its ECDSA signatures and relies on this.
template <class MakeCms>
void embedWrong(PluginInstance& instance, const CallInput& input, CallTrace& trace, const char* what,
                const MakeCms& makeCms) {
    const ExactDocument document(*input.document);
    auto* sealer = instance.capability<Sealer>();
    CollectingSink prepared(input.limits.maxArtifactBytes);
    SealGap gap;
    RecordedOutcome first;
    sealer->prepare(document.view(), kSealParams, prepared, gap, first);
    if (first.take().verdict != Verdict::Done) gap = {document.view().bytes.size, 0};
    const Digest digest = digestAround(document.view().bytes, prepared.text(), gap);
    const std::string cms = makeCms(digest);
    SealMaterial material;
    material.cms = Slice(cms);
    CollectingSink tail(input.limits.maxArtifactBytes);
    traceCall(
        input, trace,
        [&](RecordedOutcome& outcome) {
            sealer->embed(document.view(), prepared.text(), gap, digest.data(), material, tail, outcome);
        },
        &tail);
    if (trace.result.verdict == Verdict::Done) {
        trace.problemRule = "SEAL-1";
        trace.problem = fmt::format("embed says done for {}", what);
    }
}

void embedRubbish(PluginInstance& instance, const CallInput& input, CallTrace& trace) {
    embedWrong(instance, input, trace, "a CMS that is no signature",
               [](const Digest&) { return std::string("\x30\x03\x02\x01\x05", 5); });
}

void embedWrongSignature(PluginInstance& instance, const CallInput& input, CallTrace& trace) {
    embedWrong(instance, input, trace, "a CMS whose signature does not verify", cmsWithWrongSignature);
}

void sign(PluginInstance& instance, const CallInput& input, CallTrace& trace) {
    auto* signer = instance.capability<DigestSigner>();
    CollectingSink certificates(1U << 20U);
    const bool hasChain = signer->certificateChain(certificates);
    CollectingSink signature(input.limits.maxArtifactBytes);
    traceCall(
        input, trace,
        [&](RecordedOutcome& outcome) {
            signer->sign("the DER of some signed attributes", signature, outcome);
        },
        &signature);
    trace.produced += fmt::format("scheme {} chain {}\n{}\n", static_cast<unsigned>(signer->scheme()),
                                  hasChain, certificates.text());
    if (trace.result.verdict == Verdict::Done && trace.brokenRule == OutcomeRule::None &&
        signature.text().empty()) {
        trace.problemRule = "SEAL-1";
        trace.problem = "sign says done without a signature";
    }
}

}  // namespace

std::vector<Operation> sealOperations(const PluginMetadata& plugin) {
    using Kind = Operation::Kind;
    std::vector<Operation> operations;
    if (plugin.offers(Sealer::kId)) {
        operations.push_back({"sealer/1 prepare", Kind::Pure, true, false, prepare});
        operations.push_back({"sealer/1 embed", Kind::Pure, true, false, embedRubbish});
        operations.push_back({"sealer/1 embed-wrong", Kind::Pure, true, false, embedWrongSignature});
    }
    if (plugin.offers(DigestSigner::kId))
        operations.push_back({"digest-signer/1 sign", Kind::Signing, false, false, sign});
    return operations;
}

}  // namespace greffe::conformance
