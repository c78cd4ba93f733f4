// SPDX-License-Identifier: Apache-2.0
// The plugin's instance: options in, one capability out. It uses every service of the host once, as an
// example: log/1, clock/1, secrets/1 (an HMAC), cancel/1 (between pieces of a document), temporary-files/1.
#pragma once

#include "cover_page.h"

#include <greffe/capability/transformer.h>
#include <greffe/sdk/instance.h>

#include <string>
#include <string_view>

namespace transform_template {

class TransformTemplate final : public greffe::sdk::InstanceBase<TransformTemplate>,
                                public greffe::Transformer {
public:
    using InstanceBase::InstanceBase;

    bool configure(greffe::Slice optionsJson, greffe::Problems& problems) noexcept override;
    bool provision(greffe::Problems& problems) noexcept override;
    void* query(greffe::Slice capabilityId) noexcept override;

    // Params: {"date": "2026-11-22"}, printed under the title. Artifact "cover" (text/plain); facts
    // "documents", "lines", and "mark" when a mark key is configured.
    void transform(const greffe::DocumentView* documents, std::uint32_t count, greffe::Slice paramsJson,
                   greffe::Outcome& outcome) noexcept override;

private:
    CountedDocument countOne(const greffe::DocumentView& document);
    // The HMAC of the page under the configured key, in hexadecimal; empty without one.
    std::string markOf(std::string_view page);

    std::string title_;
    std::int64_t mostDocuments_ = 0;
    std::uint32_t markKey_ = greffe::SecretsService::kNone;
};

}  // namespace transform_template
