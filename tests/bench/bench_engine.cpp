// SPDX-License-Identifier: Apache-2.0
// The daemon at rest: memory and wake-ups when nothing is to be done, how long one dropped file takes, and
// memory and start with 1,000 and with 1,000,000 dossiers in the store.
//
//   bench_engine [dossiers, 1000000]
#include "bench/figures.h"
#include "bench/process_figures.h"
#include "support/daemon_under_test.h"
#include "support/pdf_builder.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kSteps =
    R"(validate { id = "check" }, seal { id = "seal", key = "office" }, archive { id = "keep" })";
constexpr const char* kWaitingSteps =
    R"(validate { id = "check" }, wait { id = "rest", for_seconds = 7776000 })";
constexpr const char* kHouse =
    R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

[[noreturn]] void fail(const std::string& why) {
    fmt::print(stderr, "bench_engine: {}\n", why);
    std::exit(1);
}

double millisecondsSince(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

void startAndSettleOne(DaemonUnderTest& daemon) {
    if (!daemon.start()) fail("the daemon does not start:\n" + daemon.log());
    daemon.drop("first.pdf", tinyPdf("first"));
    if (!daemon.waitUntilSettled(1)) fail("the first document did not come back:\n" + daemon.log());
}

void idle(Figures& figures) {
    constexpr int kSeconds = 20;
    DaemonUnderTest daemon(kSteps, "stable_seconds = 0", kHouse);
    startAndSettleOne(daemon);
    std::this_thread::sleep_for(std::chrono::seconds(3));
    const auto processes = processTree(daemon.pid());
    figures.read("processes, one document behind them", fmt::format("{}", processes.size()));
    figures.atMost("idle: all processes together (PSS)", pssMebibytes(processes), 60, "MiB");
    const std::uint64_t before = voluntarySwitches(processes);
    std::this_thread::sleep_for(std::chrono::seconds(kSeconds));
    figures.read("idle: wake-ups a second, rescan included",
                 shortNumber(static_cast<double>(voluntarySwitches(processes) - before) / kSeconds));
    daemon.stop();
    DaemonUnderTest fresh(kSteps, "stable_seconds = 0", kHouse);
    if (!fresh.start()) fail("the daemon does not start");
    figures.atMost("workers before the first document",
                   static_cast<double>(processTree(fresh.pid()).size()) - 1, 0, "");
    fresh.stop();
}

// The receipt of one file, from the rename that makes it visible.
void latency(Figures& figures) {
    DaemonUnderTest daemon(kSteps, "stable_seconds = 0", kHouse);
    startAndSettleOne(daemon);
    std::vector<double> all;
    for (unsigned i = 0; i < 21; ++i) {
        const std::string name = fmt::format("one-{}.pdf", i);
        daemon.drop("." + name + ".part", tinyPdf(name));
        const auto begin = Clock::now();
        fs::rename(daemon.inFolder() + "/." + name + ".part", daemon.inFolder() + "/" + name);
        const std::string receipt = daemon.inFolder() + "/done/" + name + ".receipt.json";
        while (access(receipt.c_str(), F_OK) != 0 && millisecondsSince(begin) < 10'000)
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        all.push_back(millisecondsSince(begin));
    }
    daemon.stop();
    figures.atMost("one file alone: rename → receipt (median of 21)", median(all), 100, "ms");
}

// Copies of the one dossier that really waits, with everything the journal has of it but its audit rows:
// those are a chain, which only the daemon can forge. One in ten still waits, the others are done and
// delivered.
void multiply(const std::string& journal, std::uint64_t dossiers) {
    sqlite3* raw = nullptr;
    if (sqlite3_open(journal.c_str(), &raw) != SQLITE_OK) fail("cannot open " + journal);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
    const auto run = [&](const std::string& sql) {
        char* message = nullptr;
        if (sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK)
            fail(sql + ": " + message);
    };
    const auto columnsOf = [&](const std::string& table, const std::string& idColumn) {
        std::pair<std::string, std::string> columns;  // names, and what stands there in a copy
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(raw, ("SELECT name FROM pragma_table_info('" + table + "')").c_str(), -1,
                           &statement, nullptr);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
            std::string value = "o." + name;
            if (name == idColumn) value = "printf('01J%023d', n.n)";
            if (name == "is_delivered") value = "CASE n.n % 10 WHEN 0 THEN o.is_delivered ELSE 1 END";
            if (name == "state") value = "CASE n.n % 10 WHEN 0 THEN o.state ELSE 7 END";
            if (name == "source_claim") value = "CAST(printf('%s-%d', o.source_claim, n.n) AS BLOB)";
            columns.first += (columns.first.empty() ? "" : ", ") + name;
            columns.second += (columns.second.empty() ? "" : ", ") + value;
        }
        sqlite3_finalize(statement);
        return columns;
    };
    run("PRAGMA synchronous=OFF");
    run("BEGIN");
    for (const auto& [table, id] : {std::pair<std::string, std::string>("dossier", "id"),
                                    std::pair<std::string, std::string>("branch", "dossier")}) {
        const auto columns = columnsOf(table, id);
        run(
            fmt::format("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {}) "
                        "INSERT INTO {} ({}) SELECT {} FROM n, (SELECT * FROM {} LIMIT 1) o{}",
                        dossiers, table, columns.first, columns.second, table,
                        table == "branch" ? " WHERE n.n % 10 = 0" : ""));  // what has ended has none
    }
    run("COMMIT");
}

struct House {
    double startMs = 0, mebibytes = 0;
};

House withDossiers(std::uint64_t dossiers) {
    DaemonUnderTest daemon(kWaitingSteps, "stable_seconds = 0", kHouse);
    if (!daemon.start()) fail("the daemon does not start");
    daemon.drop("waits.pdf", tinyPdf("waits"));
    for (const auto begin = Clock::now(); millisecondsSince(begin) < 20'000;) {
        std::string shape;
        if (daemon.command({"dossier", "list", "--json"}, &shape) == 0 &&
            shape.find("waiting") != std::string::npos)
            break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (daemon.stop() != 0) fail("the daemon did not stop:\n" + daemon.log());
    std::string journal;
    for (const auto& entry : fs::recursive_directory_iterator(daemon.root()))
        if (entry.path().filename() == "greffe.sqlite3") journal = entry.path();
    if (journal.empty()) fail("the daemon left no journal");
    multiply(journal, dossiers);
    House house;
    const auto begin = Clock::now();
    // It has started when it works: one more file is taken.
    daemon.drop("one-more.pdf", tinyPdf("one more"));
    if (!daemon.start()) fail("the daemon does not start with its dossiers:\n" + daemon.log());
    for (bool isTaken = false; !isTaken;) {
        const std::vector<std::string> taken = daemon.names("in-progress");
        isTaken = std::find(taken.begin(), taken.end(), "one-more.pdf") != taken.end();
        if (!daemon.isRunning() || millisecondsSince(begin) > 120'000)
            fail("the daemon does not work with its dossiers:\n" + daemon.log());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    house.startMs = millisecondsSince(begin);
    std::this_thread::sleep_for(std::chrono::seconds(5));
    house.mebibytes = pssMebibytes({daemon.pid()});
    if (daemon.stop() != 0) fail("the daemon did not stop:\n" + daemon.log());
    return house;
}

int run(std::uint64_t dossiers) {
    Figures rest("The daemon at rest");
    idle(rest);
    latency(rest);
    rest.print();
    Figures figures("With many dossiers in the store");
    fmt::print(stderr, "… 1,000 dossiers\n");
    const House few = withDossiers(1'000);
    fmt::print(stderr, "… {} dossiers\n", dossiers);
    const House many = withDossiers(dossiers);
    figures.read("engine with 1,000 dossiers (PSS)", shortNumber(few.mebibytes) + " MiB");
    figures.read(fmt::format("engine with {} dossiers (PSS)", dossiers),
                 shortNumber(many.mebibytes) + " MiB");
    figures.atMost("the difference", many.mebibytes - few.mebibytes, 5, "MiB");
    figures.atMost("start with that store, until a file is taken", many.startMs / 1'000, 30, "s");
    figures.print();
    return 0;
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    return greffe::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000);
}
