// SPDX-License-Identifier: Apache-2.0
#include "archive_handler.h"

#include "member_list.h"
#include "params.h"

#include <greffe/sdk/instance.h>

#include <algorithm>

namespace greffe::document_archive {
namespace {

using container::Check;

// All facts of a call may have a mebibyte of text together.
constexpr std::size_t kMostListed = 1'000;

class Listing final : public MemberList {};

void tellFacts(const container::ArchiveSummary& summary, const MemberList& list, Outcome& outcome) {
    const auto fact = [&](const char* name, const Json& value) {
        const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
        outcome.fact(name, std::string_view(text));
    };
    Json members = Json::array();
    for (const MemberRecord& record : list.records())
        if (members.size() < kMostListed) members.push_back(toJson(record));
    fact("format", std::string(container::kindName(summary.kind)));
    fact("entries", summary.members);
    fact("folders", summary.folders);
    fact("total_bytes", summary.totalBytes);
    fact("nested_archives", list.nestedArchives());
    fact("members", members);
    fact("members_complete", members.size() == list.records().size());
}

// The profile's own demands, beyond what every archive must meet.
Check checkProfile(const Json& profile, const container::ArchiveSummary& summary, const MemberList& list) {
    if (!flagOf(profile, "nested_archives"))
        if (Check no = list.refuseNested()) return no;
    if (const std::int64_t most = numberOf(profile, "max_entries", 0); most > 0 && summary.members > most)
        return container::unsafe("the archive has " + std::to_string(summary.members) + " members; " +
                                 std::to_string(most) + " are accepted at most");
    const auto accepts = profile.find("accepts");
    if (accepts == profile.end() || !accepts->is_array() || accepts->empty()) return {};
    for (const MemberRecord& record : list.records())
        if (std::find(accepts->begin(), accepts->end(), record.mediaType) == accepts->end())
            return container::Refusal{Reason::NotAccepted,
                                      "member \"" + container::displayName(record.name) + "\" is " +
                                          record.mediaType + ", which is not accepted here",
                                      false};
    return {};
}

void tellFinding(Outcome& outcome, const container::Refusal& refusal) {
    if (!refusal.isTransient) {
        const Json findings = {{{"code", reasonCode(refusal.reason)}, {"text", refusal.text}}};
        const std::string text = findings.dump(-1, ' ', false, Json::error_handler_t::replace);
        outcome.fact("findings", std::string_view(text));
    }
    container::tell(outcome, refusal);
}

}  // namespace

std::uint32_t ArchiveHandler::probe(Slice firstBytes) noexcept {
    try {
        return container::probeArchive(firstBytes);
    } catch (...) {
        return 0;  // no memory for a sentence: then not for the archive either
    }
}

void ArchiveHandler::inspect(const DocumentView& document, Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        Listing list;
        container::ArchiveSummary summary;
        if (const Check no = reader_->read(document.bytes, list, summary))
            return container::tell(outcome, *no);
        tellFacts(summary, list, outcome);
        outcome.done();
    });
}

void ArchiveHandler::validate(const DocumentView& document, Slice profileJson, Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        Json profile;
        if (const Check no = readParams(profileJson, profile)) return container::tell(outcome, *no);
        Listing list;
        container::ArchiveSummary summary;
        if (const Check no = reader_->read(document.bytes, list, summary)) return tellFinding(outcome, *no);
        if (const Check no = checkProfile(profile, summary, list)) return tellFinding(outcome, *no);
        tellFacts(summary, list, outcome);
        outcome.done();
    });
}

}  // namespace greffe::document_archive
