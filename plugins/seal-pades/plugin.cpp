// SPDX-License-Identifier: Apache-2.0
// The plugin "seal-pades": its instance, its options, its export.
#include "pades_sealer.h"

#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

#include <string_view>

namespace greffe::seal_pades {
namespace {

class SealPades final : public sdk::InstanceBase<SealPades> {
public:
    using InstanceBase::InstanceBase;
    ~SealPades() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            const auto options = nlohmann::json::parse(optionsJson.view(), nullptr, false);
            if (!options.is_object() && !optionsJson.empty()) {
                problems.error("", "the options are not a JSON object");
                return false;
            }
            pdf::Limits limits;
            if (const auto at = options.find("max_file_mebibytes");
                options.is_object() && at != options.end()) {
                if (!at->is_number_integer() || at->get<std::int64_t>() < 1 ||
                    at->get<std::int64_t>() > 8192) {
                    problems.error("max_file_mebibytes", "must be a whole number from 1 to 8192");
                    return false;
                }
                limits.maxFileBytes = at->get<std::uint64_t>() << 20U;
            }
            sealer_.setLimits(limits);
            return true;
        });
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == Sealer::kId ? static_cast<Sealer*>(&sealer_) : nullptr;
    }

private:
    PadesSealer sealer_;
};

}  // namespace
}  // namespace greffe::seal_pades

GREFFE_EXPORT_PLUGIN(
    "seal-pades", "0.1.0", "PAdES seals (B-B, B-T) on PDF documents, written as incremental updates",
    "documents", "0.1", "sealer/1",
    R"({"type":"object","properties":{"max_file_mebibytes":{"type":"integer","minimum":1,"maximum":8192,"default":2048,"description":"Documents larger than this are refused"}},"additionalProperties":false})",
    greffe::seal_pades::SealPades::create);
