// SPDX-License-Identifier: Apache-2.0
#include "base/failpoint.h"

#ifdef GREFFE_FAILPOINTS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace greffe {
namespace {

struct Action {
    enum class Kind { Abort, Error, Sleep } kind = Kind::Error;
    int sleepMs = 0;
    int onlyHit = 0;  // 0: every hit
};

class Failpoints {
public:
    Failpoints() {
        if (const char* set = std::getenv("GREFFE_FAILPOINTS_SET")) parse(set);
        if (const char* log = std::getenv("GREFFE_FAILPOINTS_LOG"))
            log_ = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }

    Status hit(const char* name) {
        Action action;
        {
            const std::scoped_lock lock(mutex_);
            if (log_ >= 0) {
                const std::string line = std::string(name) + "\n";
                static_cast<void>(!write(log_, line.data(), line.size()));
            }
            const int count = ++hits_[name];
            const auto found = actions_.find(name);
            if (found == actions_.end()) return {};
            if (found->second.onlyHit != 0 && found->second.onlyHit != count) return {};
            action = found->second;
        }
        switch (action.kind) {
            case Action::Kind::Abort: kill(getpid(), SIGKILL); std::abort();
            case Action::Kind::Sleep:
                std::this_thread::sleep_for(std::chrono::milliseconds(action.sleepMs));
                break;
            case Action::Kind::Error: return systemError(std::string("failpoint ") + name, EIO);
        }
        return {};
    }

private:
    void parse(std::string_view text) {
        while (!text.empty()) {
            const auto end = text.find(';');
            std::string_view one = text.substr(0, end);
            text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
            const auto equals = one.find('=');
            if (equals == std::string_view::npos) continue;
            const std::string name(one.substr(0, equals));
            std::string verb(one.substr(equals + 1));
            Action action;
            if (const auto at = verb.find('@'); at != std::string::npos) {
                action.onlyHit = std::atoi(verb.c_str() + at + 1);
                verb.resize(at);
            }
            if (verb == "abort") {
                action.kind = Action::Kind::Abort;
            } else if (verb.rfind("sleep:", 0) == 0) {
                action.kind = Action::Kind::Sleep;
                action.sleepMs = std::atoi(verb.c_str() + 6);
            }
            actions_[name] = action;
        }
    }

    std::mutex mutex_;
    std::map<std::string, Action, std::less<>> actions_;
    std::map<std::string, int, std::less<>> hits_;
    int log_ = -1;
};

}  // namespace

Status hitFailpoint(const char* name) {
    static Failpoints failpoints;
    return failpoints.hit(name);
}

}  // namespace greffe

#endif
