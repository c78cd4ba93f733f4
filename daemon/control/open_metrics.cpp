// SPDX-License-Identifier: Apache-2.0
#include "control/open_metrics.h"

#include "base/json.h"

#include <fmt/format.h>

#include <vector>

namespace greffe {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(const std::string& text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '\\' || letter == '"') out += '\\';
        out += letter == '\n' ? std::string("\\n") : std::string(1, letter);
    }
    return out;
}

class Text {
public:
    void family(std::string_view name, std::string_view type, std::string_view help,
                std::string_view unit = {}) {
        text_ += fmt::format("# TYPE {} {}\n", name, type);
        if (!unit.empty()) text_ += fmt::format("# UNIT {} {}\n", name, unit);
        text_ += fmt::format("# HELP {} {}\n", name, help);
    }
    template <class Number>
    void sample(std::string_view name, const Labels& labels, Number value) {
        text_ += name;
        if (!labels.empty()) {
            std::string_view separator = "{";
            for (const auto& [key, label] : labels) {
                text_ += fmt::format("{}{}=\"{}\"", separator, key, escaped(label));
                separator = ",";
            }
            text_ += "}";
        }
        text_ += fmt::format(" {}\n", value);
    }
    std::string end() && { return std::move(text_) + "# EOF\n"; }

private:
    std::string text_;
};

double seconds(const Json& object, std::string_view key) {
    return static_cast<double>(numberOf(object, key)) / 1e6;
}

void dossiers(Text& text, const Json& status) {
    text.family("greffe_dossiers", "gauge", "Dossiers in the journal, by state and pipeline.");
    for (const auto& [pipeline, states] : memberOf(status, "pipelines").items())
        for (const auto& [state, count] : states.items())
            text.sample("greffe_dossiers", {{"state", state}, {"pipeline", pipeline}},
                        count.get<std::int64_t>());
    text.family("greffe_oldest_dossier_seconds", "gauge",
                "Age of the oldest dossier that is under way, by state.", "seconds");
    const std::int64_t nowMs = numberOf(status, "now_ms");
    for (const auto& [state, oldestMs] : memberOf(status, "oldest_ms").items())
        text.sample("greffe_oldest_dossier_seconds", {{"state", state}},
                    static_cast<double>(nowMs - oldestMs.get<std::int64_t>()) / 1e3);
    text.family("greffe_active_dossiers", "gauge", "Dossiers that move now.");
    text.sample("greffe_active_dossiers", {}, numberOf(status, "active"));
    text.family("greffe_finished_dossiers", "counter", "Dossiers that ended since the start.");
    text.sample("greffe_finished_dossiers_total", {}, numberOf(status, "finished"));
    text.family("greffe_effects", "counter", "Steps that ended since the start, by kind and result.");
    for (const auto& [kind, results] : memberOf(status, "steps").items())
        for (const auto& [result, count] : results.items())
            text.sample("greffe_effects_total", {{"kind", kind}, {"result", result}},
                        count.get<std::uint64_t>());
}

void pools(Text& text, const Json& status) {
    const Json& all = memberOf(status, "pools");
    text.family("greffe_workers", "gauge", "Worker processes, by pool and what they do.");
    for (const auto& [name, pool] : all.items())
        for (const char* state : {"starting", "idle", "busy"})
            text.sample("greffe_workers", {{"pool", name}, {"state", state}}, numberOf(pool, state));
    text.family("greffe_queued_calls", "gauge", "Calls that wait for a worker, by pool.");
    for (const auto& [name, pool] : all.items())
        text.sample("greffe_queued_calls", {{"pool", name}}, numberOf(pool, "queued"));
    text.family("greffe_worker_restarts", "counter",
                "Workers that were lost since the start, by pool and why.");
    for (const auto& [name, pool] : all.items())
        for (const auto& [cause, count] : memberOf(pool, "restarts").items())
            text.sample("greffe_worker_restarts_total", {{"pool", name}, {"cause", cause}},
                        count.get<std::uint64_t>());
    text.family("greffe_pool_degraded", "gauge", "1 when a pool's workers do not come up.");
    for (const auto& [name, pool] : all.items())
        text.sample("greffe_pool_degraded", {{"pool", name}}, boolOf(pool, "degraded") ? 1 : 0);
}

