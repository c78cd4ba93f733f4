// SPDX-License-Identifier: Apache-2.0
// Breaks: SEAL-1
// Looks whether the CMS is one, and does not verify its signature.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public sdk::InstanceBase<Bad>, public Sealer {
public:
    using InstanceBase::InstanceBase;
    void* query(Slice id) noexcept override {
        return id.view() == Sealer::kId ? static_cast<Sealer*>(this) : nullptr;
    }
    void prepare(const DocumentView& document, Slice, ByteSink& tail, SealGap& gap,
                 Outcome& outcome) noexcept override {
        gap = {document.bytes.size, 32};
        write("00000000000000000000000000000000", tail, outcome);
    }
    void embed(const DocumentView&, Slice preparedTail, const SealGap&, const unsigned char*,
               const SealMaterial& material, ByteSink& tail, Outcome& outcome) noexcept override {
        if (material.cms.size < 100) return sdk::reject(outcome, Reason::KeyUnusable, "this is no signature");
        write(preparedTail, tail, outcome);
    }

private:
    static void write(Slice bytes, ByteSink& tail, Outcome& outcome) noexcept {
        if (tail.write(bytes)) return outcome.done();
        sdk::reject(outcome, Reason::LimitExceeded, "too large");
    }
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "documents", "sealer/1", R"({"type":"object"})");
