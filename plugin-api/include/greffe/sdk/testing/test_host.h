// SPDX-License-Identifier: Apache-2.0
// A host for the tests of one plugin: every service of host.h, under the test's control and open to its eyes.
//
//   TestHost host;
//   host.setSecret("watermark_key", "0123456789abcdef");
//   TestInstance plugin(TransformTemplate::create, host);
//   ASSERT_TRUE(plugin.start(R"({"title": "Contents"})")) << host.problems.text();
//   TestOutcome outcome;
//   plugin.capability<Transformer>()->transform(&document, 1, "{}", outcome);
#pragma once

#include <greffe/plugin.h>
#include <greffe/programs.h>
#include <greffe/sdk/instance.h>
#include <greffe/sdk/testing/sha256.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greffe::sdk::testing {

class TestProblems final : public Problems {
public:
    void error(Slice option, Slice message) noexcept override {
        errors[std::string(option.view())] = message.view();
    }
    void warning(Slice option, Slice message) noexcept override {
        warnings[std::string(option.view())] = message.view();
    }

    std::string text() const {
        std::string all;
        for (const auto& [option, message] : errors)
            all += option + ": " + message + "\n";
        return all;
    }

    std::map<std::string, std::string> errors, warnings;  // by option; the last of several
};

class TestHost final : public Host,
                       public LogService,
                       public ClockService,
                       public SecretsService,
                       public CancelService,
                       public TemporaryFileService,
                       public ProgramService {
public:
    void* query(Slice id) noexcept override {
        const std::string_view name = id;
        if (std::find(withheld.begin(), withheld.end(), name) != withheld.end()) return nullptr;
        if (name == LogService::kId) return static_cast<LogService*>(this);
        if (name == ClockService::kId) return static_cast<ClockService*>(this);
        if (name == SecretsService::kId) return static_cast<SecretsService*>(this);
        if (name == CancelService::kId) return static_cast<CancelService*>(this);
        if (name == TemporaryFileService::kId) return static_cast<TemporaryFileService*>(this);
        if (name == ProgramService::kId) return static_cast<ProgramService*>(this);
        return nullptr;
    }

    // log/1
    void write(LogLevel, Slice event, Slice keys) noexcept override {
        log.push_back(std::string(event.view()) + (keys.empty() ? "" : " ") + std::string(keys.view()));
    }
    // clock/1
    std::int64_t unixMs() noexcept override { return nowMs; }
    std::int64_t monotonicMs() noexcept override { return nowMs; }
    // secrets/1
    std::uint32_t find(Slice option) noexcept override {
        for (std::size_t i = 0; i < secrets_.size(); ++i)
            if (secrets_[i].first == option.view()) return static_cast<std::uint32_t>(i + 1);
        return kNone;
    }
    bool hmacSha256(std::uint32_t secret, Slice bytes, unsigned char out[32]) noexcept override {
        if (!has(secret)) return false;
        std::memcpy(out, testing::hmacSha256(secrets_[secret - 1].second, bytes).data(), 32);
        return true;
    }
    bool placeholder(std::uint32_t secret, ByteSink& out) noexcept override {
        return has(secret) && out.write("{{secret:" + std::to_string(secret) + ":test}}");
    }
    bool basicAuthorization(Slice user, std::uint32_t secret, ByteSink& out) noexcept override {
        return has(secret) && out.write("Basic {{base64:" + std::string(user.view()) +
                                        ":{{secret:" + std::to_string(secret) + ":test}}}}");
    }
    bool reveal(std::uint32_t secret, ByteSink& out) noexcept override {
        return mayReveal && has(secret) && out.write(secrets_[secret - 1].second);
    }
    // cancel/1
    bool isCancelled() noexcept override { return cancelAfterAsks >= 0 && asks++ >= cancelAfterAsks; }
    void progressed(std::uint64_t done, std::uint64_t total) noexcept override {
        progress.emplace_back(done, total);
    }
    // temporary-files/1
    int open() noexcept override {
        return temporaryFilesLeft-- > 0 ? ::memfd_create("test", MFD_CLOEXEC) : -1;
    }

    // programs/1
    bool isThere(Slice program, ByteSink& whyNot) noexcept override {
        if (program.view() != missingProgram) return true;
        whyNot.write(missingProgram + " is not installed (install the package of " + missingProgram + ")");
        return false;
    }
    bool run(const ProgramCall& call, ByteSink& output, ByteSink& errors,
             ProgramResult& result) noexcept override {
        result.end = ProgramEnd::NotStarted;
        if (runProgram) result = runProgram(call, output, errors);
        return true;
    }

    void setSecret(std::string option, std::string bytes) {
        secrets_.emplace_back(std::move(option), std::move(bytes));
    }

    std::int64_t nowMs = 1'700'000'000'000;
    bool mayReveal = false;    // as in all pools but keys
    int cancelAfterAsks = -1;  // from which isCancelled() on it says true; -1: never
    int asks = 0;
    int temporaryFilesLeft = 16;
    // What a program does: writes, and how it ends. Without it none can be started.
    std::function<ProgramResult(const ProgramCall& call, ByteSink& output, ByteSink& errors)> runProgram;
    std::string missingProgram;         // one that is not installed
    std::vector<std::string> withheld;  // service ids that this host does not offer
    std::vector<std::string> log;       // "event {keys}"
    std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
    TestProblems problems;

private:
    bool has(std::uint32_t secret) const { return secret >= 1 && secret <= secrets_.size(); }
    std::vector<std::pair<std::string, std::string>> secrets_;
};

// An instance in its right order; cleanup and release when it goes.
class TestInstance {
public:
    TestInstance(Instance* (*create)(Host&), TestHost& host) : host_(host), instance_(create(host)) {}
    TestInstance(const TestInstance&) = delete;
    TestInstance& operator=(const TestInstance&) = delete;
    ~TestInstance() {
        instance_->cleanup();
        instance_->release();
    }

    bool start(std::string_view options) {
        return instance_->configure(options, host_.problems) && instance_->validate(host_.problems) &&
               instance_->provision(host_.problems);
    }
    Instance& raw() { return *instance_; }
    template <class Capability>
    Capability* capability() {
        return instance_->capability<Capability>();
    }

private:
    TestHost& host_;
    Instance* instance_;
};

}  // namespace greffe::sdk::testing
