// SPDX-License-Identifier: Apache-2.0
#include "bench/process_figures.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace greffe {
namespace {

std::string textOf(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// The number behind "\nLabel:".
double numberBehind(const std::string& text, const std::string& label) {
    const auto at = text.find("\n" + label + ":");
    return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + label.size() + 2, nullptr);
}

// Two neighbouring clocks of /proc/PID/stat, user and system, `skipped` fields behind the name.
double secondsOfStat(pid_t process, int skipped) {
    const std::string text = textOf(fmt::format("/proc/{}/stat", process));
    std::stringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string ignored;
    for (int i = 0; i < skipped; ++i)
        fields >> ignored;
    double user = 0, system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::vector<pid_t> processTree(pid_t root) {
    std::vector<pid_t> all{root};
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::error_code ignored;
        const std::string tasks = fmt::format("/proc/{}/task", all[i]);
        for (const auto& task : std::filesystem::directory_iterator(tasks, ignored)) {
            std::ifstream file(task.path() / "children");
            for (pid_t child = 0; file >> child;)
                all.push_back(child);
        }
    }
    return all;
}

double pssMebibytes(const std::vector<pid_t>& processes) {
    double kibibytes = 0;
    for (const pid_t process : processes)
        kibibytes += numberBehind(textOf(fmt::format("/proc/{}/smaps_rollup", process)), "Pss");
    return kibibytes / 1024;
}

double anonymousMebibytes(pid_t process) {
    return numberBehind(textOf(fmt::format("/proc/{}/status", process)), "RssAnon") / 1024;
}

std::uint64_t voluntarySwitches(const std::vector<pid_t>& processes) {
    std::uint64_t switches = 0;
    for (const pid_t process : processes) {
        std::error_code ignored;
        const std::string tasks = fmt::format("/proc/{}/task", process);
        for (const auto& task : std::filesystem::directory_iterator(tasks, ignored))
            switches += static_cast<std::uint64_t>(
                numberBehind(textOf(task.path() / "status"), "voluntary_ctxt_switches"));
    }
    return switches;
}

double processorSeconds(pid_t process) {
    return secondsOfStat(process, 11);
}

double endedChildrenSeconds(pid_t process) {
    return secondsOfStat(process, 13);
}

}  // namespace greffe
