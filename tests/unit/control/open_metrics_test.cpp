// SPDX-License-Identifier: Apache-2.0
#include "control/open_metrics.h"

#include "base/json.h"
#include "sys/files.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>
#include <sstream>

namespace greffe {
namespace {

using ::testing::HasSubstr;

Json status() {
    return {{"version", "0.1.0"},
            {"plan", "abc"},
            {"started_ms", 1'000},
            {"now_ms", 90'000},
            {"active", 2},
            {"finished", 7},
            {"dossiers", {{"done", 5}, {"held", 1}}},
            {"pipelines", {{"lease", {{"done", 3}, {"held", 1}}}, {"bill", {{"done", 2}}}}},
            {"oldest_ms", {{"held", 60'000}}},
            {"steps", {{"seal", {{"done", 4}, {"retry_later", 1}}}}},
            {"step_times",
             {{"seal",
               {{"count", 3},
                {"sum_us", 2'500'000},
                {"buckets", {{{"up_to_us", 5'000}, {"count", 2}}, {{"up_to_us", 0}, {"count", 3}}}}}}}},
            {"provider_errors", {{"mail", {{"provider_unavailable", 4}}}}},
            {"admitted", {{"drop", 6}}},
            {"intakes", {{"drop", {{"paused_for", "disk_low"}}}, {"other", {{"paused_for", ""}}}}},
            {"pools",
             {{"keys:\"office\"",
               {{"idle", 1},
                {"busy", 0},
                {"starting", 0},
                {"queued", 3},
                {"restarts", {{"worker_crashed", 2}, {"deadline_exceeded", 1}}},
                {"degraded", true}}}}},
            {"spool", {{"free_bytes", 123}}},
            {"journal",
             {{"commits", 4},
              {"works", 9},
              {"largest_batch", 5},
              {"commit_us", 10'000},
              {"commit_buckets", {{{"up_to_us", 1'000}, {"count", 1}}, {{"up_to_us", 0}, {"count", 4}}}}}}};
}

TEST(OpenMetrics, FiguresStandWithTheirLabels) {
    const std::string text = openMetricsText(status());
    for (const char* line :
         {"greffe_info{version=\"0.1.0\",plan=\"abc\"} 1\n",
          "greffe_dossiers{state=\"held\",pipeline=\"lease\"} 1\n",
          "greffe_dossiers{state=\"done\",pipeline=\"bill\"} 2\n",
          "greffe_worker_restarts_total{pool=\"keys:\\\"office\\\"\",cause=\"deadline_exceeded\"} 1\n",
          "greffe_oldest_dossier_seconds{state=\"held\"} 30\n",
          "greffe_effects_total{kind=\"seal\",result=\"retry_later\"} 1\n",
          "greffe_step_duration_seconds_bucket{kind=\"seal\",le=\"0.005\"} 2\n",
          "greffe_step_duration_seconds_bucket{kind=\"seal\",le=\"+Inf\"} 3\n",
          "greffe_step_duration_seconds_sum{kind=\"seal\"} 2.5\n",
          "greffe_provider_errors_total{provider=\"mail\",reason=\"provider_unavailable\"} 4\n",
          "greffe_documents_admitted_total{intake=\"drop\"} 6\n",
          "greffe_intake_paused{intake=\"drop\",reason=\"disk_low\"} 1\n",
          "greffe_queued_calls{pool=\"keys:\\\"office\\\"\"} 3\n",
          "greffe_pool_degraded{pool=\"keys:\\\"office\\\"\"} 1\n",
          "greffe_journal_commit_seconds_bucket{le=\"0.001\"} 1\n",
          "greffe_journal_commit_seconds_bucket{le=\"+Inf\"} 4\n", "greffe_journal_commit_seconds_sum 0.01\n",
          "greffe_journal_works_total 9\n", "greffe_spool_free_bytes 123\n"})
        EXPECT_THAT(text, HasSubstr(line));
    EXPECT_EQ(text.find("intake=\"other\""), std::string::npos)
        << "an intake that is not paused has no reason";
}

// The grammar, as far as a scraper refuses what breaks it: metadata first, names of samples within their
// family, the end.
TEST(OpenMetrics, IsWellFormed) {
    std::istringstream lines(openMetricsText(status()));
    const std::regex sample(
        R"(([a-z_]+)(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? -?[0-9.e+]+)");
    std::string family, type, line, last;
    std::set<std::string> families;
    while (std::getline(lines, line)) {
        last = line;
        if (line.rfind("# TYPE ", 0) == 0) {
            std::istringstream words(line.substr(7));
            words >> family >> type;
            EXPECT_TRUE(families.insert(family).second) << "twice: " << family;
            continue;
        }
        if (line.rfind("# HELP ", 0) == 0 || line.rfind("# UNIT ", 0) == 0) {
            EXPECT_EQ(line.find(family + " "), 7U) << line;
            continue;
        }
        if (line == "# EOF") continue;
        std::smatch match;
        ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
        const std::string name = match[1];
        const std::string suffix = name.substr(std::min(name.size(), family.size()));
        EXPECT_EQ(name.rfind(family, 0), 0U) << line;
        const std::set<std::string> allowed = type == "counter" ? std::set<std::string>{"_total"}
                                              : type == "info"  ? std::set<std::string>{"_info"}
                                              : type == "histogram"
                                                  ? std::set<std::string>{"_bucket", "_sum", "_count"}
                                                  : std::set<std::string>{""};
        EXPECT_EQ(allowed.count(suffix), 1U) << line << " in a " << type;
    }
    EXPECT_EQ(last, "# EOF");
}

TEST(OpenMetrics, EveryFamilyStandsInTheReadme) {
    const std::string readme =
        readFile(std::string(GREFFE_SOURCE_DIR) + "/daemon/control/README.md", 1U << 20U).value();
    std::istringstream lines(openMetricsText(status()));
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("# TYPE ", 0) == 0) {
            const std::string family = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_THAT(readme, HasSubstr("`" + family));
        }
}

TEST(OpenMetrics, AnEmptyStatusIsStillAText) {
    EXPECT_THAT(openMetricsText(Json::object()), HasSubstr("# EOF\n"));
}

}  // namespace
}  // namespace greffe
