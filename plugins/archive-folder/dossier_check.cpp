// SPDX-License-Identifier: Apache-2.0
#include "dossier_check.h"

#include "container/container_digest.h"
#include "container/sha256.h"
#include "dossier_container.h"
#include "journal_chain.h"

#include <algorithm>
#include <map>

namespace greffe::archive_folder {
namespace {

using container::Check;
using container::Refusal;

constexpr std::size_t kMaxTextBytes = 64U << 20U;  // of manifest.json, SHA256SUMS and journal.jsonl each

Refusal lost(std::string text) {
    return {Reason::BytesLost, std::move(text), false};
}

struct Found {
    std::string sha256Hex;
    std::uint64_t sizeBytes = 0;
};

// Sums up every member, and keeps the two that say what the others must be, and the journal.
class Summing final : public container::MemberVisitor {
public:
    Check begin(const container::Member& member) override {
        name_ = member.name;
        names.push_back(name_);
        const bool isText = name_ == kManifestName || name_ == kSumsName || name_ == kJournalName;
        text_ = isText ? &texts[name_] : nullptr;
        return {};
    }
    Check bytes(std::string_view chunk) override {
        sum_.update(chunk);
        size_ += chunk.size();
        if (text_ == nullptr) return {};
        if (text_->size() + chunk.size() > kMaxTextBytes) return lost("\"" + name_ + "\" is too large");
        *text_ += chunk;
        return {};
    }
    Check end() override {
        members[name_] = {sum_.takeHex(), size_};
        size_ = 0;
        return {};
    }

