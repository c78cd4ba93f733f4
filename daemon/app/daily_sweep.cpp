// SPDX-License-Identifier: Apache-2.0
#include "app/daily_sweep.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr int kBehindEverybody = 10;  // nice

}  // namespace

DailySweep::DailySweep(Services services)
    : services_(std::move(services)),
      startedWall_(services_.clock.wall()),
      startedSteady_(services_.clock.steady()) {
    thread_.post([] { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kBehindEverybody); });
}

DailySweep::~DailySweep() {
    isEnding_ = true;
    services_.reactor.cancel(timer_);
}

void DailySweep::start() {
    const auto counted =
        std::chrono::duration_cast<std::chrono::milliseconds>(services_.clock.steady() - startedSteady_);
    const std::int64_t nowMs = toUnixMs(std::min(services_.clock.wall(), startedWall_ + counted));
    services_.whenCommitted([this, nowMs] {
        thread_.post([this, nowMs] {
            if (isEnding_) return;
            const auto done = sweep(nowMs);
            if (!isEnding_) services_.swept(done);
        });
    });
    timer_ = services_.reactor.callAfter(kEvery, [this] { start(); });
}

Result<BlobSpool::SweepCounts> DailySweep::sweep(std::int64_t nowMs) {
    GREFFE_TRY_ASSIGN(const auto reader, services_.store.openReader());
    const auto isUsed = [&](const Digest& digest) -> Result<bool> {
        if (isEnding_) return makeError(Errc::Closed, "the daemon is stopping");
        return reader->isBlobUsed(digest);
    };
    return services_.spool.sweep(isUsed, kOlderThan.count(), nowMs);
}

}  // namespace greffe
