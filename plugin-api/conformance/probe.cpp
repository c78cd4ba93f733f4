// SPDX-License-Identifier: Apache-2.0
#include "conformance/probe.h"

#include "base/sha256.h"
#include "conformance/operations.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace greffe::conformance {
namespace {

constexpr std::size_t kShortestSecret = 6;
constexpr std::uint64_t kMaxRequestBytes = 16U << 20U;

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

// Away from the network: what a blocking plugin calls then is nobody. False when the system does not allow
// it.
bool cutOff() {
    if (::unshare(CLONE_NEWNET) == 0) return true;
    const std::string user = fmt::format("{0} {0} 1", ::geteuid());
    const std::string group = fmt::format("{0} {0} 1", ::getegid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    const auto write = [](const char* path, const std::string& text) {
        const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
        return file && writeAll(file.get(), text).ok();
    };
    return write("/proc/self/setgroups", "deny") && write("/proc/self/gid_map", group) &&
           write("/proc/self/uid_map", user);
}

// A plugin that cannot even be loaded: which rule that is.
void reportUnloadable(FindingWriter& out, const Error& error) {
    out.fail(error.code == Errc::Corrupt ? "ABI-4" : "FILE-2", error.text());
}

Result<std::optional<ProgramLauncher>> launcherFor(const PluginMetadata& plugin) {
    if (plugin.sandbox != "converters") return std::optional<ProgramLauncher>();
    const char* scratch = std::getenv("TMPDIR");
    GREFFE_TRY_ASSIGN(ProgramLauncher launcher,
                      ProgramLauncher::start(findPrograms(plugin.programs).programs,
                                             scratch != nullptr ? scratch : "/tmp"));
    return std::optional<ProgramLauncher>(std::move(launcher));
}

int runPass(const Pass& pass, const ProbeRequest& request) {
    FindingWriter out(kFindingsFd);
    auto metadata = readMetadata(request.pluginPath);
    if (!metadata) {
        out.fail("FILE-2", metadata.error().text());
        return 0;
    }
    const bool isScan = pass.name == "scan";
    const PluginLibrary* library = nullptr;
    const auto load = [&] {
        const auto loaded = PluginLibrary::load(*metadata);
        if (loaded)
            library = *loaded;
        else
            reportUnloadable(out, loaded.error());
        return loaded.ok();
    };
    if (pass.isCutOff) {
        // The library before the namespace: in the new one root's files belong to nobody, and would be
        // refused.
        out.doing("loading the plugin");
        if (!load()) return 0;
        if (!cutOff()) {
            for (const std::string_view rule : pass.proves)
                out.skip(rule, "this system gives no network namespace");
            out.finished();
            return 0;
        }
    }
    // Before the watchdog's thread.
    auto launcher = launcherFor(*metadata);
    if (!launcher) {
        out.fail("LIFE-1", launcher.error().text());
        return 0;
    }
    Watchdog watchdog(out);
    Probe probe{
        request, std::move(metadata).value(), out, watchdog, launcher->has_value() ? &**launcher : nullptr,
        library, ProcessState::now(),         {}};
    if (!isScan && library == nullptr) {
        metadata = probe.metadata;
        watchdog.arm("loading the plugin", probe.deadline(20'000));
        if (!load()) return 0;
        probe.library = library;
        probe.loaded = ProcessState::now();
    }
    pass.run(probe);
    watchdog.rest();
    out.finished();
    return 0;
}

}  // namespace

std::unique_ptr<ProbeHost> Probe::makeHost() const {
    auto host = ProbeHost::make(request, metadata, launcher);
    if (host) return std::move(host).value();
    std::fprintf(stderr, "%s\n", host.error().text().c_str());
    ::_exit(2);
}

std::optional<PluginInstance> Probe::start(ProbeHost& host) const {
    watchdog.arm("starting an instance", deadline(20'000));
    auto instance = PluginInstance::create(library->descriptor(), host.host);
    if (!instance || !instance->start(request.optionsJson)) return std::nullopt;
    return std::move(instance).value();
}

void Probe::judge(const std::string& what, const CallTrace& trace) const {
    if (trace.brokenRule != OutcomeRule::None)
        out.fail(fmt::format("OUTCOME-{}", static_cast<int>(trace.brokenRule)),
                 what + ": " + trace.result.explanation);
    if (!trace.problem.empty()) out.fail(trace.problemRule, what + ": " + trace.problem);
    if (trace.isEndless)
        out.fail("HTTP-1", fmt::format("{}: still sending after {} requests", what, kMaxExchangeSteps));
    searchSecrets("what " + what + " produced", trace.produced);
}

void Probe::searchSecrets(const std::string& where, std::string_view text) const {
    for (const auto& [option, bytes] : request.secrets) {
        if (bytes.size() < kShortestSecret) continue;
        for (const std::string& form : {bytes, base64(bytes), toHex(bytes)})
            if (text.find(form) != std::string_view::npos) {
                out.fail("SECRETS-1", fmt::format("the secret of option \"{}\" stands in {}", option, where));
                break;
            }
    }
}

int runProbe(int, char**) {
    const auto text = readAll(kRequestFd, kMaxRequestBytes);
    const auto request = text ? ProbeRequest::parse(*text) : Result<ProbeRequest>(text.error());
    if (!request) {
        std::fprintf(stderr, "plugin-probe: %s; `greffe plugin test` starts it\n",
                     request.error().text().c_str());
        return 2;
    }
    // The plugin shall not find them.
    ::close(kRequestFd);
    ::fcntl(kFindingsFd, F_SETFD, FD_CLOEXEC);
    for (const Pass& pass : passes())
        if (pass.name == request->pass) {
            const int code = runPass(pass, *request);
            std::fflush(nullptr);
            // Not exit(): what handlers of the plugin's libraries do at the end is not on trial.
            ::_exit(code);
        }
    std::fprintf(stderr, "plugin-probe: no pass \"%s\"\n", request->pass.c_str());
    return 2;
}

}  // namespace greffe::conformance
