// SPDX-License-Identifier: Apache-2.0
#include "base/bytes_text.h"
#include "oneshot/jobs.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

constexpr const char* kArchiver = "archive-folder";
constexpr const char* kReceipt = "receipt.json";
constexpr const char* kSealedSlot = "sealed";
constexpr std::size_t kMembersACall = 50;  // an answer carries that many descriptors easily
constexpr std::uint64_t kMaxReceiptBytes = 16U << 20U;

class KeptCheck {
public:
    KeptCheck(OneShot& shot, const CallInput& container) : shot_(shot), container_(container) {}

    JobVerdict run() {
        const CallOutcome checked =
            shot_.call(PoolKind::Documents, callRequest("archive.verify", kArchiver, "{}", {container_}));
        verdict_ = verdictOf(checked, shot_.trouble());
        if (verdict_.standing != Standing::Good) return std::move(verdict_);
        verdict_.facts["seals"] = Json::array();
        lookInside();
        return std::move(verdict_);
    }

private:
    void bad(std::string text) {
        verdict_.add(Standing::Bad, {std::string(reasonCode(Reason::BytesLost)), std::move(text)});
    }

    void lookInside() {
        std::vector<Json> wanted = {{{"name", kReceipt}}};
        for (const Json& document : memberOf(verdict_.facts, "documents")) {
            sums_.insert(textOf(document, "sha256"));
            const bool isResult = !textOf(document, "produced_by").empty();
            if (isResult && textOf(document, "media_type") == "application/pdf" &&
                memberOf(document, "name").is_string())
                wanted.push_back(document);
        }
        for (std::size_t at = 0; at < wanted.size(); at += kMembersACall) {
            const std::size_t end = std::min(at + kMembersACall, wanted.size());
            if (!takeOut({wanted.begin() + static_cast<std::ptrdiff_t>(at),
                          wanted.begin() + static_cast<std::ptrdiff_t>(end)}))
                return;
        }
    }

    bool takeOut(const std::vector<Json>& members) {
        Json names = Json::array();
        for (const Json& member : members)
            names.push_back(textOf(member, "name"));
        const CallOutcome taken = shot_.call(
            PoolKind::Documents,
            callRequest("transform", kArchiver, dumpJson({{"members", std::move(names)}}), {container_}));
        const JobVerdict end = verdictOf(taken, shot_.trouble());
        for (const Problem& problem : end.problems)
            verdict_.add(end.standing, problem);
        if (end.standing != Standing::Good) return false;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const std::string artifactName = fmt::format("member-{:03}", i + 1);
            const auto artifact =
                std::find_if(taken.artifacts.begin(), taken.artifacts.end(),
                             [&](const CallArtifact& each) { return each.name == artifactName; });
            if (artifact == taken.artifacts.end()) {
                verdict_.add(Standing::Unknown, {std::string(reasonCode(Reason::PluginFault)),
                                                 "the archiver did not give " + textOf(members[i], "name")});
                return false;
            }
            if (textOf(members[i], "name") == kReceipt) {
                compareReceipt(*artifact);
            } else {
                checkSeals(members[i], *artifact);
            }
        }
        return true;
    }

    // The receipt was handed out, the documents were kept: both must speak of the same bytes.
    void compareReceipt(const CallArtifact& artifact) {
        auto text = MappedFile::map(artifact.fd->get(), 0, std::min(artifact.sizeBytes, kMaxReceiptBytes));
        const Json receipt = text ? storedJson(text->bytes()) : Json();
        if (!receipt.is_object()) return bad("member \"receipt.json\" is no JSON object");
        std::vector<const Json*> files = {&memberOf(receipt, "received"), &memberOf(receipt, "manifest")};
        for (const Json& result : memberOf(receipt, "results"))
            files.push_back(&result);
        for (const Json* file : files)
            if (file->is_object() && sums_.count(textOf(*file, "sha256")) == 0)
                bad(fmt::format("the receipt tells of \"{}\" with SHA-256 {}, which is not in the container",
                                displayText(bytesOf(*file, "name")), textOf(*file, "sha256")));
    }

    void checkSeals(const Json& member, const CallArtifact& artifact) {
        const std::string name = displayText(textOf(member, "name"));
        CallInput document;
        document.fd = artifact.fd;
        document.sizeBytes = artifact.sizeBytes;
        document.slot = "document";
        document.name = textOf(member, "name");
        document.mediaType = textOf(member, "media_type");
        if (!fromHex(textOf(member, "sha256"), document.sha256)) return bad(name + " has no digest");
        const CallOutcome outcome =
            shot_.call(PoolKind::Documents, callRequest("inspect", "document-pdf", "{}", {document}));
        const JobVerdict end = verdictOf(outcome, shot_.trouble());
        for (const Problem& problem : end.problems)
            verdict_.add(end.standing, {problem.code, name + ": " + problem.text});
        if (end.standing == Standing::Good) judgeSeals(member, name, memberOf(end.facts, "signatures"));
    }

    // What was sealed here must be under a seal that covers all of it and holds. Signatures that came with
    // the document are told of; they were judged when it was taken.
    void judgeSeals(const Json& member, const std::string& name, const Json& signatures) {
        bool isSealed = false;
        std::string why = "it carries none";
        for (const Json& signature : signatures) {
            const bool isWhole = textOf(signature, "coverage") == "whole_file";
            isSealed = isSealed || (isWhole && boolOf(signature, "holds"));
            if (isWhole) why = textOf(signature, "why");
            verdict_.facts["seals"].push_back({{"member", textOf(member, "name")},
                                               {"field", textOf(signature, "field")},
                                               {"signer", textOf(signature, "signer")},
                                               {"claimed_time", textOf(signature, "claimed_time")},
                                               {"coverage", textOf(signature, "coverage")},
                                               {"timestamp", memberOf(signature, "timestamp")},
                                               {"holds", boolOf(signature, "holds")},
                                               {"why", textOf(signature, "why")}});
        }
        if (isSealed || textOf(member, "slot") != kSealedSlot) return;
        verdict_.add(Standing::Bad,
                     {std::string(reasonCode(Reason::SignatureBroken)),
                      fmt::format("{}: no seal that covers the whole file holds: {}", name, why)});
    }

    OneShot& shot_;
    const CallInput& container_;
    JobVerdict verdict_;
    std::set<std::string> sums_;  // of all documents that the manifest knows
};

}  // namespace

JobVerdict checkKeptDossier(const HousePaths& paths, const CallInput& container,
                            const OneShot::Began& began) {
    OneShot shot(planWith({}), paths, began);
    return KeptCheck(shot, container).run();
}

}  // namespace greffe