void intakes(Text& text, const Json& status) {
    text.family("greffe_documents_admitted", "counter", "Documents taken in since the start, by intake.");
    for (const auto& [name, count] : memberOf(status, "admitted").items())
        text.sample("greffe_documents_admitted_total", {{"intake", name}}, count.get<std::uint64_t>());
    text.family("greffe_intake_paused", "gauge", "1 while an intake takes nothing, with the reason.");
    for (const auto& [name, intake] : memberOf(status, "intakes").items())
        if (const std::string reason = textOf(intake, "paused_for"); !reason.empty())
            text.sample("greffe_intake_paused", {{"intake", name}, {"reason", reason}}, 1);
    text.family("greffe_intake_left_lying", "gauge",
                "What lies in a drop folder and cannot be taken, by intake.");
    for (const auto& [name, intake] : memberOf(status, "intakes").items())
        if (const Json& left = memberOf(intake, "left_lying"); left.is_object())
            text.sample("greffe_intake_left_lying", {{"intake", name}}, numberOf(left, "count"));
}

// `buckets` as DurationHistogram gives them.
void histogram(Text& text, const std::string& name, const Labels& labels, const Json& buckets,
               double sumSeconds, std::int64_t count) {
    for (const Json& bucket : buckets) {
        const std::int64_t upTo = numberOf(bucket, "up_to_us");
        Labels within = labels;
        within.emplace_back("le", upTo == 0 ? "+Inf" : fmt::format("{}", static_cast<double>(upTo) / 1e6));
        text.sample(name + "_bucket", within, numberOf(bucket, "count"));
    }
    text.sample(name + "_sum", labels, sumSeconds);
    text.sample(name + "_count", labels, count);
}

void steps(Text& text, const Json& status) {
    text.family("greffe_step_duration_seconds", "histogram",
                "How long a step took, by kind: from its call to its end.", "seconds");
    for (const auto& [kind, took] : memberOf(status, "step_times").items())
        histogram(text, "greffe_step_duration_seconds", {{"kind", kind}}, memberOf(took, "buckets"),
                  seconds(took, "sum_us"), numberOf(took, "count"));
    text.family("greffe_provider_errors", "counter",
                "Calls to services that did not do what was asked, by service and reason.");
    for (const auto& [provider, reasons] : memberOf(status, "provider_errors").items())
        for (const auto& [reason, count] : reasons.items())
            text.sample("greffe_provider_errors_total", {{"provider", provider}, {"reason", reason}},
                        count.get<std::uint64_t>());
}

void journal(Text& text, const Json& status) {
    const Json& journal = memberOf(status, "journal");
    text.family("greffe_journal_stalled", "gauge",
                "1 while no commit finds room on its disk, and everything waits.");
    text.sample("greffe_journal_stalled", {}, textOf(journal, "trouble").empty() ? 0 : 1);
    text.family("greffe_journal_commit_seconds", "histogram", "How long one commit of the journal took.",
                "seconds");
    histogram(text, "greffe_journal_commit_seconds", {}, memberOf(journal, "commit_buckets"),
              seconds(journal, "commit_us"), numberOf(journal, "commits"));
    text.family("greffe_journal_works", "counter",
                "Units of work committed; divided by the commits, the size of a batch.");
    text.sample("greffe_journal_works_total", {}, numberOf(journal, "works"));
    text.family("greffe_journal_largest_batch", "gauge",
                "Most units of work that shared one commit since the start.");
    text.sample("greffe_journal_largest_batch", {}, numberOf(journal, "largest_batch"));
}

}  // namespace

std::string openMetricsText(const Json& status) {
    Text text;
    text.family("greffe", "info", "What runs.");
    text.sample("greffe_info", {{"version", textOf(status, "version")}, {"plan", textOf(status, "plan")}}, 1);
    text.family("greffe_start_time_seconds", "gauge", "When the daemon started, Unix time.", "seconds");
    text.sample("greffe_start_time_seconds", {}, static_cast<double>(numberOf(status, "started_ms")) / 1e3);
    dossiers(text, status);
    steps(text, status);
    pools(text, status);
    intakes(text, status);
    journal(text, status);
    text.family("greffe_spool_free_bytes", "gauge", "Room left on the spool's file system.", "bytes");
    text.sample("greffe_spool_free_bytes", {}, numberOf(memberOf(status, "spool"), "free_bytes"));
    return std::move(text).end();
}

}  // namespace greffe
