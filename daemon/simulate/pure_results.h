// SPDX-License-Identifier: Apache-2.0
// What pure work came to, so that the same work is done once: by specs that run twice, and by the next run of
// all of them. What was asked is named by everything that could change the answer: the plugins' files, the
// operation, its parameters, and the digests of what went in.
//
// Thread-safe. In memory up to a limit; in a folder, if there is one, for the processes to come. A result
// that cannot be read back, or was damaged, is work to be done again.
#pragma once

#include "sys/reactor.h"
#include "workers/call_target.h"

#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace greffe {

class PureResults {
public:
    // folder: made when missing; empty: nothing outlives the process.
    explicit PureResults(std::string folder = {});

    // The outcome with artifacts of its own.
    std::optional<CallOutcome> find(const Digest& work);
    void keep(const Digest& work, const CallOutcome& outcome);

private:
    void removeOld() const;
    void remember(const Digest& work, std::string text);

    const std::string folder_;
    std::mutex mutex_;
    std::list<std::pair<Digest, std::string>> texts_;  // the latest first
    std::map<Digest, std::list<std::pair<Digest, std::string>>::iterator> byWork_;
    std::size_t bytes_ = 0;
};

// Between a simulated house and its documents pool: asks for what is not known yet.
class RememberedCalls final : public CallTarget {
public:
    // builds: names the plugins that do the work, as they are today.
    RememberedCalls(CallTarget& documents, PureResults& results, std::string builds, Reactor& reactor)
        : documents_(documents), results_(results), builds_(std::move(builds)), reactor_(reactor) {}

    void submit(CallRequest request, bool isReplayable, Done done) override;

private:
    CallTarget& documents_;
    PureResults& results_;
    const std::string builds_;
    Reactor& reactor_;
};

}  // namespace greffe
