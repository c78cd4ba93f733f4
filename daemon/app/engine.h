// SPDX-License-Identifier: Apache-2.0
// The daemon's inside, put together: journal, spool, pools, intakes, runner; and the order in which they
// start and stop.
//
// Threads: the reactor that calls run() (pools and runner), the journal's, the disk's, the intake's. They
// talk through queues only. Signals must be blocked before an Engine is made.
#pragma once

#include "app/configuration.h"
#include "app/house_paths.h"
#include "base/json_fwd.h"
#include "control/house.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace greffe {

class Engine {
public:
    struct Options {
        LoadedConfiguration configuration;  // with a plan
        HousePaths paths;
        std::string configFolder;  // read again by reload()
        // What the service manager is told (sd_notify); any thread.
        std::function<void(const std::string& state)> tell;
        std::chrono::milliseconds heartbeatEvery{0};
        std::function<void()> heartbeat;  // called on the reactor, as long as it turns
    };

    // Opens everything and recovers. After this files are taken.
    static Result<std::unique_ptr<Engine>> start(Options options);
    ~Engine();

    // Runs until stop() has drained everything, or the journal broke. Returns what went wrong.
    Status run();

    // Any thread.
    void stop();
    // Reads the configuration again; one with errors never replaces a good one. Waits for it: not the
    // reactor's thread.
    Result<ReloadReport> reload();
    // Gives how it stands to `answered`, on the reactor.
    void inspect(std::function<void(Json status)> answered);

private:
    class Parts;
    explicit Engine(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace greffe
