// SPDX-License-Identifier: Apache-2.0
// greffe-simulators as a child process of a test: started with a configuration, steered through its admin
// door, ended when the object goes.
//
//   RunningSimulators world(R"({"tsa": {"key": "p256"}})");
//   world.setFaults("tsa", R"([{"fault": "wrong_nonce"}])");
//   connectTo(world.ready()["tsa"]["url"]);
//
// Failures to start or to reach it throw std::runtime_error.
#pragma once

#include "base/json.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace greffe {

class RunningSimulators {
public:
    // More arguments of the program, such as --directory, go into `arguments`.
    explicit RunningSimulators(const std::string& config, const std::vector<std::string>& arguments = {});
    ~RunningSimulators();
    RunningSimulators(const RunningSimulators&) = delete;
    RunningSimulators& operator=(const RunningSimulators&) = delete;

    // The line it printed: {"tsa": {"port": …}, "admin": {"port": …}}.
    const Json& ready() const { return ready_; }
    std::string textOf(const std::string& simulator, const std::string& key) const;
    int portOf(const std::string& simulator) const;

    void setFaults(const std::string& simulator, const std::string& faults) const;
    Json received(const std::string& simulator) const;
    std::string receivedBytes(const std::string& simulator, const std::string& id) const;
    Json faults(const std::string& simulator) const;
    void reset(const std::string& simulator) const;
    // What only some simulators have: see the admin door's "do" and "deliveries".
    Json operate(const std::string& simulator, const std::string& operation,
                 const std::string& arguments = "{}") const;
    Json deliveries(const std::string& simulator) const;
    // SIGTERM; returns its exit status. The destructor does the same.
    int stop();

private:
    std::string call(const std::string& method, const std::string& path, const std::string& body = {}) const;

    pid_t pid_ = -1;
    Json ready_;
};

}  // namespace greffe