    std::map<std::string, Found> members;
    std::vector<std::string> names;  // in their order
    std::map<std::string, std::string> texts;

private:
    std::string name_;
    std::string* text_ = nullptr;
    std::uint64_t size_ = 0;
    container::Sha256 sum_;
};

bool isMemberEntry(const Json& entry) {
    if (!entry.is_object()) return false;
    const auto name = entry.find("name"), sha256 = entry.find("sha256"), size = entry.find("size_bytes");
    return name != entry.end() && name->is_string() && sha256 != entry.end() && sha256->is_string() &&
           size != entry.end() && size->is_number_unsigned();
}

// NotAccepted for a foreign or newer file; BytesLost for one of ours that is damaged.
Check readManifest(const std::string& text, Json& manifest) {
    manifest = Json::parse(text, nullptr, false);
    if (!manifest.is_object()) return lost("\"manifest.json\" is damaged: it is no JSON object");
    const auto format = manifest.find("format"), version = manifest.find("version");
    if (format == manifest.end() || *format != kFormatName)
        return Refusal{Reason::NotAccepted, "the archive is no dossier that Greffe kept", false};
    if (version == manifest.end() || !version->is_number_integer())
        return lost("\"manifest.json\" is damaged: it has no version");
    if (*version < kOldestVersion || *version > kFormatVersion)
        return Refusal{Reason::NotAccepted,
                       "the dossier was kept in version " + version->dump() +
                           " of the format; this Greffe knows version 2 and before: use a newer one",
                       false};
    const auto members = manifest.find("members");
    if (members == manifest.end() || !members->is_array())
        return lost("\"manifest.json\" is damaged: it lists no members");
    for (const Json& entry : *members)
        if (!isMemberEntry(entry))
            return lost("\"manifest.json\" is damaged: a member without name or digest");
    return {};
}

void compareMembers(const Summing& sums, CheckedContainer& result) {
    std::map<std::string, Found> rest = sums.members;
    rest.erase(std::string(kManifestName));
    rest.erase(std::string(kSumsName));
    for (const Json& entry : result.manifest["members"]) {
        const auto& name = entry["name"].get_ref<const std::string&>();
        const std::string shown = "member \"" + container::displayName(name) + "\"";
        const auto found = rest.find(name);
        if (found == rest.end()) {
            result.findings.push_back(lost(shown + " is missing"));
            continue;
        }
        if (found->second.sizeBytes != entry["size_bytes"].get<std::uint64_t>() ||
            found->second.sha256Hex != entry["sha256"].get<std::string>())
            result.findings.push_back(lost(shown + " is not as it was kept: SHA-256 " +
                                           found->second.sha256Hex + " instead of " +
                                           entry["sha256"].get<std::string>()));
        rest.erase(found);
    }
    for (const auto& [name, found] : rest)
        result.findings.push_back(
            lost("member \"" + container::displayName(name) + "\" does not belong in the container"));
}

bool isListed(const Json& manifest, std::string_view name) {
    for (const Json& entry : manifest["members"])
        if (entry["name"].get_ref<const std::string&>() == name) return true;
    return false;
}

// What every container has, whatever its own manifest says.
void checkEssentials(const Summing& sums, CheckedContainer& result) {
    for (const std::string_view name : {kReceiptName, kJournalName}) {
        if (isListed(result.manifest, name)) continue;  // missing or not: it was compared
        const bool isThere = sums.members.count(std::string(name)) != 0;
        if (!isThere)
            result.findings.push_back(lost("member \"" + std::string(name) +
                                           "\" is missing, and \"manifest.json\" lists none: every kept "
                                           "dossier has one" +
                                           std::string(kWhoToAsk)));
    }
}

// The manifest and the sums first, so that a torn container still says what it held; the rest as the manifest
// lists it. Asked when the members themselves are the right ones.
void checkOrder(const Summing& sums, CheckedContainer& result) {
    std::vector<std::string> expected = {std::string(kManifestName), std::string(kSumsName)};
    for (const Json& entry : result.manifest["members"])
        expected.push_back(entry["name"].get<std::string>());
    const auto shown = [](const std::vector<std::string>& names, std::size_t at) {
        return at < names.size() ? "\"" + container::displayName(names[at]) + "\"" : std::string("nothing");
    };
    for (std::size_t i = 0; i < std::max(expected.size(), sums.names.size()); ++i) {
        if (i < expected.size() && i < sums.names.size() && expected[i] == sums.names[i]) continue;
        result.findings.push_back(lost("member " + std::to_string(i + 1) + " of the container is " +
                                       shown(sums.names, i) +
                                       "; in the order that \"manifest.json\" gives, " + shown(expected, i) +
                                       " stands there" + std::string(kWhoToAsk)));
        return;
    }
}

void checkFolders(const container::ArchiveSummary& summary, CheckedContainer& result) {
    if (summary.folders == 0) return;
    result.findings.push_back(
        lost("member \"" + container::displayName(summary.firstFolder) +
             "\" does not belong in the container: it is an entry for a folder, which no kept dossier has" +
             std::string(kWhoToAsk)));
}

void checkJournal(const Summing& sums, CheckedContainer& result) {
    const auto text = sums.texts.find(std::string(kJournalName));
    if (text == sums.texts.end()) return;  // missing, and told of
    const auto dossier = result.manifest.find("dossier");
    const std::string id =
        dossier != result.manifest.end() && dossier->is_string() ? dossier->get<std::string>() : "";
    if (Check no = checkJournalChain(text->second, id, result.journal))
        result.findings.push_back(std::move(*no));
}

}  // namespace

container::Limits containerLimits() {
    container::Limits limits;
    limits.maxTotalBytes = 64ULL << 30U;
    limits.maxMemberBytes = 64ULL << 30U;
    limits.maxRatio = 0;  // a scan of white pages is no attack when we packed it ourselves
    return limits;
}

CheckedContainer checkContainer(std::string_view bytes, container::ArchiveReader& reader) {
    CheckedContainer result;
    Summing sums;
    container::ArchiveSummary summary;
    const Check unreadable = reader.read(bytes, sums, summary);
    result.kind = summary.kind;
    const auto manifest = sums.texts.find(std::string(kManifestName));
    if (unreadable) {
        // A foreign archive keeps the reader's reason; ours, and whatever is torn or empty, is lost.
        const bool isOurs = manifest != sums.texts.end() ||
                            checkContainerDigest(bytes, summary.kind) != container::DigestState::Absent ||
                            bytes.substr(0, 1024).find(kManifestName) != std::string_view::npos ||
                            unreadable->reason == Reason::Malformed || bytes.empty();
        Refusal finding = *unreadable;
        if (isOurs && !finding.isTransient) finding.reason = Reason::BytesLost;
        result.findings.push_back(std::move(finding));
        return result;
    }
    if (manifest == sums.texts.end()) {
        result.findings.push_back({Reason::NotAccepted,
                                   "the archive is no dossier that Greffe kept: it has no manifest.json",
                                   false});
        return result;
    }
    if (Check no = readManifest(manifest->second, result.manifest)) {
        // Ends like one of ours and is not as it was written: the damage hit what says that it is.
        if (container::checkContainerDigest(bytes, summary.kind) == container::DigestState::Differs)
            no->reason = Reason::BytesLost;
        result.findings.push_back(std::move(*no));
        return result;
    }
    compareMembers(sums, result);
    checkEssentials(sums, result);
    checkJournal(sums, result);
    const auto listed = sums.texts.find(std::string(kSumsName));
    if (listed == sums.texts.end())
        result.findings.push_back(lost("member \"SHA256SUMS\" is missing"));
    else if (listed->second != sumsText(container::sha256Hex(manifest->second), result.manifest["members"]))
        result.findings.push_back(lost("member \"SHA256SUMS\" and member \"manifest.json\" do not agree"));
    if (result.findings.empty()) checkOrder(sums, result);
    checkFolders(summary, result);
    if (container::checkContainerDigest(bytes, summary.kind) != container::DigestState::Matches)
        result.findings.push_back(lost(
            result.findings.empty()
                ? "every member is as it was kept, but the bytes around them are not: headers or the digest "
                  "at the end were changed, or another program wrote the archive again"
                : "the container as a whole is not as it was written"));
    return result;
}

}  // namespace greffe::archive_folder
