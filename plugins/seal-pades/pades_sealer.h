// SPDX-License-Identifier: Apache-2.0
// Sealer for PDF: PAdES baseline signatures (ETSI EN 319 142-1), levels B-B and B-T, written as an
// incremental update.
//
// Both calls are pure; what it keeps between them are the public keys of certificates it has seen. See
// greffe/capability/sealer.h for the contract and README.md for params and facts.
#pragma once

#include "certificate_keys.h"
#include "pdf/limits.h"

#include <greffe/capability/sealer.h>

namespace greffe::seal_pades {

class PadesSealer final : public Sealer {
public:
    explicit PadesSealer(const pdf::Limits& limits = {}) : limits_(limits) {}
    ~PadesSealer() = default;

    void prepare(const DocumentView& document, Slice paramsJson, ByteSink& tail, SealGap& gap,
                 Outcome& outcome) noexcept override;
    void embed(const DocumentView& document, Slice preparedTail, const SealGap& gap,
               const unsigned char digest[32], const SealMaterial& material, ByteSink& tail,
               Outcome& outcome) noexcept override;

    void setLimits(const pdf::Limits& limits) { limits_ = limits; }

private:
    pdf::Limits limits_;
    CertificateKeys keys_;
};

}  // namespace greffe::seal_pades
