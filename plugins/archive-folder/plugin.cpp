// SPDX-License-Identifier: Apache-2.0
// The plugin "archive-folder": its instance, its options, its export.
#include "dossier_check.h"
#include "dossier_container.h"
#include "member_extractor.h"

#include <greffe/capability/archiver.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <memory>

namespace greffe::archive_folder {
namespace {

// Members that are documents, kept or only told of.
Json documentsOf(const Json& manifest) {
    Json documents = Json::array();
    for (const char* const list : {"members", "not_kept"}) {
        const auto entries = manifest.find(list);
        if (entries == manifest.end() || !entries->is_array()) continue;
        for (const Json& entry : *entries) {
            if (!entry.contains("slot")) continue;
            Json document = Json::object();
            for (const char* const key :
                 {"name", "sha256", "size_bytes", "media_type", "slot", "produced_by"})
                if (const auto at = entry.find(key); at != entry.end()) document[key] = *at;
            documents.push_back(std::move(document));
        }
    }
    return documents;
}

class FolderArchiver final : public Archiver {
public:
    ~FolderArchiver() = default;

    void build(Slice key, const DocumentView* documents, std::uint32_t count, Slice metadataJson, Slice,
               Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            DossierMetadata metadata;
            if (const auto no = readMetadata(metadataJson, count, metadata))
                return container::tell(outcome, *no);
            ByteSink* const sink = outcome.artifact("container", mediaTypeOf(kind));
            if (sink == nullptr)
                return sdk::reject(outcome, Reason::LimitExceeded, "this step may write no container");
            if (const auto no = writeContainer(key, documents, metadata, kind, *sink))
                return container::tell(outcome, *no);
            const std::string format = "\"" + std::string(container::kindName(kind)) + "\"";
            outcome.fact("format", std::string_view(format));
            outcome.done();
        });
    }

    void verify(const DocumentView& document, Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            const CheckedContainer checked = checkContainer(document.bytes, *reader);
            const auto fact = [&](const char* name, const Json& value) {
                const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
                outcome.fact(name, std::string_view(text));
            };
            if (!checked.findings.empty()) {
                Json findings = Json::array();
                for (const container::Refusal& finding : checked.findings)
                    if (findings.size() < 1'000)
                        findings.push_back({{"code", reasonCode(finding.reason)}, {"text", finding.text}});
                fact("findings", findings);
                return container::tell(outcome, checked.findings.front());
            }
            fact("format", std::string(container::kindName(checked.kind)));
            fact("members", checked.manifest["members"].size());
            fact("documents", documentsOf(checked.manifest));
            fact("journal", {{"lines", checked.journal.lines}, {"chained", checked.journal.isChained}});
            for (const char* const name :
                 {"version", "dossier", "pipeline", "plan", "created", "retention_until"})
                if (const auto at = checked.manifest.find(name); at != checked.manifest.end())
                    fact(name, *at);
            outcome.done();
        });
    }

    container::ArchiveKind kind = container::ArchiveKind::Zip;
    std::unique_ptr<container::ArchiveReader> reader;
};

class ArchiveFolder final : public sdk::InstanceBase<ArchiveFolder> {
public:
    using InstanceBase::InstanceBase;
    ~ArchiveFolder() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            const Json options =
                optionsJson.empty() ? Json::object() : Json::parse(optionsJson.view(), nullptr, false);
            if (!options.is_object()) {
                problems.error("", "the options are not a JSON object");
                return false;
            }
            const auto format = options.find("format");
            if (format == options.end() || *format == "zip") {
                archiver_.kind = container::ArchiveKind::Zip;
            } else if (*format == "tar.zst") {
                archiver_.kind = container::ArchiveKind::TarZstd;
            } else {
                problems.error("format", "must be zip or tar.zst");
                return false;
            }
            // The path is the daemon's to use. Absent, this instance verifies and builds all the same: each
            // worker has one without options, and `greffe verify` uses it.
            const auto path = options.find("path");
            if (path != options.end() &&
                (!path->is_string() || path->get<std::string>().substr(0, 1) != "/")) {
                problems.error("path", "must be an absolute path of a folder");
                return false;
            }
            return true;
        });
    }

    // The reader loads a locale, which is a file: now, before the sandbox closes.
    bool provision(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            archiver_.reader = std::make_unique<container::ArchiveReader>(containerLimits(),
                                                                          host().service<CancelService>());
            extractor_.reader = archiver_.reader.get();
            return true;
        });
    }

    void* query(Slice capabilityId) noexcept override {
        if (!archiver_.reader) return nullptr;
        if (capabilityId.view() == Transformer::kId) return static_cast<Transformer*>(&extractor_);
        return capabilityId.view() == Archiver::kId ? static_cast<Archiver*>(&archiver_) : nullptr;
    }

    void cleanup() noexcept override {
        extractor_.reader = nullptr;
        archiver_.reader.reset();
    }

private:
    FolderArchiver archiver_;
    MemberExtractor extractor_;
};

}  // namespace
}  // namespace greffe::archive_folder

GREFFE_EXPORT_PLUGIN(
    "archive-folder", "0.1.0", "Keeps each finished dossier as one container file that can be verified alone",
    "documents", "0.1", "archiver/1 transformer/1",
    R"({"type":"object","additionalProperties":false,"required":["path"],"properties":{)"
    R"("path":{"type":"string","minLength":1,)"
    R"("description":"Folder that keeps the containers, by year and month; written by the daemon itself"},)"
    R"("format":{"type":"string","enum":["zip","tar.zst"],"default":"zip",)"
    R"("description":"zip stores documents as they are; tar.zst is smaller"}}})",
    greffe::archive_folder::ArchiveFolder::create);
