// SPDX-License-Identifier: Apache-2.0
#include "bench/seal_workload.h"

#include "base/json.h"
#include "bench/process_figures.h"
#include "plugin_host/worker_setup.h"
#include "seal-pades/pades_sealer.h"
#include "seal/digest_signing.h"
#include "support/fake_host.h"
#include "support/heard_outcome.h"
#include "support/loaded_plugin.h"
#include "support/pdf_builder.h"
#include "sys/files.h"

#include <greffe/sdk/instance.h>

#include <fmt/format.h>
#include <time.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

namespace greffe {
namespace {

constexpr const char* kParams =
    R"({"signing_time_unix":1795300000,"field_name":"Seal","reserve_bytes":6144})";

[[noreturn]] void stop(const std::string& why) {
    fmt::print(stderr, "bench: {}\n", why);
    std::exit(1);
}

PoolSpec specOf(const std::string& name, PoolKind kind, const std::string& plugin) {
    PoolSpec spec;
    spec.name = name;
    spec.kind = kind;
    spec.limits = defaultLimits(kind);
    spec.setupJson = setupJson(
        {{plugin, fmt::format("{}/lib/greffe/plugins/{}.so", GREFFE_BINARY_DIR, plugin), "{}", "{}"}});
    spec.launch.program = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
    spec.launch.arguments = {"worker"};
    return spec;
}

void need(const CallOutcome& outcome) {
    if (outcome.verdict != Verdict::Done) stop(outcome.explanation);
}

double threadMilliseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// Both halves of a seal without a process between them.
class SealerInOneProcess {
public:
    explicit SealerInOneProcess(const TestIdentity& identity)
        : host_(static_cast<std::int64_t>(std::time(nullptr)) * 1000) {
        host_.setSecret("private_key", identity.keyPem());
        host_.setSecret("certificate", identity.chainPem());
        HeardProblems problems;
        key_ = loadedPlugin("key-file").create(host_);
        if (!key_->configure("{}", problems) || !key_->validate(problems) || !key_->provision(problems))
            stop(problems.all());
        auto opened = DigestSigning::open(*key_->capability<DigestSigner>());
        if (!opened) stop(opened.error().text());
        signing_ = std::make_unique<DigestSigning>(std::move(opened).value());
    }
    ~SealerInOneProcess() {
        signing_.reset();
        key_->cleanup();
        key_->release();
    }

