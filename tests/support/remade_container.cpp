// SPDX-License-Identifier: Apache-2.0
#include "support/remade_container.h"

#include "base/sha256.h"
#include "container/archive_writer.h"
#include "container/container_digest.h"

#include <greffe/sdk/instance.h>

#include <algorithm>
#include <stdexcept>

namespace greffe {
namespace {

class Collecting final : public container::MemberVisitor {
public:
    explicit Collecting(std::vector<std::pair<std::string, std::string>>& members) : members_(members) {}
    container::Check begin(const container::Member& member) override {
        members_.emplace_back(member.name, "");
        return {};
    }
    container::Check bytes(std::string_view chunk) override {
        members_.back().second += chunk;
        return {};
    }
    container::Check end() override { return {}; }

private:
    std::vector<std::pair<std::string, std::string>>& members_;
};

constexpr std::size_t kCentralNameAt = 46, kCentralAttributesAt = 38;

// The writer knows plain files only: the zip's directory is told that this one is a folder.
void markFolder(std::string& zip, const std::string& name) {
    const std::size_t at = zip.rfind(name);
    if (at == std::string::npos || zip.compare(at - kCentralNameAt, 4, "PK\1\2") != 0)
        throw std::runtime_error(name + " is not in the zip's directory");
    const std::uint32_t attributes = 040755U << 16U;
    for (unsigned byte = 0; byte < 4; ++byte)
        zip[at - kCentralNameAt + kCentralAttributesAt + byte] = static_cast<char>(attributes >> 8U * byte);
}

}  // namespace

RemadeContainer::RemadeContainer(const std::string& container) {
    container::Limits limits;
    limits.maxRatio = 0;
    container::ArchiveReader reader(limits);
    container::ArchiveSummary summary;
    Collecting visitor(members);
    if (reader.read(container, visitor, summary)) members.clear();
}

std::string& RemadeContainer::text(const std::string& name) {
    for (auto& [known, bytes] : members)
        if (known == name) return bytes;
    throw std::runtime_error("there is no member " + name);
}

void RemadeContainer::changeJson(const std::string& name, const std::function<void(Json& json)>& change) {
    Json json = storedJson(text(name));
    change(json);
    text(name) = prettyJson(json) + "\n";
}

void RemadeContainer::changeJournal(const std::function<void(std::vector<Json>& lines)>& change,
                                    bool isChained) {
    std::string& journal = text("journal.jsonl");
    std::vector<Json> lines;
    for (std::size_t at = 0; at < journal.size();) {
        const std::size_t end = journal.find('\n', at);
        lines.push_back(storedJson(journal.substr(at, end - at)));
        at = end + 1;
    }
    change(lines);
    std::string previous = toHex(sha256(textOf(storedJson(text("manifest.json")), "dossier")));
    journal.clear();
    for (Json& line : lines) {
        if (isChained) line["previous"] = previous;
        previous = toHex(sha256(dumpJson(line)));
        journal += dumpJson(line) + "\n";
    }
}

void RemadeContainer::remove(const std::string& name) {
    const auto isIt = [&](const auto& member) { return member.first == name; };
    members.erase(std::remove_if(members.begin(), members.end(), isIt), members.end());
    changeJson("manifest.json", [&](Json& manifest) {
        Json rest = Json::array();
        for (const Json& entry : memberOf(manifest, "members"))
            if (textOf(entry, "name") != name) rest.push_back(entry);
        manifest["members"] = rest;
    });
}

void RemadeContainer::changeEntry(const std::string& name, const std::function<void(Json& entry)>& change) {
    changeJson("manifest.json", [&](Json& manifest) {
        for (Json& entry : manifest["members"])
            if (textOf(entry, "name") == name) change(entry);
    });
}

void RemadeContainer::fitSums() {
    std::string sums;
    changeJson("manifest.json", [&](Json& manifest) {
        for (Json& entry : manifest["members"]) {
            const std::string& bytes = text(textOf(entry, "name"));
            entry["sha256"] = toHex(sha256(bytes));
            entry["size_bytes"] = bytes.size();
            sums += textOf(entry, "sha256") + "  " + textOf(entry, "name") + "\n";
        }
    });
    text("SHA256SUMS") = toHex(sha256(text("manifest.json"))) + "  manifest.json\n" + sums;
}

std::string RemadeContainer::bytes() {
    fitSums();
    return bytesAsTheyAre();
}

std::string RemadeContainer::bytesAsTheyAre() const {
    sdk::StringSink sink;
    container::WriterSettings settings;
    settings.hasDigest = true;
    const auto writer = container::makeArchiveWriter(settings, sink);
    for (const auto& [name, bytes] : members)
        if (writer->add(name, bytes)) throw std::runtime_error(name + " cannot be written");
    if (writer->finish()) throw std::runtime_error("the container cannot be written");
    std::string zip = sink.text();
    zip.resize(zip.size() - container::kDigestTextBytes);
    for (const auto& [name, bytes] : members)
        if (name.back() == '/') markFolder(zip, name);
    return zip + container::digestText(toHex(sha256(zip)));
}

}  // namespace greffe
