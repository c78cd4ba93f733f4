// SPDX-License-Identifier: Apache-2.0
// The daemon's inside, put together: journal, spool, pools, intakes, runner; and the order in which they start and stop.
//
// Threads: the reactor that calls run() (pools and runner), the journal's, the disk's, the intake's. They talk through
// queues only. Signals must be blocked before an Engine is made.
#pragma once

#include "app/configuration.h"
#include "app/house_paths.h"
#include "base/json_fwd.h"

#include <functional>
#include <memory>
#include <string>

namespace greffe {

class Engine {
public:
    struct Options {
        LoadedConfiguration configuration;  // with a plan
        HousePaths paths;
    };

    // Opens everything and recovers. After this files are taken.
    static Result<std::unique_ptr<Engine>> start(Options options);
    ~Engine();

    // Runs until stop() has drained everything, or the journal broke. Returns what went wrong.
    Status run();

    // Any thread.
    void stop();
    void reload(LoadedConfiguration configuration);
    // Runs `read` on the reactor and gives its answer to `answered` there.
    void inspect(std::function<void(const Json& status)> answered);

private:
    class Parts;
    explicit Engine(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace greffe
