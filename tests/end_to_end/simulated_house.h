// SPDX-License-Identifier: Apache-2.0
// A configuration and a sample, and `greffe simulate` as its author types it.
#pragma once

#include "base/json.h"
#include "support/daemon_under_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace greffe {

inline constexpr const char* kHouse = R"(
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example.test/" } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "smtp.example.test", from = "office@example.test" } },
  archives = { archive { name = "kept", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

inline constexpr const char* kSteps = R"(
  validate { id = "check" },
  task { id = "verify", ask = "officer", answers = { "validate", "refuse" }, expires_days = 30,
         on = { refuse = { refuse { id = "no", reason = "not acceptable" } } },
         on_expired = { refuse { id = "late", reason = "nobody answered" } } },
  wait { id = "week", for_seconds = 7 * 86400 },
  seal { id = "seal", key = "office", level = "B-T",
         when = function(d) return d.facts.check.pages == 1 end },
  seal { id = "again", key = "office", when = function(d) return d.facts.check.pages > 1 end },
  archive { id = "keep" },
  notify { id = "tell", to = { "client@example.test" }, subject = "Your lease", text = "It is sealed.",
           attach = { "document" } })";

class Simulate : public ::testing::Test {
protected:
    explicit Simulate(const std::string& steps = kSteps, const std::string& house = kHouse)
        : daemon(steps, R"(stable_seconds = 0, manifest = "optional")", house) {
        sample = daemon.root() + "/lease.pdf";
        std::ofstream(sample) << tinyPdf("lease");
        // Nothing of the house is needed, and nothing of it is touched.
        std::filesystem::remove(daemon.root() + "/key.pem");
        std::filesystem::remove(daemon.root() + "/cert.pem");
    }

    int simulate(std::vector<std::string> more) {
        std::vector<std::string> arguments = {"simulate", daemon.root() + "/config", sample};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return daemon.command(arguments, &said);
    }
    Json dossier(std::vector<std::string> more, int exitCode = 0) {
        more.emplace_back("--json");
        EXPECT_EQ(simulate(more), exitCode) << said;
        const Json report = storedJson(said.substr(std::min(said.size(), said.find('{'))));
        EXPECT_EQ(memberOf(report, "simulation"), Json(true)) << said;
        return memberOf(report, "dossiers").empty() ? Json() : memberOf(report, "dossiers")[0];
    }
    // "seal done" of each entry about a step.
    static std::vector<std::string> steps(const Json& dossier) {
        std::vector<std::string> all;
        for (const Json& entry : memberOf(dossier, "timeline"))
            if (entry.contains("step")) all.push_back(textOf(entry, "step") + " " + textOf(entry, "result"));
        return all;
    }
    static std::vector<std::string> notes(const Json& dossier, const std::string& kind) {
        std::vector<std::string> all;
        for (const Json& entry : memberOf(dossier, "timeline"))
            for (const Json& note : memberOf(entry, "notes"))
                if (textOf(note, "kind") == kind)
                    all.push_back(textOf(note, "text") +
                                  (note.contains("place") ? " @" + textOf(note, "place") : ""));
        return all;
    }

    DaemonUnderTest daemon;
    std::string sample, said;
};

}  // namespace greffe
