// SPDX-License-Identifier: Apache-2.0
// An operator at the command line of a daemon under test.
#pragma once

#include "base/json.h"
#include "control/control_client.h"
#include "support/daemon_under_test.h"
#include "sys/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace greffe {

class Operator {
public:
    explicit Operator(DaemonUnderTest& daemon) : daemon_(daemon) {}

    int run(std::vector<std::string> words) { return daemon_.command(words, &said); }
    // The answer of a command with --json; null when it failed.
    Json json(std::vector<std::string> words) {
        words.push_back("--json");
        if (run(words) != 0) return nullptr;
        return Json::parse(said, nullptr, false);
    }
    std::vector<std::string> dossiers(const std::string& state) {
        std::vector<std::string> ids;
        const Json answer = json({"dossier", "list", "--state", state});
        for (const Json& row : memberOf(answer, "dossiers"))
            ids.push_back(textOf(row, "id"));
        return ids;
    }
    // The only dossier in this state, once it is there.
    std::string waitFor(const std::string& state, std::size_t count = 1) {
        for (int i = 0; i < 1'500; ++i) {
            const auto ids = dossiers(state);
            if (ids.size() == count) return ids.front();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        ADD_FAILURE() << "no dossier is " << state << ": " << said << daemon_.log();
        return {};
    }

    std::string said;

private:
    DaemonUnderTest& daemon_;
};

// Starts it and waits until its control socket answers.
inline bool startAndWait(DaemonUnderTest& daemon, const DaemonUnderTest::How& how = {}) {
    if (!daemon.start(how)) return false;
    for (int i = 0; i < 1'500; ++i) {
        if (std::filesystem::exists(daemon.controlSocket()) && ControlClient::connect(daemon.controlSocket()))
            return true;
        if (!daemon.isRunning()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

// In a file, once.
inline void replaceIn(const std::string& path, const std::string& from, const std::string& to) {
    std::string text = readFile(path, 1U << 20U).value();
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(path) << text.replace(at, from.size(), to);
}

}  // namespace greffe
