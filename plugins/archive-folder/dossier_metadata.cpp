// SPDX-License-Identifier: Apache-2.0
#include "dossier_metadata.h"

#include <cstdio>
#include <ctime>

namespace greffe::archive_folder {
namespace {

using container::Check;
using container::Refusal;

Refusal wrong(const std::string& text) {
    return {Reason::InvalidOptions, "the dossier's metadata: " + text, false};
}

const Json& memberOf(const Json& object, const char* key) {
    static const Json kNull;
    const auto at = object.find(key);
    return at == object.end() ? kNull : *at;
}

// Text that must be there, or with `isOptional` may be absent or null.
Check takeText(const Json& object, const char* key, bool isOptional, std::string& text) {
    const Json& value = memberOf(object, key);
    if (value.is_null() && isOptional) return {};
    if (!value.is_string() || (!isOptional && value.get_ref<const std::string&>().empty()))
        return wrong(std::string("\"") + key + "\" must be text");
    text = value.get<std::string>();
    return {};
}

// "2026-11-22T03:59:02.125Z"; false for anything else.
bool readUtc(const std::string& text, std::int64_t& unixSeconds) {
    std::tm utc{};
    int end = 0;
    const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &utc.tm_year, &utc.tm_mon,
                                   &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &end);
    if (fields != 6 || text.back() != 'Z') return false;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    const std::tm asked = utc;
    unixSeconds = timegm(&utc);
    // timegm carries the 31st of a short month over into the next.
    return utc.tm_mday == asked.tm_mday && utc.tm_mon == asked.tm_mon && utc.tm_hour == asked.tm_hour;
}

Check readDocument(const Json& entry, std::vector<KeptDocument>& documents, std::vector<bool>& isDescribed) {
    if (!entry.is_object()) return wrong("\"documents\" must hold objects");
    const Json& index = memberOf(entry, "index");
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= documents.size())
        return wrong("a document's \"index\" names no input");
    const auto at = index.get<std::size_t>();
    if (isDescribed[at]) return wrong("input " + std::to_string(at) + " is described twice");
    isDescribed[at] = true;
    KeptDocument& document = documents[at];
    if (Check no = takeText(entry, "id", true, document.id)) return no;
    if (Check no = takeText(entry, "slot", false, document.slot)) return no;
    if (Check no = takeText(entry, "produced_by", true, document.producedBy)) return no;
    if (Check no = takeText(entry, "derived_from", true, document.derivedFrom)) return no;
    std::string folder;
    if (Check no = takeText(entry, "folder", false, folder)) return no;
    if (folder != "originals" && folder != "results")
        return wrong("a document's \"folder\" must be originals or results");
    document.folder = folder == "originals" ? Folder::Originals : Folder::Results;
    return {};
}

}  // namespace

Check readMetadata(std::string_view text, std::uint32_t inputs, DossierMetadata& metadata) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return wrong("it is not a JSON object");
    if (Check no = takeText(json, "dossier", false, metadata.dossier)) return no;
    if (Check no = takeText(json, "pipeline", false, metadata.pipeline)) return no;
    if (Check no = takeText(json, "plan", false, metadata.plan)) return no;
    if (Check no = takeText(json, "created_at", false, metadata.createdAt)) return no;
    if (Check no = takeText(json, "retention_until", false, metadata.retentionUntil)) return no;
    if (Check no = takeText(json, "policy", false, metadata.policy)) return no;
    if (!readUtc(metadata.createdAt, metadata.createdUnix))
        return wrong("\"created_at\" must be a time such as 2026-11-22T03:59:02.125Z");
    if (metadata.policy != "full" && metadata.policy != "proof_only")
        return wrong("\"policy\" must be full or proof_only");
    if (!memberOf(json, "receipt").is_object()) return wrong("\"receipt\" must be an object");
    if (!memberOf(json, "journal").is_array()) return wrong("\"journal\" must be an array");
    const Json& documents = memberOf(json, "documents");
    if (!documents.is_array()) return wrong("\"documents\" must be an array");
    metadata.documents.assign(inputs, {});
    std::vector<bool> isDescribed(inputs, false);
    for (const Json& entry : documents)
        if (Check no = readDocument(entry, metadata.documents, isDescribed)) return no;
    for (std::uint32_t i = 0; i < inputs; ++i)
        if (!isDescribed[i]) return wrong("input " + std::to_string(i) + " is not described");
    metadata.receipt = std::move(json["receipt"]);
    metadata.journal = std::move(json["journal"]);
    return {};
}

}  // namespace greffe::archive_folder
