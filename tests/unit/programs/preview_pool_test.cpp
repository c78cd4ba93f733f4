// SPDX-License-Identifier: Apache-2.0
// Pages of real and of hostile PDFs, drawn by real workers of the converters pool with the real plugin and
// the real programs.
#include "base/json.h"
#include "plugin_host/worker_setup.h"
#include "support/mounted.h"
#include "support/process_end.h"
#include "support/temporary_directory.h"
#include "sys/files.h"
#include "workers/worker_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kCorpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus";
const std::string kOnePage = std::string(GREFFE_SOURCE_DIR) + "/tests/data/one-page.pdf";

std::string contentOf(const std::string& path) {
    return readFile(path, 512U << 20U).value();
}

// A page whose picture is drawn two to the thirtieth times.
std::string endlessPdf() {
    constexpr int kLevels = 30;
    std::string pdf = "%PDF-1.4\n";
    const auto add = [&](int number, const std::string& body) {
        pdf += fmt::format("{} 0 obj\n{}\nendobj\n", number, body);
    };
    const auto stream = [](const std::string& head, const std::string& text) {
        return fmt::format("<< {} /Length {} >>\nstream\n{}\nendstream", head, text.size(), text);
    };
    add(1, "<< /Type /Catalog /Pages 2 0 R >>");
    add(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    add(3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
        "/Resources << /XObject << /F 5 0 R >> >> >>");
    add(4, stream("", "/F Do"));
    for (int level = 0; level < kLevels; ++level)
        add(5 + level, stream(fmt::format("/Type /XObject /Subtype /Form /BBox [0 0 200 200] "
                                          "/Resources << /XObject << /F {} 0 R >> >>",
                                          6 + level),
                              level + 1 == kLevels ? "0 0 9 9 re f" : "/F Do /F Do"));
    return pdf + "trailer\n<< /Root 1 0 R /Size 64 >>\n%%EOF\n";
}

// One page of the given box, in points.
std::string pageOf(const std::string& box) {
    return fmt::format(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 "
        "R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [{}] >>\nendobj\n"
        "trailer\n<< /Root 1 0 R /Size 4 >>\n%%EOF\n",
        box);
}

std::vector<pid_t> childrenOf(pid_t process) {
    std::ifstream list(fmt::format("/proc/{0}/task/{0}/children", process));
    std::vector<pid_t> children;
    for (pid_t child = 0; list >> child;)
        children.push_back(child);
    return children;
}

bool comesTrue(const std::function<bool()>& condition) {
    for (int i = 0; i < 500; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(20ms);
    }
    return condition();
}

class PreviewPool : public testing::Test {
protected:
    PreviewPool() {
        spec.name = "converters:document-preview";
        spec.kind = PoolKind::Converters;
        spec.limits = defaultLimits(PoolKind::Converters);
        spec.launch.program = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
        spec.launch.arguments = {"worker"};
        configure(R"({"timeout_seconds": 5})");
    }

    void configure(const std::string& options) {
        spec.setupJson = setupJson({{"pages", GREFFE_PREVIEW_PLUGIN, options}}, {}, scratch.path());
    }

    CallOutcome show(const std::string& bytes, int most = 3, int side = 400, std::int64_t deadlineMs = 60'000,
                     const std::function<void()>& meanwhile = {}) {
        if (pool == nullptr) {
            PoolEvents events;
            events.logged = [this](const std::string&, const std::string& line) { log += line + "\n"; };
            pool = std::make_unique<WorkerPool>(reactor, spec, std::move(events));
        }
        CallInput input;
        input.fd = std::make_shared<UniqueFd>(sealedMemoryFile("document", bytes).value());
        input.sizeBytes = bytes.size();
        input.sha256 = sha256(bytes);
        input.slot = "document";
        input.name = "a.pdf";
        input.mediaType = "application/pdf";
        CallRequest request;
        request.id = ++calls;
        request.operation = "preview";
        request.instance = "pages";
        request.paramsJson = dumpJson({{"first_page", 1}, {"most_pages", most}, {"longest_side", side}});
        request.deadlineMs = deadlineMs;
        request.inputs.push_back(std::move(input));
        std::optional<CallOutcome> outcome;
        pool->submit(std::move(request), true, [&](CallOutcome ended) {
            outcome = std::move(ended);
            reactor.stop();
        });
        if (meanwhile) reactor.callAfter(1s, meanwhile);
        while (!outcome)
            reactor.run();
        return std::move(*outcome);
    }

    static std::vector<std::pair<int, int>> sizesOf(const CallOutcome& outcome) {
        std::vector<std::pair<int, int>> sizes;
        const Json facts = storedJson(outcome.factsJson);
        for (const Json& image : memberOf(facts, "images"))
            sizes.emplace_back(static_cast<int>(numberOf(image, "width")),
                               static_cast<int>(numberOf(image, "height")));
        return sizes;
    }

    std::vector<std::string> leftBehind() const {
        std::vector<std::string> names;
        for (const fs::directory_entry& entry : fs::directory_iterator(scratch.path()))
            names.push_back(entry.path().string());
        return names;
    }

    TemporaryDirectory scratch;
    Reactor reactor;
    PoolSpec spec;
    std::unique_ptr<WorkerPool> pool;
    std::uint64_t calls = 0;
    std::string log;
};

TEST_F(PreviewPool, DrawsAPage) {
    const CallOutcome outcome = show(contentOf(kOnePage));
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation << log;
    EXPECT_EQ(numberOf(storedJson(outcome.factsJson), "pages"), 1);
    ASSERT_EQ(outcome.artifacts.size(), 1U);
    EXPECT_EQ(outcome.artifacts[0].mediaType, "image/png");
    ASSERT_EQ(sizesOf(outcome).size(), 1U);
    EXPECT_EQ(sizesOf(outcome)[0].second, 400);
    EXPECT_THAT(leftBehind(), IsEmpty());
    const PoolStatus status = pool->status();
    ASSERT_TRUE(status.walls);
    EXPECT_TRUE(status.walls->hasSeccomp);
}

// A page box of kilometres, a strip without height, a box inside out: the picture is as large as was asked.
TEST_F(PreviewPool, NoPageBoxMakesALargePicture) {
    for (const char* box : {"0 0 1000000000 1000000000", "0 0 1 14400", "0 0 14400 0.001", "200 200 0 0",
                            "-1e30 -1e30 1e30 1e30", "0 0 0 0", "0 0 99999999999999999999 1"}) {
        const auto begin = steady_clock::now();
        const CallOutcome outcome = show(pageOf(box));
        EXPECT_LT(steady_clock::now() - begin, 15s) << box;
        EXPECT_THAT(outcome.verdict, AnyOf(Verdict::Done, Verdict::Rejected)) << box << outcome.explanation;
        EXPECT_FALSE(outcome.hasCrashed) << box;
        for (const auto& [width, height] : sizesOf(outcome))
            EXPECT_LE(std::max(width, height), 400) << box;
    }
}

TEST_F(PreviewPool, APageWithoutEndIsGivenUp) {
    configure(R"({"timeout_seconds": 1})");
    const auto begin = steady_clock::now();
    const CallOutcome outcome = show(endlessPdf());
    EXPECT_EQ(outcome.verdict, Verdict::Rejected) << outcome.explanation;
    EXPECT_EQ(outcome.reason, Reason::LimitExceeded) << outcome.explanation;
    EXPECT_LT(steady_clock::now() - begin, 20s);
    EXPECT_THAT(leftBehind(), IsEmpty());
    EXPECT_EQ(show(contentOf(kOnePage)).verdict, Verdict::Done) << "the same worker goes on";
}

TEST_F(PreviewPool, TheCallsDeadlineStopsTheProgram) {
    configure(R"({"timeout_seconds": 60})");
    const auto begin = steady_clock::now();
    const CallOutcome outcome = show(endlessPdf(), 1, 400, 1'500);
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater) << outcome.explanation;
    EXPECT_EQ(outcome.reason, Reason::DeadlineExceeded);
    EXPECT_LT(steady_clock::now() - begin, 20s);
    EXPECT_THAT(leftBehind(), IsEmpty());
}

// kill -9 in the middle: no folder, no program, no launcher is left, and the call is tried again.
TEST_F(PreviewPool, NothingIsLeftOfAWorkerThatIsKilled) {
    configure(R"({"timeout_seconds": 60})");
    std::vector<pid_t> family;
    const CallOutcome outcome = show(endlessPdf(), 1, 400, 30'000, [&] {
        for (const pid_t worker : childrenOf(getpid())) {
            for (const pid_t launcher : childrenOf(worker)) {
                family.push_back(launcher);
                for (const pid_t program : childrenOf(launcher))
                    family.push_back(program);
            }
            if (!family.empty()) kill(worker, SIGKILL);
        }
    });
    EXPECT_EQ(family.size(), 2U) << "a launcher and its program were expected";
    EXPECT_TRUE(outcome.hasCrashed);
    EXPECT_TRUE(comesTrue([&] { return leftBehind().empty(); }));
    for (const pid_t one : family)
        EXPECT_TRUE(comesTrue([&] { return hasEnded(one); })) << one;
}

