// SPDX-License-Identifier: Apache-2.0
#include "conformance/process_state.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace greffe::conformance {
namespace {

namespace fs = std::filesystem;

std::string signalState(int number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) return "none";
    // The restorer flag and address are libc's own.
    return fmt::format("{} {:x}", reinterpret_cast<const void*>(action.sa_sigaction),
                       action.sa_flags & ~0x04000000);
}

std::set<std::string> openDescriptors() {
    std::set<std::string> found;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd", ignored)) {
        const fs::path target = fs::read_symlink(entry.path(), ignored);
        // The one that lists this directory is gone again.
        if (target.string().find("/proc/") == 0 && target.string().find("/fd") != std::string::npos) continue;
        found.insert(entry.path().filename().string() + " → " + target.string());
    }
    return found;
}

std::string added(const std::set<std::string>& before, const std::set<std::string>& after) {
    std::string names;
    for (const std::string& one : after)
        if (before.count(one) == 0) names += (names.empty() ? "" : ", ") + one;
    return names;
}

}  // namespace

ProcessState ProcessState::now() {
    ProcessState state;
    std::error_code ignored;
    state.directory = fs::current_path(ignored).string();
    state.locale = std::setlocale(LC_ALL, nullptr);
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        state.environment.insert(*entry);
    for (int number = 1; number < NSIG; ++number)
        state.signals.push_back(signalState(number));
    state.umask = ::umask(0);
    ::umask(state.umask);
    const char* scratch = std::getenv("TMPDIR");
    if (scratch != nullptr)
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(scratch, ignored))
            state.files.insert(fs::relative(entry.path(), scratch, ignored).string());
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/task", ignored)) {
        static_cast<void>(entry);
        ++state.threads;
    }
    state.descriptors = openDescriptors();
    return state;
}

std::string ProcessState::settingsChanged(const ProcessState& later) const {
    std::string text;
    const auto note = [&](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
    if (directory != later.directory) note("current directory is now " + later.directory);
    if (locale != later.locale) note(fmt::format("locale was {}, is {}", locale, later.locale));
    if (umask != later.umask) note(fmt::format("umask was {:03o}, is {:03o}", umask, later.umask));
    if (environment != later.environment)
        note("environment: " + added(environment, later.environment) + " for " +
             added(later.environment, environment));
    for (std::size_t i = 0; i < signals.size(); ++i)
        if (signals[i] != later.signals[i])
            note(fmt::format("handler of signal {} ({})", i + 1, ::strsignal(static_cast<int>(i + 1))));
    return text;
}

std::string ProcessState::filesAdded(const ProcessState& later) const {
    return added(files, later.files);
}

std::string ProcessState::leftBehind(const ProcessState& later) const {
    std::string text;
    if (later.threads > threads) text = fmt::format("{} more threads", later.threads - threads);
    const std::string opened = added(descriptors, later.descriptors);
    if (!opened.empty()) text += (text.empty() ? "" : "; ") + ("descriptors " + opened);
    return text;
}

}  // namespace greffe::conformance
