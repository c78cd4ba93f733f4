// SPDX-License-Identifier: Apache-2.0
#include "support/running_simulators.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace greffe {
namespace {

// What a broken program printed so far is in the exception's text.
Json readReadyLine(int fd) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(fdopen(fd, "r"), fclose);
    std::string line;
    for (int c = 0; (c = std::fgetc(file.get())) != EOF && c != '\n';)
        line += static_cast<char>(c);
    auto ready = parseJson(line);
    if (!ready) throw std::runtime_error("greffe-simulators did not start: \"" + line + "\"");
    return std::move(ready).value();
}

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text) {
    static_cast<std::string*>(text)->append(bytes, size * count);
    return size * count;
}

}  // namespace

RunningSimulators::RunningSimulators(const std::string& config, const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {std::string(GREFFE_BINARY_DIR) + "/bin/greffe-simulators", "--config",
                                      config};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int failed = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0) throw std::runtime_error(words[0] + " cannot be started");
    try {
        ready_ = readReadyLine(ends[0]);
    } catch (...) {
        stop();  // no destructor follows a constructor that throws
        throw;
    }
}

RunningSimulators::~RunningSimulators() {
    stop();
}

int RunningSimulators::stop() {
    if (pid_ <= 0) return 0;
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string RunningSimulators::textOf(const std::string& simulator, const std::string& key) const {
    return ready_.at(simulator).at(key).get<std::string>();
}

int RunningSimulators::portOf(const std::string& simulator) const {
    return ready_.at(simulator).at("port").get<int>();
}

std::string RunningSimulators::call(const std::string& method, const std::string& path,
                                    const std::string& body) const {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    const std::string url = textOf("admin", "url") + path;
    std::string answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    if (method != "GET") {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    }
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200)
        throw std::runtime_error(method + " " + url + ": " + curl_easy_strerror(code) + ", HTTP " +
                                 std::to_string(status) + ": " + answer);
    return answer;
}

void RunningSimulators::setFaults(const std::string& simulator, const std::string& faults) const {
    call("PUT", "/" + simulator + "/faults", faults);
}

Json RunningSimulators::received(const std::string& simulator) const {
    return parseJson(call("GET", "/" + simulator + "/received")).value();
}

std::string RunningSimulators::receivedBytes(const std::string& simulator, const std::string& id) const {
    return call("GET", "/" + simulator + "/received/" + id);
}

Json RunningSimulators::faults(const std::string& simulator) const {
    return parseJson(call("GET", "/" + simulator + "/faults")).value();
}

Json RunningSimulators::operate(const std::string& simulator, const std::string& operation,
                                const std::string& arguments) const {
    return parseJson(call("POST", "/" + simulator + "/do/" + operation, arguments)).value();
}

Json RunningSimulators::deliveries(const std::string& simulator) const {
    return parseJson(call("GET", "/" + simulator + "/deliveries")).value();
}

void RunningSimulators::reset(const std::string& simulator) const {
    call("POST", "/" + simulator + "/reset");
}

}  // namespace greffe