TEST_F(PreviewPool, AWorkerWhoseLauncherDiesIsReplaced) {
    configure(R"({"timeout_seconds": 60})");
    const CallOutcome outcome = show(endlessPdf(), 1, 400, 30'000, [&] {
        for (const pid_t worker : childrenOf(getpid()))
            for (const pid_t launcher : childrenOf(worker))
                kill(launcher, SIGKILL);
    });
    EXPECT_TRUE(outcome.hasCrashed) << outcome.explanation;
    EXPECT_THAT(log, HasSubstr("the process that starts programs has died"));
    EXPECT_EQ(show(contentOf(kOnePage)).verdict, Verdict::Done);
}

TEST_F(PreviewPool, IsDegradedWithoutItsProgramAndSaysWhichPackageBringsIt) {
    GREFFE_NEEDS(geteuid() == 0, "to hide a program one must be root");
    const std::string greffe = spec.launch.program;
    spec.launch.program = "/usr/bin/unshare";
    spec.launch.arguments = {"-m", "sh", "-c",
                             "mount --bind /dev/null /usr/bin/pdftoppm && exec " + greffe + " worker"};
    const CallOutcome outcome = show(contentOf(kOnePage));
    EXPECT_NE(outcome.verdict, Verdict::Done);
    EXPECT_THAT(outcome.explanation,
                HasSubstr("pdftoppm is not installed (install the package poppler-utils)"));
    EXPECT_TRUE(pool->status().isDegraded);
    EXPECT_THAT(pool->status().trouble, HasSubstr("poppler-utils"));
}

