// SPDX-License-Identifier: Apache-2.0
// The engine's one door, put together: the server, its operations, and what they work with.
//
// start() makes the socket and its thread; after that clients are served until the destructor. The engine's
// parts that are given must outlive it.
#pragma once

#include "control/operation.h"

#include <memory>
#include <string>

namespace greffe {

class ControlRoom {
public:
    struct Services {
        House& house;
        Store& store;
        Journal& journal;
        BlobSpool& spool;
        UlidSource& ids;
        const Clock& clock;
        std::string spoolDirectory;
        std::chrono::milliseconds idleLimit{30'000};
    };
    static Result<std::unique_ptr<ControlRoom>> start(ControlServer::Options options,
                                                      const Services& services);

private:
    explicit ControlRoom(const Services& services);

    ControlDesk desk_;
    std::unique_ptr<ControlServer> server_;  // goes first: nothing works at the desk after it
};

}  // namespace greffe
