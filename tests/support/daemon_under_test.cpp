// SPDX-License-Identifier: Apache-2.0
#include "support/daemon_under_test.h"

#include "base/json.h"
#include "store/store.h"
#include "sys/files.h"
#include "sys/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const std::string kBinary = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";

void writeText(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string readText(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

bool endsWith(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Made once per test program: a key takes long under a sanitizer, and no test is about it.
const std::string& sealIdentity() {
    static const std::string pem = [] {
        TemporaryDirectory folder;
        const std::string command = fmt::format(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {0}/key -out "
            "{0}/cert -days 30 "
            "-subj '/CN=Greffe test seal' -addext keyUsage=critical,digitalSignature,nonRepudiation "
            "2>/dev/null",
            folder.path());
        if (std::system(command.c_str()) != 0)
            std::abort();  // NOLINT(cert-env33-c): a fixed command of the test's own
        return readText(folder.path() + "/key") + readText(folder.path() + "/cert");
    }();
    return pem;
}

int exitCodeOf(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Of the main thread, which starts the daemon's workers.
std::vector<pid_t> childrenOf(pid_t process) {
    std::vector<pid_t> found;
    std::stringstream children(readText(fmt::format("/proc/{0}/task/{0}/children", process)));
    for (pid_t child = 0; children >> child;)
        found.push_back(child);
    return found;
}

}  // namespace

std::string tinyPdf(const std::string& text) {
    const std::string content = "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET";
    const std::vector<std::string> objects = {
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 "
        "R >> >> >>",
        fmt::format("<< /Length {} >>\nstream\n{}\nendstream", content.size(), content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
    std::string pdf = "%PDF-1.7\n";
    std::string xref = fmt::format("xref\n0 {}\n0000000000 65535 f \n", objects.size() + 1);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        xref += fmt::format("{:010} 00000 n \n", pdf.size());
        pdf += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
    }
    const std::size_t start = pdf.size();
    return pdf + xref +
           fmt::format("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", objects.size() + 1,
                       start);
}

DaemonUnderTest::DaemonUnderTest(const std::string& steps, const std::string& folderOptions,
                                 const std::string& house, const std::string& pipeline) {
    fs::create_directories(root() + "/config/pipelines");
    fs::create_directories(inFolder());
    fs::create_directories(root() + "/kept");
    const std::string& identity = sealIdentity();
    const std::size_t cut = identity.find("-----BEGIN CERTIFICATE");
    writeText(root() + "/key.pem", identity.substr(0, cut));
    writeText(root() + "/cert.pem", identity.substr(cut));
    writeText(root() + "/config/greffe.lua",
              fmt::format(R"(return {{
  settings = settings {{ spool = "{0}/spool", control_socket = "{0}/control.sock", front_port = 0 }},
  keys = {{ key {{ name = "office", private_key = secret_file("{0}/key.pem"), certificate = secret_file("{0}/cert.pem") }} }},
  intakes = {{ folder {{ name = "drop", path = "{0}/in", pipeline = "main", rescan_seconds = 1,
                        language = "en", {1} }} }},
  {2}
  pipelines = include "pipelines/*.lua",
}}
)",
                          root(), folderOptions, std::regex_replace(house, std::regex("@ROOT@"), root())));
    writeText(root() + "/config/pipelines/main.lua",
              fmt::format("return pipeline {{ name = \"main\", steps = {{ {} }}, {} }}\n", steps, pipeline));
}

DaemonUnderTest::~DaemonUnderTest() {
    if (pid_ > 0) {
        killAllHard();
        waitForEnd(std::chrono::seconds(10));
    }
}

DaemonUnderTest::How DaemonUnderTest::underStrace(const std::vector<std::string>& arguments) {
    How how;
    how.wrapper = {"strace", "-f", "-qq"};
    how.wrapper.insert(how.wrapper.end(), arguments.begin(), arguments.end());
    // LeakSanitizer stops the world with ptrace, which strace holds already.
    how.environment["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=1:handle_abort=1";
    return how;
}

DaemonUnderTest::How DaemonUnderTest::killedBefore(const std::string& call, int number) {
    return underStrace({"-o", "/dev/null", "-e", "trace=" + call, "-e",
                        fmt::format("inject={}:signal=KILL:when={}", call, number)});
}

bool DaemonUnderTest::start(const How& how) {
    std::vector<std::string> words = how.wrapper;
    for (const std::string& word : {kBinary, std::string("run"), std::string("--config"), root() + "/config"})
        words.push_back(word);
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<std::string> variables;
    // First: of two variables of one name, the first one counts.
    for (const auto& [name, value] : how.environment)
        variables.push_back(name + "=" + value);
    for (char** entry = environ; *entry != nullptr; ++entry)
        variables.emplace_back(*entry);
    std::vector<char*> environment;
    for (std::string& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    const std::string logPath = root() + "/daemon.log";
    std::error_code ignored;
    logStart_ = fs::exists(logPath, ignored) ? static_cast<std::size_t>(fs::file_size(logPath, ignored)) : 0;
    pid_ = fork();
    if (pid_ == 0) {
        const int log = open(logPath.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(log, 1);
        dup2(log, 2);
        execvpe(argv[0], argv.data(), environment.data());
        _exit(127);
    }
    return pid_ > 0;
}

int DaemonUnderTest::waitForEnd(milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (pid_ > 0) {
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            return exitCodeOf(status);
        }
        if (std::chrono::steady_clock::now() >= until) return -1;
        std::this_thread::sleep_for(milliseconds(2));
    }
    return -1;
}

bool DaemonUnderTest::isRunning() {
    if (pid_ <= 0) return false;
    return waitForEnd(milliseconds(0)) == -1 && pid_ > 0;
}

bool DaemonUnderTest::hasStarted() const {
    return log().find("daemon started", logStart_) != std::string::npos;
}

int DaemonUnderTest::stop() {
    if (pid_ <= 0) return -1;
    // strace keeps such signals to itself, and ends as the daemon does.
    const std::vector<pid_t> children = childrenOf(pid_);
    const bool isTraced = readText(fmt::format("/proc/{}/comm", pid_)) == "strace\n" && !children.empty();
    ::kill(isTraced ? children.front() : pid_, SIGTERM);
    const int code = waitForEnd(kLongest);
    if (pid_ > 0) {
        killAllHard();
        waitForEnd(std::chrono::seconds(10));
        return -1;
    }
    return code;
}

std::vector<pid_t> DaemonUnderTest::workers() const {
    return childrenOf(pid_);
}

bool DaemonUnderTest::tellsOfTrouble() const {
    std::string said;
    if (command({"status", "--json"}, &said) != 0) return false;
    const Json status = Json::parse(said, nullptr, false);
    if (!textOf(memberOf(status, "journal"), "trouble").empty()) return true;
    if (!memberOf(status, "undeliverable").empty()) return true;
    for (const auto& [name, intake] : memberOf(status, "intakes").items())
        if (!textOf(intake, "trouble").empty() || !textOf(intake, "paused_for").empty()) return true;
    return numberOf(memberOf(status, "dossiers"), "retry_wait") > 0;
}

void DaemonUnderTest::killHard() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
}

bool DaemonUnderTest::killWorkerHard() {
    const std::vector<pid_t> all = workers();
    return !all.empty() && ::kill(all[static_cast<std::size_t>(std::rand()) % all.size()], SIGKILL) == 0;
}

void DaemonUnderTest::killProviderHard() {
    for (const pid_t worker : workers())
        if (readText(fmt::format("/proc/{}/comm", worker)).rfind("greffe:provider", 0) == 0)
            ::kill(worker, SIGKILL);
}

void DaemonUnderTest::killAllHard() {
    std::vector<pid_t> all = workers();
    // Under a wrapper the daemon is its child, and the workers are the daemon's.
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const pid_t child : childrenOf(all[i]))
            all.push_back(child);
    std::vector<UniqueFd> alive;
    for (const pid_t process : all)
        alive.emplace_back(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
    killHard();
    for (const pid_t process : all)
        ::kill(process, SIGKILL);
    // They are not our children: gone when the kernel says so. A daemon that is still dying holds its spool.
    for (const UniqueFd& process : alive) {
        pollfd ended{process.get(), POLLIN, 0};
        if (process) poll(&ended, 1, 10'000);
    }
}

void DaemonUnderTest::drop(const std::string& name, const std::string& bytes) const {
    // As a careful producer does: written under a name that is not looked at, then moved.
    const std::string temporary = inFolder() + "/." + std::to_string(std::rand()) + ".part";
    writeText(temporary, bytes);
    fs::rename(temporary, inFolder() + "/" + name);
}

std::vector<std::string> DaemonUnderTest::names(const std::string& place) const {
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(inFolder() + "/" + place, ignored))
        found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
}

bool DaemonUnderTest::waitUntilSettled(std::size_t count, milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        std::size_t settled = 0;
        for (const char* place : {"done", "rejected", "quarantine"})
            for (const std::string& name : names(place))
                if (!endsWith(name, ".receipt.json") && !endsWith(name, ".reason.txt")) ++settled;
        // Started first: before that a stop would only prove that a process can be ended.
        if (hasStarted() && settled >= count && names("in-progress").empty()) return true;
        if (!isRunning()) return false;
        std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
}

std::string DaemonUnderTest::brokenPromise(const std::vector<std::string>& expectedSealed,
                                           const std::vector<std::string>& expectedRejected) const {
    const auto withCompanions = [](const std::vector<std::string>& files,
                                   const std::vector<std::string>& suffixes) {
        std::vector<std::string> all;
        for (const std::string& file : files)
            for (const std::string& suffix : suffixes)
                all.push_back(file + suffix);
        return all;
    };
    return brokenPromise({withCompanions(expectedSealed, {"", ".receipt.json"}), expectedSealed,
                          withCompanions(expectedRejected, {"", ".receipt.json", ".reason.txt"}),
                          expectedSealed.size() + expectedRejected.size()});
}

std::string DaemonUnderTest::brokenPromise(Ending expected) const {
    const auto differs = [&](const std::string& place, std::vector<std::string> wanted) -> std::string {
        const std::vector<std::string> found = names(place);
        std::sort(wanted.begin(), wanted.end());
        if (found == wanted) return {};
        return fmt::format("{}/ holds [{}], should hold [{}]", place, fmt::join(found, ", "),
                           fmt::join(wanted, ", "));
    };
    for (const std::string& broken :
         {differs("done", std::move(expected.done)), differs("out", std::move(expected.out)),
          differs("rejected", std::move(expected.rejected)), differs("quarantine", {}),
          differs("in-progress", {}), differs(".greffe/claimed", {})})
        if (!broken.empty()) return broken;
    for (const std::string& name : names("out"))
        if (readText(inFolder() + "/out/" + name).find("/ByteRange") == std::string::npos)
            return "out/" + name + " is not whole";
    auto store = openSqliteStore(root() + "/spool/journal");
    if (!store) return store.error().text();
    if (const Status chain = (*store)->verifyAudit(); !chain) return chain.error().text();
    auto reader = (*store)->openReader();
    if (!reader) return reader.error().text();
    DossierFilter all;
    all.limit = 1'000'000;
    auto dossiers = (*reader)->dossiers(all);
    if (!dossiers) return dossiers.error().text();
    if (dossiers->size() != expected.dossiers)
        return fmt::format("{} dossiers for {} files", dossiers->size(), expected.dossiers);
    for (const DossierRow& dossier : *dossiers)
        if (!isFinal(dossier.state) || !dossier.isDelivered)
            return fmt::format("dossier {} of {} is {}", dossier.id, dossier.source.name,
                               stateName(dossier.state));
    return {};
}

std::string DaemonUnderTest::contentOf(const std::string& place, const std::string& name) const {
    return readText(inFolder() + "/" + place + "/" + name);
}

std::string DaemonUnderTest::log() const {
    return readText(root() + "/daemon.log");
}

int DaemonUnderTest::command(const std::vector<std::string>& arguments, std::string* output) const {
    setenv("GREFFE_CONTROL_SOCKET", controlSocket().c_str(), 1);
    int ends[2];
    if (pipe(ends) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        std::vector<std::string> words{kBinary};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> argv;
        for (std::string& word : words)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (output != nullptr) *output = text;
    return exitCodeOf(status);
}

}  // namespace greffe
