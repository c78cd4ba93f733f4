// SPDX-License-Identifier: Apache-2.0
// The plugin "document-pdf": its instance, its options, its export.
#include "handler.h"

#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

#include <cstdint>

namespace greffe::document_pdf {
namespace {

class DocumentPdf final : public sdk::InstanceBase<DocumentPdf> {
public:
    using InstanceBase::InstanceBase;
    ~DocumentPdf() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            if (optionsJson.empty()) return true;
            const auto options = nlohmann::json::parse(optionsJson.view(), nullptr, false);
            if (!options.is_object()) {
                problems.error("", "the options are not a JSON object");
                return false;
            }
            const auto at = options.find("max_file_mebibytes");
            if (at == options.end()) return true;
            if (!at->is_number_integer() || at->get<std::int64_t>() < 1 || at->get<std::int64_t>() > 8192) {
                problems.error("max_file_mebibytes", "must be a whole number from 1 to 8192");
                return false;
            }
            pdf::Limits limits;
            limits.maxFileBytes = at->get<std::uint64_t>() << 20U;
            handler_.setLimits(limits);
            return true;
        });
    }

    bool provision(Problems&) noexcept override {
        handler_.setCancelService(host().service<CancelService>());
        return true;
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == DocumentHandler::kId ? static_cast<DocumentHandler*>(&handler_)
                                                           : nullptr;
    }

private:
    PdfHandler handler_;
};

}  // namespace
}  // namespace greffe::document_pdf

GREFFE_EXPORT_PLUGIN(
    "document-pdf", "0.1.0", "Examines PDF documents: form, pages, active content, signatures", "documents",
    "0.1", "document-handler/1",
    R"({"type":"object","properties":{"max_file_mebibytes":{"type":"integer","minimum":1,"maximum":8192,"default":2048,"description":"Documents larger than this are refused"}},"additionalProperties":false})",
    greffe::document_pdf::DocumentPdf::create);
