// SPDX-License-Identifier: Apache-2.0
// Breaks: NETWORK-1
// Says the message was taken, and spoke to nobody.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public sdk::InstanceBase<Bad>, public Notifier {
public:
    using InstanceBase::InstanceBase;
    void* query(Slice id) noexcept override {
        return id.view() == Notifier::kId ? static_cast<Notifier*>(this) : nullptr;
    }
    void send(Slice, Slice, const DocumentView*, std::uint32_t, Outcome& outcome) noexcept override {
        outcome.done();
    }
    void health(Outcome& outcome) noexcept override {
        sdk::retry(outcome, Reason::ProviderUnavailable, "nobody answers");
    }
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "providers", "notifier/1", R"({"type":"object"})");
