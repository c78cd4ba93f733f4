// SPDX-License-Identifier: Apache-2.0
#include "archive_transformer.h"

#include "container/archive_writer.h"
#include "container/member_names.h"
#include "member_list.h"
#include "params.h"

#include <greffe/sdk/instance.h>

#include <cstdio>

namespace greffe::document_archive {
namespace {

using container::Check;
using container::Refusal;

// An artifact is a descriptor, and an answer carries 127 of them.
constexpr std::uint32_t kMostArtifacts = 120;

constexpr std::int64_t kFixedTimeUnix = 315'532'800;  // 1980-01-01, the first second that a zip can say

std::string artifactName(std::size_t index) {
    char name[32];
    std::snprintf(name, sizeof name, "member-%03zu", index + 1);
    return name;
}

// Writes every member to an artifact as it is read.
class Unpacking final : public MemberList {
public:
    Unpacking(Outcome& outcome, bool mayNest) : outcome_(outcome), mayNest_(mayNest) {}

private:
    Check opened(const MemberRecord& record) override {
        if (!mayNest_)
            if (Check no = refuseNested()) return no;
        if (records().size() > kMostArtifacts)
            return container::unsafe("the archive has more than " + std::to_string(kMostArtifacts) +
                                     " members, too many to be documents of one dossier");
        sink_ = outcome_.artifact(artifactName(records().size() - 1), record.mediaType);
        return {};
    }
    Check took(std::string_view bytes) override {
        if (sink_ != nullptr && sink_->write(bytes)) return {};
        return Refusal{Reason::LimitExceeded, "the members are larger than this step may write", false};
    }

    Outcome& outcome_;
    bool mayNest_;
    ByteSink* sink_ = nullptr;
};

void tellMembers(Outcome& outcome, const Json& members) {
    const std::string text = members.dump(-1, ' ', false, Json::error_handler_t::replace);
    outcome.fact("members", std::string_view(text));
    outcome.done();
}

Check unpack(const DocumentView& document, container::ArchiveReader& reader, const Json& params,
             Outcome& outcome) {
    Unpacking unpacking(outcome, flagOf(params, "nested_archives"));
    container::ArchiveSummary summary;
    if (Check no = reader.read(document.bytes, unpacking, summary)) return no;
    Json members = Json::array();
    for (const MemberRecord& record : unpacking.records()) {
        Json member = toJson(record);
        member["artifact"] = artifactName(members.size());
        members.push_back(std::move(member));
    }
    tellMembers(outcome, members);
    return {};
}

Check pack(const DocumentView* documents, std::uint32_t count, const Json& params,
           const container::WriterSettings& settings, Outcome& outcome) {
    const bool isZip = settings.kind == container::ArchiveKind::Zip;
    ByteSink* const sink = outcome.artifact("archive", isZip ? "application/zip" : "application/zstd");
    if (sink == nullptr) return Refusal{Reason::LimitExceeded, "this step may write no archive", false};
    const auto writer = container::makeArchiveWriter(settings, *sink);
    container::OutgoingNames names;
    const std::string folder = textOf(params, "folder");
    Json members = Json::array();
    for (std::uint32_t i = 0; i < count; ++i) {
        const DocumentView& document = documents[i];
        const std::string name = names.assign(folder.empty() ? "" : folder + "/", document.name);
        if (Check no = writer->add(name, document.bytes)) return no;
        members.push_back({{"name", name}, {"input", i}, {"size_bytes", document.bytes.size}});
    }
    if (Check no = writer->finish()) return no;
    tellMembers(outcome, members);
    return {};
}

// A folder name that OutgoingNames would leave as it is.
bool isPlainFolder(const std::string& folder) {
    return folder.empty() || container::OutgoingNames().assign("", folder) == folder;
}

}  // namespace

void ArchiveTransformer::transform(const DocumentView* documents, std::uint32_t count, Slice paramsJson,
                                   Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        Json params;
        if (const Check no = readParams(paramsJson, params)) return container::tell(outcome, *no);
        const std::string into = textOf(params, "into");
        const std::string compression = textOf(params, "compression");
        const auto invalid = [&](std::string_view text) {
            sdk::reject(outcome, Reason::InvalidOptions, text);
        };
        if (count == 0) return invalid("there is no document");
        if (into == "members") {
            if (count != 1) return invalid("\"into\" = \"members\" takes one archive apart, not several");
            if (const Check no = unpack(documents[0], *reader_, params, outcome))
                container::tell(outcome, *no);
            return;
        }
        if (into != "zip" && into != "tar.zst") return invalid("\"into\" must be members, zip or tar.zst");
        if (!compression.empty() && compression != "stored" && compression != "deflated")
            return invalid("\"compression\" must be stored or deflated");
        if (!isPlainFolder(textOf(params, "folder"))) return invalid("\"folder\" is not a plain name");
        container::WriterSettings settings;
        settings.kind = into == "zip" ? container::ArchiveKind::Zip : container::ArchiveKind::TarZstd;
        settings.packing =
            compression == "stored" ? container::Packing::Stored : container::Packing::Deflated;
        settings.modifiedUnix = numberOf(params, "modified_unix", kFixedTimeUnix);
        if (const Check no = pack(documents, count, params, settings, outcome)) container::tell(outcome, *no);
    });
}

}  // namespace greffe::document_archive
