// SPDX-License-Identifier: Apache-2.0
// Figures of journal and spool, each beside the raw sync rate of the same disk at the same moment: without it
// they mean nothing.
//
//   bench_store [DIRECTORY] [rates|memory|all]
#include "spool/blob_spool.h"
#include "store/journal.h"
#include "store/schema.h"
#include "store/sqlite_store.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

namespace greffe {
namespace {

using SteadyClock = std::chrono::steady_clock;

double secondsSince(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

void need(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "bench_store: %s\n", status.error().text().c_str());
    std::exit(1);
}

template <class T>
T need(Result<T> result) {
    if (!result) need(Status(result.error()));
    return std::move(result).value();
}

double rawSyncsPerSecond(const std::string& directory, std::size_t sizeBytes) {
    const UniqueFd fd(open((directory + "/raw").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const std::string bytes(sizeBytes, 'r');
    const auto start = SteadyClock::now();
    int count = 0;
    for (; secondsSince(start) < 1; ++count) {
        need(writeAll(fd.get(), bytes));
        need(syncFile(fd.get()));
    }
    return count / secondsSince(start);
}

// What an admission writes: five rows in six tables.
Status admit(StoreTransaction& transaction, const std::string& id, const BlobRow& blob) {
    GREFFE_TRY(transaction.insertBlob(blob));
    GREFFE_TRY(transaction.insertDossier(testDossier(id)));
    GREFFE_TRY(transaction.putBranch(testBranch(id)));
    GREFFE_TRY(transaction.insertDocument(testDocument(id, id, blob.sha256)));
    AuditRow audit = testAudit(id);
    return transaction.appendAudit(audit);
}

BlobRow blobOf(const std::string& id) {
    BlobRow row;
    row.sha256 = sha256(id);
    row.sizeBytes = 1234;
    row.segment = 1;
    return row;
}

std::string uniqueId() {
    static std::atomic<std::uint64_t> next{1};
    return testId(next++);
}

// Each submitter waits for its answer before the next work.
void admissions(const std::string& directory, int submitters) {
    const auto store = need(openSqliteStore(directory));
    std::atomic<std::uint64_t> commits{0}, done{0};
    double seconds = 0;
    {
        Journal::Options options;
        options.onCommitted = [&](std::size_t, std::int64_t) { ++commits; };
        Journal journal(*store, options);
        const auto start = SteadyClock::now();
        std::vector<std::thread> threads;
        for (int t = 0; t < submitters; ++t) {
            threads.emplace_back([&] {
                while (secondsSince(start) < 3) {
                    const std::string id = uniqueId();
                    need(journal.run(
                        [&](StoreTransaction& transaction) { return admit(transaction, id, blobOf(id)); }));
                    ++done;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        seconds = secondsSince(start);
    }
    fmt::print(
        "admissions, {:2} submitters: {:7.0f}/s (five rows each), {:5.1f} a commit; raw sync {:.0f}/s\n",
        submitters, static_cast<double>(done) / seconds,
        static_cast<double>(done) / static_cast<double>(commits.load()), rawSyncsPerSecond(directory, 4096));
}

// One thread adds and submits without waiting: what the intake does.
void documents(const std::string& directory, std::size_t sizeBytes) {
    const auto store = need(openSqliteStore(directory + "/journal"));
    const auto spool = need(BlobSpool::open(directory + "/spool", {}));
    std::atomic<std::uint64_t> commits{0};
    std::uint64_t count = 0;
    const auto start = SteadyClock::now();
    {
        Journal::Options options;
        options.beforeCommit = [&] { return spool->flush(); };
        options.onCommitted = [&](std::size_t, std::int64_t) { ++commits; };
        options.queueCapacity = 256;
        Journal journal(*store, options);
        std::string bytes(sizeBytes, 'd');
        for (; secondsSince(start) < 3; ++count) {
            const std::string id = uniqueId();
            bytes.replace(0, std::min(id.size(), bytes.size()), id);
            const BlobRow blob = need(spool->addBytes(bytes));
            journal.submit([id, blob](StoreTransaction& transaction) { return admit(transaction, id, blob); },
                           [](const Status& status) { need(status); });
        }
    }
    const double seconds = secondsSince(start);
    fmt::print("documents of {:7} bytes: {:7.0f}/s, {:6.1f} MB/s, {:5.1f} a commit; raw sync {:.0f}/s\n",
               sizeBytes, static_cast<double>(count) / seconds,
               static_cast<double>(count * sizeBytes) / seconds / 1e6,
               static_cast<double>(count) / static_cast<double>(commits.load()),
               rawSyncsPerSecond(directory, sizeBytes));
}

// Proportional memory of this process in KiB.
long pssKib() {
    malloc_trim(0);
    std::FILE* file = std::fopen("/proc/self/smaps_rollup", "r");
    long kib = 0;
    for (char line[256]; file != nullptr && std::fgets(line, sizeof line, file) != nullptr;) {
        if (std::sscanf(line, "Pss: %ld kB", &kib) == 1) break;
    }
    if (file != nullptr) std::fclose(file);
    return kib;
}

// What an engine does all day: one writer that moves dossiers on, two readers that look for work and for
// pages.
void memory(const std::string& directory, std::uint64_t dossiers) {
    const auto store = need(openSqliteStore(directory));
    const auto start = SteadyClock::now();
    for (std::uint64_t number = 0; number < dossiers;) {
        std::vector<StoreWork> works;
        for (; works.size() < 1000 && number < dossiers; ++number)
            works.push_back([number](StoreTransaction& transaction) {
                const std::string id = testId(10'000'000 + number);
                return admit(transaction, id, blobOf(id));
            });
        need(store->commit(works));
    }
    const double filled = secondsSince(start);
    const auto work = need(store->openReader()), pages = need(store->openReader());
    double slowestMs = 0;
    for (int round = 0; round < 300; ++round) {
        const auto asked = SteadyClock::now();
        const auto rows = need(work->runnable(1, {}, 64));
        static_cast<void>(need(work->nextDueMs(0)));
        static_cast<void>(need(pages->countByState()));
        static_cast<void>(need(pages->shape()));
        DossierFilter filter;
        filter.state = DossierState::Ready;
        filter.afterId = testId(10'000'000 + static_cast<std::uint64_t>(round) * dossiers / 300);
        const auto list = need(pages->dossiers(filter));
        for (const DossierRow& row : list)
            static_cast<void>(need(pages->documents(row.id)));
        slowestMs = std::max(slowestMs, secondsSince(asked) * 1000);
        std::vector<StoreWork> works;
        for (std::size_t i = 0; i < 32; ++i) {
            const std::string id =
                testId(10'000'000 + (static_cast<std::uint64_t>(round) * 32 + i) * 7919 % dossiers);
            works.push_back([id](StoreTransaction& transaction) -> Status {
                auto dossier = transaction.dossier(id);
                if (!dossier) return dossier.error();
                (*dossier)->state = DossierState::Waiting;
                GREFFE_TRY(transaction.updateDossier(**dossier));
                return transaction.putBranch(testBranch(id, DossierState::Waiting));
            });
        }
        need(store->commit(works));
    }
    fmt::print(
        "memory with {:8} dossiers: PSS {} KiB, SQLite {} KiB; filled in {:.1f} s, slowest round of "
        "questions {:.1f} ms\n",
        dossiers, pssKib(), sqlite3_memory_used() / 1024, filled, slowestMs);
    std::fflush(stdout);
}

// In a process of its own: what an earlier measurement left in the heap is not this one's.
void inChild(const std::function<void()>& work) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        work();
        std::fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) std::exit(1);
}

int run(int argc, char** argv) {
    if (argc > 1) setenv("TMPDIR", argv[1], 1);
    const std::string what = argc > 2 ? argv[2] : "all";
    if (what != "memory") {
        fmt::print("raw syncs of 4 KiB appended: {:.0f}/s\n",
                   rawSyncsPerSecond(TemporaryDirectory().path(), 4096));
        for (const int submitters : {1, 8, 64}) {
            const TemporaryDirectory directory;
            inChild([&] { admissions(directory.path(), submitters); });
        }
        for (const std::size_t sizeBytes : {1'000U, 50'000U, 2'000'000U}) {
            const TemporaryDirectory directory;
            inChild([&] { documents(directory.path(), sizeBytes); });
        }
    }
    if (what != "rates") {
        for (const std::uint64_t dossiers : {1'000U, 1'000'000U}) {
            const TemporaryDirectory directory;
            inChild([&] { memory(directory.path(), dossiers); });
        }
    }
    return 0;
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    return greffe::run(argc, argv);
}
