// SPDX-License-Identifier: Apache-2.0
// The plugin "document-archive": its instance, its options, its export.
#include "archive_handler.h"
#include "archive_transformer.h"
#include "params.h"

#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <memory>

namespace greffe::document_archive {
namespace {

class DocumentArchive final : public sdk::InstanceBase<DocumentArchive> {
public:
    using InstanceBase::InstanceBase;
    ~DocumentArchive() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            Json options;
            if (const auto no = readParams(optionsJson, options)) {
                problems.error("", "the options are not a JSON object");
                return false;
            }
            container::Limits limits;
            const auto read = [&](const char* name, std::int64_t most, std::uint64_t unit, auto& limit) {
                const auto at = options.find(name);
                if (at == options.end()) return true;
                if (at->is_number_integer() && at->get<std::int64_t>() >= 1 &&
                    at->get<std::int64_t>() <= most) {
                    limit = static_cast<std::remove_reference_t<decltype(limit)>>(at->get<std::uint64_t>() *
                                                                                  unit);
                    return true;
                }
                const std::string text = "must be a whole number from 1 to " + std::to_string(most);
                problems.error(name, std::string_view(text));
                return false;
            };
            // Every option is looked at, so that all that are wrong are named.
            bool isGood = read("max_entries", 100'000, 1, limits.maxEntries);
            isGood = read("max_total_mebibytes", 1'024, 1U << 20U, limits.maxTotalBytes) && isGood;
            isGood = read("max_member_mebibytes", 512, 1U << 20U, limits.maxMemberBytes) && isGood;
            isGood = read("max_ratio", 10'000, 1, limits.maxRatio) && isGood;
            limits_ = limits;
            return isGood;
        });
    }

    // The reader loads a locale, which is a file: now, before the sandbox closes.
    bool provision(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            reader_ = std::make_unique<container::ArchiveReader>(limits_, host().service<CancelService>());
            handler_.setReader(reader_.get());
            transformer_.setReader(reader_.get());
            return true;
        });
    }

    // Null before provision: there is nothing to call yet.

    void* query(Slice capabilityId) noexcept override {
        if (!reader_) return nullptr;
        if (capabilityId.view() == DocumentHandler::kId) return static_cast<DocumentHandler*>(&handler_);
        if (capabilityId.view() == Transformer::kId) return static_cast<Transformer*>(&transformer_);
        return nullptr;
    }

    void cleanup() noexcept override { reader_.reset(); }

private:
    container::Limits limits_;
    std::unique_ptr<container::ArchiveReader> reader_;
    ArchiveHandler handler_;
    ArchiveTransformer transformer_;
};

}  // namespace
}  // namespace greffe::document_archive

GREFFE_EXPORT_PLUGIN(
    "document-archive", "0.1.0",
    "Reads zip and tar archives without unpacking them to disk, and packs documents", "documents", "0.1",
    "document-handler/1 transformer/1",
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("max_entries":{"type":"integer","minimum":1,"maximum":100000,"default":10000,)"
    R"("description":"Archives with more entries are refused"},)"
    R"("max_total_mebibytes":{"type":"integer","minimum":1,"maximum":1024,"default":1024,)"
    R"("description":"Archives whose members are larger together are refused"},)"
    R"("max_member_mebibytes":{"type":"integer","minimum":1,"maximum":512,"default":512,)"
    R"("description":"Archives with a larger member are refused"},)"
    R"("max_ratio":{"type":"integer","minimum":1,"maximum":10000,"default":100,)"
    R"("description":"Members that are more often larger than their packed bytes are refused"}},)"
    R"("step":{"type":"object","additionalProperties":false,"required":["into"],"properties":{)"
    R"("into":{"type":"string","enum":["members","zip","tar.zst"],)"
    R"("description":"members takes one archive apart, the others pack documents into one"},)"
    R"("compression":{"type":"string","enum":["deflated","stored"],"default":"deflated",)"
    R"("description":"How a zip is packed"},)"
    R"("folder":{"type":"string","maxLength":100,)"
    R"("description":"A plain name of a folder that packed documents lie in"},)"
    R"("modified_unix":{"type":"integer","minimum":315532800,"maximum":4354819199,"default":315532800,)"
    R"("description":"The time that packed documents carry, 1980 when left out"},)"
    R"("nested_archives":{"type":"boolean","default":false,)"
    R"("description":"Whether an archive inside the archive is let through, as a member like others"}}}})",
    greffe::document_archive::DocumentArchive::create);
