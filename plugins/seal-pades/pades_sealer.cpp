// SPDX-License-Identifier: Apache-2.0
#include "pades_sealer.h"

#include "pdf/document.h"
#include "pdf/lexer.h"
#include "seal_material.h"
#include "seal_plan.h"
#include "tail_check.h"

#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace greffe::seal_pades {
namespace {

using Json = nlohmann::json;

void refuse(Outcome& outcome, const pdf::Refusal& refusal) {
    sdk::reject(outcome, refusal.reason, refusal.text);
}

const char* kindText(pdf::SectionKind kind) {
    switch (kind) {
        case pdf::SectionKind::Table: return "table";
        case pdf::SectionKind::Stream: return "stream";
        case pdf::SectionKind::Hybrid: return "hybrid";
    }
    return "";
}

void tellFacts(const pdf::Document& document, const PreparedSeal& seal, Outcome& outcome) {
    Json facts = {{"field_name", seal.fieldName},
                  {"earlier_signatures", seal.earlierSignatures},
                  {"revisions", document.xref().sections().size()},
                  {"xref", kindText(document.xref().sections().front().kind)},
                  {"encrypted", document.encryption() != nullptr}};
    // The owner of an encrypted file may have asked for no changes; sealing needs none of the rights, but
    // people may ask.
    if (document.encryption() != nullptr) facts["owner_allows_changes"] = document.encryption()->mayModify();
    const std::string text = facts.dump(-1, ' ', false, Json::error_handler_t::replace);
    outcome.fact("seal", std::string_view(text));
}

// The tail with the CMS in its gap; the rest of the gap stays zeros, which every reader takes for padding.
std::string fillGap(std::string_view tail, std::uint64_t gapAt, std::string_view cms) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string filled(tail);
    std::size_t at = gapAt + 1;
    for (const char c : cms) {
        filled[at++] = kDigits[static_cast<unsigned char>(c) >> 4U];
        filled[at++] = kDigits[static_cast<unsigned char>(c) & 0xFU];
    }
    return filled;
}

}  // namespace

void PadesSealer::prepare(const DocumentView& document, Slice paramsJson, ByteSink& tail, SealGap& gap,
                          Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        const auto request = readSealRequest(paramsJson);
        if (!request) return refuse(outcome, request.refusal());
        const auto opened = pdf::Document::open(document.bytes, limits_);
        if (!opened) return refuse(outcome, opened.refusal());
        const auto seal = prepareSeal(**opened, *request);
        if (!seal) return refuse(outcome, seal.refusal());
        if (!tail.write(std::string_view(seal->tail)))
            return sdk::reject(outcome, Reason::LimitExceeded, "the seal is larger than this step may write");
        gap = {seal->gapOffset, seal->gapBytes};
        tellFacts(**opened, *seal, outcome);
        outcome.done();
    });
}

void PadesSealer::embed(const DocumentView& document, Slice preparedTail, const SealGap& gap,
                        const unsigned char digest[32], const SealMaterial& material, ByteSink& tail,
                        Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        if (const auto check = checkTail(document.bytes, preparedTail, gap); !check)
            return refuse(outcome, check.refusal());
        const auto cms = assembleCms(material.cms, material.timestampToken, digest, keys_);
        if (!cms) return refuse(outcome, cms.refusal());
        const std::uint64_t room = (gap.size - 2) / 2;
        if (cms->size() > room) {
            const std::string needed = std::to_string(cms->size());
            outcome.fact("needed_bytes", std::string_view(needed));
            return sdk::reject(
                outcome, Reason::LimitExceeded,
                "the signature needs " + needed + " bytes and " + std::to_string(room) + " were reserved");
        }
        const std::string filled = fillGap(preparedTail, gap.offset - document.bytes.size, *cms);
        if (!tail.write(std::string_view(filled)))
            return sdk::reject(outcome, Reason::LimitExceeded, "the seal is larger than this step may write");
        outcome.done();
    });
}

}  // namespace greffe::seal_pades
