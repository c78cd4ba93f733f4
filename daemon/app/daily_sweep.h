// SPDX-License-Identifier: Apache-2.0
// Removes bytes from the spool that no row ever named (a crash between bytes and row leaves some): at the
// start, then once a day, on a thread of its own and behind everybody else.
//
// What is younger than a day is never touched, so bytes whose row is about to be committed are safe: a row
// may wait as long as the journal finds no room, so a sweep begins behind everything that waited before it,
// and "a day" counts from when it asked. Young by a clock that nobody can put forward: the wall clock's at
// the start plus what the monotonic one counted since.
//
// Lives on the reactor's thread.
#pragma once

#include "base/clock.h"
#include "spool/blob_spool.h"
#include "store/store.h"
#include "sys/reactor.h"
#include "sys/serial_thread.h"

#include <atomic>
#include <functional>

namespace greffe {

class DailySweep {
public:
    struct Services {
        Reactor& reactor;
        Store& store;
        BlobSpool& spool;
        const Clock& clock;
        // Calls back on the reactor once everything that was submitted to the journal before is committed;
        // not at all when it cannot be.
        std::function<void(std::function<void()> then)> whenCommitted;
        // On the sweep's thread, after each sweep.
        std::function<void(const Result<BlobSpool::SweepCounts>& done)> swept;
    };
    static constexpr std::chrono::milliseconds kEvery = std::chrono::hours(24);
    static constexpr std::chrono::milliseconds kOlderThan = std::chrono::hours(24);

    explicit DailySweep(Services services);
    ~DailySweep();  // a sweep under way ends early
    DailySweep(const DailySweep&) = delete;
    DailySweep& operator=(const DailySweep&) = delete;

    // Sweeps now and from then on every day.
    void start();

private:
    Result<BlobSpool::SweepCounts> sweep(std::int64_t nowMs);

    Services services_;
    const WallTime startedWall_;
    const SteadyTime startedSteady_;
    Reactor::TimerId timer_ = 0;
    std::atomic<bool> isEnding_{false};
    SerialThread thread_{1};  // last: it uses the others
};

}  // namespace greffe
