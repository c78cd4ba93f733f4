// SPDX-License-Identifier: Apache-2.0
// The whole durable job: a PDF of 50 KB dropped → validated, sealed, kept, receipt. Beside it, in the same
// run and interleaved, what this machine's disk does for the same pattern of writes alone. Figures are ratios
// of the two.
//
//   bench_job [files waiting, 2000 when left out]
#include "bench/figures.h"
#include "bench/process_figures.h"
#include "support/daemon_under_test.h"
#include "support/pdf_builder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kDocumentBytes = 50'000;
constexpr double kBatchedFiles = 3;  // that batchedPattern() creates for each document: sealed, kept, receipt
constexpr const char* kSteps =
    R"(validate { id = "check" }, seal { id = "seal", key = "office" }, archive { id = "keep" })";
constexpr const char* kHouse =
    R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

double secondsSince(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "bench_job: %s\n", what.c_str());
    std::exit(1);
}

// Noise, as a scan is: every document with bytes of its own.
std::string documentOf(unsigned number) {
    std::mt19937 random(number);
    std::string noise;
    while (noise.size() + 1'500 < kDocumentBytes)
        noise += static_cast<char>(random() & 0xFFU);
    PdfBuilder builder = PdfBuilder::onePage();
    builder.setStream(5, "", noise);
    return builder.build();
}

void writeFileAt(int directory, const std::string& name, const std::string& bytes) {
    const int fd = openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        fail("cannot write " + name);
    close(fd);
}

// A new folder in `scratch`. What is written there stays until the whole bench ends: an ext4 without a
// journal, as virtual machines have it, looks at every inode that was freed in the last seconds before it
// gives one, and the next measurement would pay for the files that this one removed.
std::string newFolder(const std::string& scratch) {
    static int count = 0;
    return fmt::format("{}/{}", scratch, count++);
}

// Files a second, each durable by itself: create + fsync + rename + fsync of the directory, four at a time.
double singleDurableFiles(const std::string& scratch, double seconds) {
    const std::string folder = newFolder(scratch);
    const std::string bytes(kDocumentBytes, 'd');
    std::vector<std::thread> threads;
    std::atomic<int> count{0};
    const auto start = SteadyClock::now();
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            const std::string own = fmt::format("{}/single-{}", folder, t);
            fs::create_directories(own);
            const int directory = open(own.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            for (int i = 0; secondsSince(start) < seconds; ++i) {
                const std::string name = fmt::format("f{}", i);
                const int fd =
                    openat(directory, (name + ".part").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
                if (write(fd, bytes.data(), bytes.size()) < 0 || fsync(fd) != 0)
                    fail("cannot write a durable file");
                close(fd);
                renameat(directory, (name + ".part").c_str(), directory, name.c_str());
                fsync(directory);
                ++count;
            }
            close(directory);
        });
    for (std::thread& thread : threads)
        thread.join();
    return count / secondsSince(start);
}

// Documents a second of the job's writes alone, batched as the daemon batches them: the blob into a segment,
// the sealed file, the kept dossier, the receipt, the source moved; then one syncfs and one log record for
// all.
double batchedPattern(const std::string& scratch, double seconds) {
    constexpr int kBatch = 64;
    const std::string document(kDocumentBytes, 'd');
    const std::string kept(kDocumentBytes * 2, 'k');
    const std::string receipt(900, 'r');
    const std::string rows(6'000, 'j');
    const std::string own = newFolder(scratch);
    for (const char* sub : {"in", "out", "kept", "done"})
        fs::create_directories(own + "/" + sub);
    const auto openFolder = [&](const char* sub) {
        return open((own + "/" + sub).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    };
    const int in = openFolder("in"), out = openFolder("out"), keptFolder = openFolder("kept"),
              done = openFolder("done");
    const int segment = open((own + "/segment").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0640);
    const int log = open((own + "/log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0640);
    double spent = 0;
    int count = 0;
    while (spent < seconds) {
        for (int i = 0; i < kBatch; ++i)
            writeFileAt(in, fmt::format("d{}", count + i), document);  // the producer's part: not counted
        const auto start = SteadyClock::now();
        for (int i = 0; i < kBatch; ++i) {
            const std::string name = fmt::format("d{}", count + i);
            if (write(segment, document.data(), document.size()) < 0 ||
                write(log, rows.data(), rows.size()) < 0)
                fail("cannot append");
            writeFileAt(out, name, document);
            writeFileAt(keptFolder, name, kept);
            writeFileAt(done, name + ".receipt", receipt);
            renameat(in, name.c_str(), done, name.c_str());
        }
        fdatasync(segment);
        syncfs(out);
        fdatasync(log);
        count += kBatch;
        spent += secondsSince(start);
    }
    for (const int fd : {in, out, keptFolder, done, segment, log})
        close(fd);
    return count / spent;
}

std::size_t filesBelow(const std::string& folder) {
    std::size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored))
        if (entry.is_regular_file()) ++count;
    return count;
}

struct Burst {
    double seconds = 0;
    double peakMebibytes = 0;
    double filesPerDocument = 0;
};

// Moves `count` prepared files into the folder at once and waits for their receipts.
Burst runBurst(std::size_t count) {
    DaemonUnderTest daemon(kSteps, "stable_seconds = 0", kHouse);
    for (std::size_t i = 0; i < count; ++i)
        daemon.drop(fmt::format(".{}.part", i), documentOf(static_cast<unsigned>(i)));
    if (!daemon.start()) fail("the daemon does not start");
    // One document first: workers start on demand, and their start is not what is measured.
    daemon.drop("first.pdf", documentOf(999'999));
    if (!daemon.waitUntilSettled(1, std::chrono::seconds(60)))
        fail("the first document did not come back:\n" + daemon.log());
    const std::size_t filesBefore = filesBelow(daemon.root()) - count;
    Burst burst;
    const auto start = SteadyClock::now();
    for (std::size_t i = 0; i < count; ++i)
        fs::rename(fmt::format("{}/.{}.part", daemon.inFolder(), i),
                   fmt::format("{}/{}.pdf", daemon.inFolder(), i));
    const std::string done = daemon.inFolder() + "/done";
    std::size_t looked = 0;
    while (true) {
        std::size_t receipts = 0;
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(done, ignored))
            if (entry.path().native().size() > 13 && entry.path().native().ends_with(".receipt.json"))
                ++receipts;
        if (++looked % 8 == 1)
            burst.peakMebibytes = std::max(burst.peakMebibytes, pssMebibytes(processTree(daemon.pid())));
        if (receipts > count) break;
        if (secondsSince(start) > 300 || !daemon.isRunning())
            fail(fmt::format("{} of {} receipts:\n{}", receipts, count + 1, daemon.log()));
        // A look at thousands of names costs a millisecond of the two processors that are measured.
        std::this_thread::sleep_for(std::chrono::milliseconds(count == 1 ? 1 : count <= 64 ? 10 : 50));
    }
    burst.seconds = secondsSince(start);
    if (!daemon.waitUntilSettled(count + 1, std::chrono::seconds(60))) fail("not settled");
    burst.filesPerDocument = static_cast<double>(filesBelow(daemon.root()) - filesBefore - count + count) /
                                 static_cast<double>(count) -
                             1;
    if (daemon.stop() != 0) fail("the daemon did not stop cleanly:\n" + daemon.log());
    return burst;
}

int run(std::size_t most) {
    const TemporaryDirectory scratch;
    std::printf(
        "The whole job, 50 KB documents: validate, seal (RSA-2048), keep, receipt; everything durable\n\n");
    std::printf("%8s %10s %9s %12s %14s %12s %12s\n", "waiting", "docs/s", "files/doc", "batched/s",
                "docs / batched", "single/s", "docs/single");
    Figures figures(fmt::format("{} files of 50 KB waiting", most));
    for (const std::size_t count : {std::size_t{1}, std::size_t{8}, std::size_t{64}, most}) {
        // Before and after, so that a disk which slows down slows both.
        const double singleBefore = singleDurableFiles(scratch.path(), 1.5);
        const double batchedBefore = batchedPattern(scratch.path(), 1.5);
        const Burst burst = runBurst(count);
        const double batched = (batchedBefore + batchedPattern(scratch.path(), 1.5)) / 2;
        const double single = (singleBefore + singleDurableFiles(scratch.path(), 1.5)) / 2;
        const double rate = static_cast<double>(count) / burst.seconds;
        std::printf("%8zu %10.1f %9.1f %12.1f %14.2f %12.1f %12.2f   peak %.0f MiB\n", count, rate,
                    burst.filesPerDocument, batched, rate / batched, single, rate / single,
                    burst.peakMebibytes);
        std::fflush(stdout);
        if (count != most) continue;
        figures.atMost("files created per document", burst.filesPerDocument, 4, "");
        figures.atLeast("files a second, of the same batched writes alone",
                        rate * burst.filesPerDocument / (batched * kBatchedFiles), 0.8, "times");
        figures.atLeast("documents a second, of single durable files", rate / single, 0.25, "times");
        figures.read("memory of all processes, peak (PSS)", shortNumber(burst.peakMebibytes) + " MiB");
    }
    std::printf(
        "\nbatched: the job's own writes alone, 64 documents a sync; single: one durable file (four at a "
        "time)\n");
    figures.print();
    return 0;
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    return greffe::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2'000);
}