    void seal(const std::string& document, SealStages& spent) {
        DocumentView view;
        view.bytes = document;
        view.mediaType = "application/pdf";
        const double begin = threadMilliseconds();
        sdk::StringSink tail, sealed;
        SealGap gap;
        HeardOutcome prepared, embedded;
        sealer_.prepare(view, kParams, tail, gap, prepared);
        if (!prepared.isDone()) stop(prepared.explanation);
        const double afterPrepare = threadMilliseconds();
        const std::string_view text = tail.text();
        const std::size_t gapAt = gap.offset - document.size();
        Sha256 hash;
        hash.update(document.data(), document.size());
        hash.update(text.data(), gapAt);
        hash.update(text.data() + gapAt + gap.size, text.size() - gapAt - gap.size);
        const Digest digest = hash.digest();
        const double afterHash = threadMilliseconds();
        auto made = signing_->signDigest(asBytes(digest));
        if (!made) stop(made.error().text());
        const double afterSign = threadMilliseconds();
        SealMaterial material;
        material.cms = made->cms;
        sealer_.embed(view, tail.text(), gap, digest.data(), material, sealed, embedded);
        if (!embedded.isDone()) stop(embedded.explanation);
        spent.prepare += afterPrepare - begin;
        spent.hash += afterHash - afterPrepare;
        spent.sign += afterSign - afterHash;
        spent.embed += threadMilliseconds() - afterSign;
    }

private:
    FakeHost host_;
    Instance* key_ = nullptr;
    std::unique_ptr<DigestSigning> signing_;
    seal_pades::PadesSealer sealer_;
};

}  // namespace

std::string documentOf(std::size_t bytes) {
    std::mt19937 random(1);
    std::string noise;
    noise.reserve(bytes);
    while (noise.size() + 1'000 < bytes)
        noise += static_cast<char>(random() & 0xFFU);
    return PdfBuilder::onePage().setStream(5, "", noise).build();
}

std::size_t processors() {
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

namespace {

// Of this process and its workers, seconds. A worker that was replaced on the way counts too.
SealCost processorTime() {
    SealCost spent;
    spent.engine = processorSeconds(getpid());
    spent.workers = endedChildrenSeconds(getpid());
    for (const pid_t process : processTree(getpid()))
        if (process != getpid()) spent.workers += processorSeconds(process);
    return spent;
}

}  // namespace

SealProcesses::SealProcesses(Reactor& reactor, const TestIdentity& identity) : reactor_(reactor) {
    PoolSpec keys = specOf("keys:office", PoolKind::Keys, "key-file");
    for (const auto& [option, text] :
         {std::pair<std::string, std::string>("private_key", identity.keyPem()),
          std::pair<std::string, std::string>("certificate", identity.chainPem())}) {
        std::ofstream(folder_.path() + "/" + option) << text;
        keys.secrets.push_back({"key-file", option, folder_.path() + "/" + option});
    }
    keys.maxWorkers = processors();
    keys_ = std::make_unique<WorkerPool>(reactor, std::move(keys), PoolEvents());
    PoolSpec documents = specOf("documents", PoolKind::Documents, "seal-pades");
    documents.maxWorkers = processors();
    documents_ = std::make_unique<WorkerPool>(reactor, std::move(documents), PoolEvents());
}

double SealProcesses::rate(const std::string& document, double seconds, std::size_t inFlight) {
    input_.fd = std::make_shared<UniqueFd>(sealedMemoryFile("bench", document).value());
    input_.sizeBytes = document.size();
    input_.sha256 = sha256(document);
    input_.name = "bench.pdf";
    input_.mediaType = "application/pdf";
    const auto begin = Clock::now();
    until_ = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    done_ = open_ = 0;
    const SealCost before = processorTime();
    for (std::size_t i = 0; i < inFlight; ++i)
        start();
    reactor_.run();
    const double rate =
        static_cast<double>(done_) / std::chrono::duration<double>(Clock::now() - begin).count();
    const SealCost after = processorTime();
    const double each = 1e6 / static_cast<double>(std::max<std::size_t>(1, done_));
    cost_ = {(after.engine - before.engine) * each, (after.workers - before.workers) * each};
    for (const pid_t process : processTree(getpid()))
        if (process != getpid()) peakMebibytes_ = std::max(peakMebibytes_, anonymousMebibytes(process));
    return rate;
}

void SealProcesses::start() {
    ++open_;
    CallRequest call;
    call.id = ++nextId_;
    call.operation = "seal.prepare";
    call.instance = "seal-pades";
    call.paramsJson = kParams;
    call.inputs = {input_};
    documents_->submit(std::move(call), true, [this](CallOutcome prepared) { sign(std::move(prepared)); });
}

void SealProcesses::sign(CallOutcome prepared) {
    need(prepared);
    CallRequest call;
    call.id = ++nextId_;
    call.operation = "sign";
    call.instance = "key-file";
    call.paramsJson = "{}";
    call.attachments = {{"digest", std::string(attachmentOf(prepared.attachments, "digest"))}};
    keys_->submit(std::move(call), true, [this, prepared = std::move(prepared)](CallOutcome signature) {
        need(signature);
        embed(prepared, signature);
    });
}

void SealProcesses::embed(const CallOutcome& prepared, const CallOutcome& signature) {
    CallInput tail;
    tail.fd = prepared.artifacts.front().fd;
    tail.sizeBytes = prepared.artifacts.front().sizeBytes;
    tail.slot = "tail";
    CallRequest call;
    call.id = ++nextId_;
    call.operation = "seal.embed";
    call.instance = "seal-pades";
    call.paramsJson = prepared.factsJson;
    call.inputs = {input_, tail};
    call.attachments = {{"digest", std::string(attachmentOf(prepared.attachments, "digest"))},
                        {"cms", std::string(attachmentOf(signature.attachments, "cms"))}};
    documents_->submit(std::move(call), true, [this](CallOutcome sealed) {
        need(sealed);
        ++done_;
        --open_;
        if (Clock::now() < until_) return start();
        if (open_ == 0) reactor_.stop();
    });
}

double rateInOneProcess(const TestIdentity& identity, const std::string& document, double seconds) {
    std::vector<std::unique_ptr<SealerInOneProcess>> sealers;
    for (std::size_t i = 0; i < processors(); ++i)
        sealers.push_back(std::make_unique<SealerInOneProcess>(identity));
    std::atomic<std::size_t> count{0};
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    const auto spent = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    for (const auto& sealer : sealers)
        threads.emplace_back([&, own = sealer.get()] {
            for (SealStages ignored; spent() < seconds; ++count)
                own->seal(document, ignored);
        });
    for (std::thread& thread : threads)
        thread.join();
    return static_cast<double>(count) / spent();
}

SealStages stagesInOneProcess(const TestIdentity& identity, const std::string& document, int rounds) {
    SealerInOneProcess sealer(identity);
    SealStages warm, spent;
    sealer.seal(document, warm);
    for (int i = 0; i < rounds; ++i)
        sealer.seal(document, spent);
    for (double* stage : {&spent.prepare, &spent.hash, &spent.sign, &spent.embed})
        *stage /= rounds;
    return spent;
}

}  // namespace greffe
