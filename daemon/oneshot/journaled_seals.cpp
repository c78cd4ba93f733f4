// SPDX-License-Identifier: Apache-2.0
#include "oneshot/journaled_seals.h"

#include "base/clock.h"
#include "dossier/kept_dossier.h"
#include "oneshot/contradiction.h"
#include "oneshot/kept_time.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr const char* kPlainLevel = "B-B";  // every other one has a time-stamp

std::string momentText(std::int64_t unixSeconds) {
    if (unixSeconds < 0 || unixSeconds > kLastSecond) return fmt::format("{}", unixSeconds);
    return fmt::format("{} ({})", unixSeconds, formatUtc(fromUnixMs(unixSeconds * 1000)).substr(0, 19));
}

std::vector<std::string> differences(const std::string& shown, const Json& signature,
                                     const JournaledSeal& seal) {
    std::vector<std::string> found;
    const std::string in = "the seal of " + shown;
    if (textOf(signature, "certificate_sha256") != seal.certificate)
        found.push_back(
            contradictionText({placeInLine("certificate_sha256", seal.line), seal.certificate},
                              {"the certificate in " + in, textOf(signature, "certificate_sha256")}));
    if (!isSameSecond(textOf(signature, "claimed_time"), seal.signingUnix))
        found.push_back(
            contradictionText({placeInLine("signing_time_unix", seal.line), momentText(seal.signingUnix)},
                              {"the time in " + in, textOf(signature, "claimed_time")}));
    const Json& stamp = memberOf(signature, "timestamp");
    const bool isStamped = stamp.is_object() && textOf(stamp, "state") != "broken";
    if (isStamped == (seal.level == kPlainLevel))
        found.push_back(contradictionText({placeInLine("level", seal.line), seal.level},
                                          {in, isStamped ? "that it has a time-stamp" : "no time-stamp"}));
    if (isStamped && seal.stampedUnix && !isSameSecond(textOf(stamp, "time"), *seal.stampedUnix))
        found.push_back(
            contradictionText({placeInLine("timestamp", seal.line), momentText(*seal.stampedUnix)},
                              {"the time-stamp of " + in, textOf(stamp, "time")}));
    return found;
}

}  // namespace

std::vector<JournaledSeal> journaledSeals(const KeptStory& story) {
    std::vector<JournaledSeal> seals;
    for (std::size_t line = 1; line <= story.journal.size(); ++line) {
        const Json& entry = story.journal[line - 1];
        const Json& detail = memberOf(entry, "detail");
        const Json& facts = memberOf(detail, "facts");
        if (textOf(entry, "action") != kStepDone || !memberOf(facts, "certificate_sha256").is_string() ||
            !memberOf(facts, "level").is_string())
            continue;
        JournaledSeal seal;
        seal.line = line;
        seal.step = textOf(detail, "step");
        seal.certificate = textOf(facts, "certificate_sha256");
        seal.level = textOf(facts, "level");
        seal.signingUnix = numberOf(facts, "signing_time_unix");
        const Json& stamp = memberOf(facts, "timestamp");
        if (memberOf(stamp, "gen_time_unix").is_number()) seal.stampedUnix = numberOf(stamp, "gen_time_unix");
        seals.push_back(std::move(seal));
    }
    return seals;
}

std::vector<JournaledSeal> sealsOfStep(const std::vector<JournaledSeal>& seals, const std::string& step) {
    std::vector<JournaledSeal> chosen;
    for (const JournaledSeal& seal : seals)
        if (seal.step == step) chosen.push_back(seal);
    return chosen;
}

std::vector<std::string> sealContradictions(const std::string& shown, const Json& signature,
                                            const std::vector<JournaledSeal>& seals) {
    std::vector<std::string> fewest;
    for (const JournaledSeal& seal : seals) {
        std::vector<std::string> found = differences(shown, signature, seal);
        if (found.empty()) return {};
        if (fewest.empty() || found.size() < fewest.size()) fewest = std::move(found);
    }
    return fewest;
}

}  // namespace greffe
