// SPDX-License-Identifier: Apache-2.0
// Breaks: PROBE-1
// Is three times certain.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public sdk::InstanceBase<Bad>, public DocumentHandler {
public:
    using InstanceBase::InstanceBase;
    using InstanceBase::validate;  // beside the handler's
    void* query(Slice id) noexcept override {
        return id.view() == DocumentHandler::kId ? static_cast<DocumentHandler*>(this) : nullptr;
    }
    std::uint32_t probe(Slice firstBytes) noexcept override { return firstBytes.empty() ? 0 : 300; }
    void inspect(const DocumentView&, Outcome& outcome) noexcept override { outcome.done(); }
    void validate(const DocumentView&, Slice, Outcome& outcome) noexcept override { outcome.done(); }
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "documents", "document-handler/1", R"({"type":"object"})");