// What becomes of each file is not the point (that is tests/expected.tsv): it ends, within limits, with
// pictures or with a reason, and nothing is left behind.
class PreviewCorpus : public PreviewPool, public testing::WithParamInterface<const char*> {};

TEST_P(PreviewCorpus, EveryFileEndsInPicturesOrARefusal) {
    const fs::path folder = fs::path(kCorpus) / GetParam();
    if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not here";
    const bool isValid = std::string(GetParam()) == "valid";
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".pdf") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    ASSERT_FALSE(files.empty());
    int drawn = 0;
    for (const fs::path& file : files) {
        const auto begin = steady_clock::now();
        const CallOutcome outcome = show(contentOf(file.string()), 2);
        EXPECT_LT(steady_clock::now() - begin, 30s) << file;
        EXPECT_FALSE(outcome.hasCrashed) << file;
        if (outcome.verdict == Verdict::Done) {
            ++drawn;
            EXPECT_FALSE(outcome.artifacts.empty()) << file;
            for (const auto& [width, height] : sizesOf(outcome))
                EXPECT_LE(std::max(width, height), 400) << file;
        } else {
            EXPECT_EQ(outcome.verdict, Verdict::Rejected) << file << outcome.explanation;
            EXPECT_NE(outcome.reason, Reason::PluginFault) << file << outcome.explanation;
            if (isValid) {
                EXPECT_EQ(outcome.reason, Reason::PasswordNeeded) << file << outcome.explanation;
            }
        }
    }
    fmt::print("{} of {} files have pictures\n", drawn, files.size());
    EXPECT_THAT(leftBehind(), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Corpus, PreviewCorpus,
                         testing::Values("valid", "hostile", "hostile/generated",
                                         "hostile/signature-attacks"),
                         [](const testing::TestParamInfo<const char*>& tested) {
                             std::string name = tested.param;
                             std::replace_if(
                                 name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
                             return name;
                         });

}  // namespace
}  // namespace greffe
