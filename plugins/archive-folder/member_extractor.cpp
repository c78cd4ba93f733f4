// SPDX-License-Identifier: Apache-2.0
#include "member_extractor.h"

#include "container/utf8.h"
#include "dossier_metadata.h"

#include <greffe/sdk/instance.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace greffe::archive_folder {
namespace {

using container::Check;
using container::Refusal;

constexpr std::size_t kMostNames = 100;  // an answer carries 127 descriptors

std::string artifactName(std::size_t index) {
    char name[32];
    std::snprintf(name, sizeof name, "member-%03zu", index + 1);
    return name;
}

// A host takes one artifact at a time, so they come in the container's order; their names say which is which.
class Taking final : public container::MemberVisitor {
public:
    Taking(const std::vector<std::string>& names, Outcome& outcome) : outcome_(outcome) {
        for (std::size_t i = 0; i < names.size(); ++i)
            wanted_[names[i]] = i;
    }

    Check begin(const container::Member& member) override {
        const auto found = wanted_.find(std::string(member.name));
        isWanted_ = found != wanted_.end();
        if (!isWanted_) return {};
        sink_ = outcome_.artifact(std::string_view(artifactName(found->second)), "application/octet-stream");
        wanted_.erase(found);
        return {};
    }
    Check bytes(std::string_view chunk) override {
        if (!isWanted_ || (sink_ != nullptr && sink_->write(chunk))) return {};
        return Refusal{Reason::LimitExceeded, "the members are larger than this call may write", false};
    }
    Check end() override { return {}; }

    // A name that no member had; empty when all were there.
    std::string missing() const { return wanted_.empty() ? std::string() : wanted_.begin()->first; }

private:
    Outcome& outcome_;
    std::map<std::string, std::size_t> wanted_;  // index in the params
    ByteSink* sink_ = nullptr;
    bool isWanted_ = false;
};

bool readNames(std::string_view text, std::vector<std::string>& names) {
    const Json params = text.empty() ? Json() : Json::parse(text, nullptr, false);
    if (!params.is_object()) return false;
    const auto members = params.find("members");
    if (members == params.end() || !members->is_array() || members->empty() || members->size() > kMostNames)
        return false;
    for (const Json& name : *members) {
        if (!name.is_string()) return false;
        for (const std::string& earlier : names)
            if (earlier == name.get_ref<const std::string&>()) return false;
        names.push_back(name.get<std::string>());
    }
    return true;
}

}  // namespace

void MemberExtractor::transform(const DocumentView* documents, std::uint32_t count, Slice paramsJson,
                                Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        std::vector<std::string> names;
        if (!readNames(paramsJson, names))
            return sdk::reject(outcome, Reason::InvalidOptions,
                               "\"members\" must list 1 to 100 different names of members");
        if (count != 1 || reader == nullptr)
            return sdk::reject(outcome, Reason::InvalidOptions, "one kept dossier is taken apart at a time");
        Taking taking(names, outcome);
        container::ArchiveSummary summary;
        if (const Check no = reader->read(documents[0].bytes, taking, summary))
            return container::tell(outcome, *no);
        if (const std::string missing = taking.missing(); !missing.empty())
            return sdk::reject(outcome, Reason::BytesLost,
                               "member \"" + container::displayName(missing) + "\" is missing");
        outcome.done();
    });
}

}  // namespace greffe::archive_folder
