// SPDX-License-Identifier: Apache-2.0
// Sealing a document of 50 KB through the production processes: prepare and embed in the documents pool,
// which has a worker a processor, sign in the keys pool, which has one; nothing on disk. RSA-2048 and P-256
// in turns, so that a noisy machine disturbs both. The argument is seconds a figure (3).
#include "base/json.h"
#include "plugin_host/worker_setup.h"
#include "support/pdf_builder.h"
#include "support/temporary_directory.h"
#include "support/test_pki.h"
#include "sys/files.h"
#include "workers/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

namespace greffe {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr std::size_t kInFlight = 32;

std::size_t processors() {
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

void stop(const std::string& why) {
    fmt::print(stderr, "bench_seal: {}\n", why);
    std::exit(1);
}

std::string documentOf(std::size_t bytes) {
    std::mt19937 random(1);
    PdfBuilder builder = PdfBuilder::onePage();
    std::string noise;
    while (noise.size() + 1'000 < bytes)
        noise += static_cast<char>(random() & 0xFFU);
    builder.setStream(5, "", noise);
    return builder.build();
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

// The two pools of one key, and seals that run through them.
class SealLine {
public:
    SealLine(Reactor& reactor, TestKey key, const std::string& document) : reactor_(reactor) {
        TestPki pki;
        const TestIdentity identity = pki.seal(key);
        PoolSpec keys = specOf("keys:office", PoolKind::Keys, "key-file");
        for (const auto& [option, text] :
             {std::pair<std::string, std::string>("private_key", identity.keyPem()),
              std::pair<std::string, std::string>("certificate", identity.chainPem())}) {
            std::ofstream(folder_.path() + "/" + option) << text;
            keys.secrets.push_back({"key-file", option, folder_.path() + "/" + option});
        }
        keys_ = std::make_unique<WorkerPool>(reactor, std::move(keys), PoolEvents());
        PoolSpec documents = specOf("documents", PoolKind::Documents, "seal-pades");
        documents.maxWorkers = processors();
        documents_ = std::make_unique<WorkerPool>(reactor, std::move(documents), PoolEvents());
        input_.fd = std::make_shared<UniqueFd>(sealedMemoryFile("bench", document).value());
        input_.sizeBytes = document.size();
        input_.sha256 = sha256(document);
        input_.name = "bench.pdf";
        input_.mediaType = "application/pdf";
    }

    double rate(double seconds) {
        const auto begin = Clock::now();
        until_ = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
        done_ = open_ = 0;
        for (std::size_t i = 0; i < kInFlight; ++i)
            start();
        reactor_.run();
        return static_cast<double>(done_) / std::chrono::duration<double>(Clock::now() - begin).count();
    }

private:
    CallRequest request(const std::string& operation, const std::string& instance, Json params,
                        std::vector<CallInput> inputs) {
        CallRequest call;
        call.id = ++nextId_;
        call.operation = operation;
        call.instance = instance;
        call.paramsJson = dumpJson(params);
        call.inputs = std::move(inputs);
        return call;
    }
    static void need(const CallOutcome& outcome) {
        if (outcome.verdict != Verdict::Done) stop(outcome.explanation);
    }

    void start() {
        ++open_;
        const Json params = {
            {"signing_time_unix", 1'795'300'000}, {"field_name", "Seal"}, {"reserve_bytes", 6144}};
        documents_->submit(request("seal.prepare", "seal-pades", params, {input_}), true,
                           [this](CallOutcome prepared) { sign(std::move(prepared)); });
    }
    void sign(CallOutcome prepared) {
        need(prepared);
        CallRequest call = request("sign", "key-file", Json::object(), {});
        call.attachments = {{"digest", std::string(attachmentOf(prepared.attachments, "digest"))}};
        keys_->submit(std::move(call), true, [this, prepared = std::move(prepared)](CallOutcome signature) {
            need(signature);
            embed(prepared, signature);
        });
    }
    void embed(const CallOutcome& prepared, const CallOutcome& signature) {
        CallInput tail;
        tail.fd = prepared.artifacts.front().fd;
        tail.sizeBytes = prepared.artifacts.front().sizeBytes;
        tail.slot = "tail";
        CallRequest call =
            request("seal.embed", "seal-pades", Json::parse(prepared.factsJson), {input_, tail});
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

    Reactor& reactor_;
    TemporaryDirectory folder_;
    std::unique_ptr<WorkerPool> keys_, documents_;
    CallInput input_;
    Clock::time_point until_;
    std::size_t done_ = 0, open_ = 0;
    std::uint64_t nextId_ = 0;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    using namespace greffe;
    const double seconds = (argc > 1 ? std::atof(argv[1]) : 3.0) / kRounds;
    const std::string document = documentOf(50'000);
    Reactor reactor;
    SealLine rsa(reactor, TestKey::Rsa2048, document), p256(reactor, TestKey::P256, document);
    rsa.rate(0.3);  // workers come up
    p256.rate(0.3);
    std::vector<double> rsaRates, p256Rates, ratios;
    for (int round = 0; round < kRounds; ++round) {
        rsaRates.push_back(rsa.rate(seconds));
        p256Rates.push_back(p256.rate(seconds));
        ratios.push_back(p256Rates.back() / rsaRates.back());
    }
    fmt::print("50 KB through {} documents workers and one of each key, {} in flight\n", processors(),
               kInFlight);
    fmt::print("RSA-2048 {:>7.0f} /s\nP-256    {:>7.0f} /s   {:.2f} times RSA-2048 (median of {} pairs)\n",
               median(rsaRates), median(p256Rates), median(ratios), kRounds);
    return 0;
}
