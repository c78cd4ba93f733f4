// SPDX-License-Identifier: Apache-2.0
// Many specs at once.
#include "specs/spec_run.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace greffe {
namespace {

// A stage has workers to start: for a few specs one is enough.
constexpr std::size_t kSpecsWorthAStage = 8;

WallTime earliest(const std::vector<Spec>& specs) {
    WallTime first = specs.front().start;
    for (const Spec& spec : specs)
        first = std::min(first, spec.start);
    return first;
}

// What the threads share.
class Crowd {
public:
    using Told = std::function<void(const SpecResult&, std::size_t number)>;

    Crowd(const std::vector<Spec>& specs, const Told& told)
        : specs_(specs), told_(told), results_(specs.size()) {}

    // The next one that nobody has begun; nothing when there is none, or when it makes no sense to go on.
    std::optional<std::size_t> next() {
        const std::size_t index = next_++;
        const std::scoped_lock lock(mutex_);
        return index < specs_.size() && !trouble_ ? std::optional(index) : std::nullopt;
    }
    void put(std::size_t index, SpecResult result) {
        const std::scoped_lock lock(mutex_);
        results_[index] = std::move(result);
        for (; toldUpTo_ < results_.size() && results_[toldUpTo_]; ++toldUpTo_)
            told_(*results_[toldUpTo_], toldUpTo_ + 1);
    }
    void giveUp(const Error& error) {
        const std::scoped_lock lock(mutex_);
        if (!trouble_) trouble_ = error;
    }
    Result<std::vector<SpecResult>> take() {
        if (trouble_) return *trouble_;
        std::vector<SpecResult> all;
        for (std::optional<SpecResult>& one : results_)
            all.push_back(std::move(*one));
        return all;
    }

private:
    const std::vector<Spec>& specs_;
    const Told& told_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::vector<std::optional<SpecResult>> results_;
    std::size_t toldUpTo_ = 0;
    std::optional<Error> trouble_;
};

Status runThose(Crowd& crowd, const std::vector<Spec>& specs, const LoadedConfiguration& configuration,
                const HousePaths& paths, const std::string& folder, PureResults& results) {
    GREFFE_TRY_ASSIGN(const auto stage, Stage::build(configuration, paths, earliest(specs), &results));
    while (const auto index = crowd.next()) {
        GREFFE_TRY_ASSIGN(SpecResult result, runSpec(*stage, specs[*index], folder));
        if (!stage->trouble().empty()) return makeError(Errc::Invalid, stage->trouble());
        crowd.put(*index, std::move(result));
    }
    return {};
}

}  // namespace

Result<std::vector<SpecResult>> runSpecs(
    const std::vector<Spec>& specs, const LoadedConfiguration& configuration, const HousePaths& paths,
    const std::string& folder, PureResults& results,
    const std::function<void(const SpecResult&, std::size_t number)>& told) {
    if (specs.empty()) return std::vector<SpecResult>();
    Crowd crowd(specs, told);
    const std::size_t most = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    const std::size_t stages = std::clamp<std::size_t>(specs.size() / kSpecsWorthAStage, 1, most);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < stages; ++i)
        threads.emplace_back([&] {
            if (const Status ran = runThose(crowd, specs, configuration, paths, folder, results); !ran)
                crowd.giveUp(ran.error());
        });
    for (std::thread& thread : threads)
        thread.join();
    return crowd.take();
}

}  // namespace greffe
