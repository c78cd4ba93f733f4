// SPDX-License-Identifier: Apache-2.0
#include "dossier_container.h"

#include "container/member_names.h"
#include "container/sha256.h"

#include <vector>

namespace greffe::archive_folder {
namespace {

using container::Check;
using container::Refusal;

// A member as the manifest tells of it, and where its bytes are.
struct Kept {
    Json manifest;
    std::string_view bytes;
};

Json plainMember(std::string_view name, std::string_view mediaType, std::string_view bytes) {
    return {{"name", name},
            {"media_type", mediaType},
            {"sha256", container::sha256Hex(bytes)},
            {"size_bytes", bytes.size()}};
}

// One document. Its own name is kept exactly: as text, or in hexadecimal letters when it is none.
Check describe(const DocumentView& view, const KeptDocument& document, container::OutgoingNames& names,
               bool keepsBytes, Json& entry) {
    const std::string_view folder = document.folder == Folder::Originals ? "originals/" : "results/";
    const std::string name = names.assign(folder, view.name);
    entry = plainMember(name, view.mediaType.view(), view.bytes);
    const std::string given =
        container::toHex({reinterpret_cast<const char*>(view.sha256), sizeof view.sha256});
    if (entry["sha256"] != given)
        return Refusal{Reason::BytesLost,
                       "document \"" + container::displayName(view.name) +
                           "\" is not what was received: SHA-256 " + entry["sha256"].get<std::string>() +
                           " instead of " + given,
                       false};
    if (!keepsBytes) entry["name"] = nullptr;
    entry["slot"] = document.slot;
    if (!document.id.empty()) entry["id"] = document.id;
    if (!document.producedBy.empty()) entry["produced_by"] = document.producedBy;
    if (!document.derivedFrom.empty()) entry["derived_from"] = document.derivedFrom;
    if (container::isUtf8(view.name))
        entry["original_name"] = view.name.view();
    else
        entry["original_name_hex"] = container::toHex(view.name);
    return {};
}

std::string dump(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string_view mediaTypeOf(container::ArchiveKind kind) {
    return kind == container::ArchiveKind::Zip ? "application/zip" : "application/zstd";
}

std::string manifestText(const Json& manifest) {
    return dump(manifest, 2);
}

std::string sumsText(const std::string& manifestSha256Hex, const Json& members) {
    std::string text = manifestSha256Hex + "  " + std::string(kManifestName) + "\n";
    for (const Json& member : members)
        text += member["sha256"].get<std::string>() + "  " + member["name"].get<std::string>() + "\n";
    return text;
}

Check writeContainer(std::string_view key, const DocumentView* documents, const DossierMetadata& metadata,
                     container::ArchiveKind kind, ByteSink& sink) {
    const std::string receipt = dump(metadata.receipt, 2);
    std::string journal;
    for (const Json& line : metadata.journal)
        journal += dump(line, -1);
    std::vector<Kept> members;
    members.push_back({plainMember(kReceiptName, "application/json", receipt), receipt});
    members.push_back({plainMember(kJournalName, "application/x-ndjson", journal), journal});
    Json absent = Json::array();
    container::OutgoingNames names;
    for (std::size_t i = 0; i < metadata.documents.size(); ++i) {
        Json entry;
        if (Check no = describe(documents[i], metadata.documents[i], names, metadata.keepsBytes(), entry))
            return no;
        if (metadata.keepsBytes())
            members.push_back({std::move(entry), documents[i].bytes});
        else
            absent.push_back(std::move(entry));
    }
    Json listed = Json::array();
    for (const Kept& member : members)
        listed.push_back(member.manifest);
    Json manifest = {{"format", kFormatName},
                     {"version", kFormatVersion},
                     {"dossier", metadata.dossier},
                     {"pipeline", metadata.pipeline},
                     {"plan", metadata.plan},
                     {"created", metadata.createdAt},
                     {"retention_until", metadata.retentionUntil},
                     {"policy", metadata.policy},
                     {"effect_key", key},
                     {"members", listed}};
    if (!absent.empty()) manifest["not_kept"] = std::move(absent);
    const std::string text = manifestText(manifest);
    const std::string sums = sumsText(container::sha256Hex(text), listed);

    container::WriterSettings settings;
    settings.kind = kind;
    settings.modifiedUnix = metadata.createdUnix;
    settings.hasDigest = true;
    const auto writer = container::makeArchiveWriter(settings, sink);
    // The manifest first: what a torn container held can still be read.
    if (Check no = writer->add(kManifestName, text)) return no;
    if (Check no = writer->add(kSumsName, sums)) return no;
    for (const Kept& member : members)
        if (Check no = writer->add(member.manifest["name"].get_ref<const std::string&>(), member.bytes))
            return no;
    return writer->finish();
}

}  // namespace greffe::archive_folder
