// SPDX-License-Identifier: Apache-2.0
// greffe simulate: what would become of these files? Nothing leaves the house, and no time has to pass.
#include "base/bytes_text.h"
#include "cli/commands.h"
#include "oneshot/files.h"
#include "simulate/dropped_whole.h"
#include "simulate/made_documents.h"
#include "simulate/report_page.h"
#include "simulate/simulation.h"
#include "specs/spec.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

namespace greffe {
namespace {

constexpr std::uint64_t kLargestManifest = 1U << 20U;

// "15d", "12h", "30m", "45s".
std::optional<std::chrono::milliseconds> durationOf(const std::string& text) {
    std::int64_t count = 0;
    const auto [unit, trouble] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (trouble != std::errc() || unit + 1 != text.data() + text.size() || count < 0 || count > 1'000'000)
        return std::nullopt;
    switch (*unit) {
        case 's': return std::chrono::seconds(count);
        case 'm': return std::chrono::minutes(count);
        case 'h': return std::chrono::hours(count);
        case 'd': return std::chrono::hours(24 * count);
        default: return std::nullopt;
    }
}

// When it begins and until when time passes; empty after saying what is wrong.
struct Period {
    WallTime start, until;
};
std::optional<Period> periodOf(const Arguments& arguments) {
    const auto wrong = [](const char* option, const char* wanted) {
        complain(fmt::format("{} is {}", option, wanted));
        return std::nullopt;
    };
    Period period{systemClock().wall(), {}};
    if (const std::string at = arguments.text("--at"); !at.empty()) {
        const auto date = specTime(at);
        if (!date) return wrong("--at", "a date such as 2026-11-22 or 2026-11-22T08:30 (UTC)");
        period.start = *date;
    }
    period.until = period.start;
    for (const std::string& text : arguments.list("--advance")) {
        const auto by = durationOf(text);
        if (!by) return wrong("--advance", "a length of time such as 30m, 12h, 15d");
        period.until += *by;
    }
    if (const std::string text = arguments.text("--until"); !text.empty()) {
        const auto date = specTime(text);
        if (!date || *date < period.start) return wrong("--until", "a date after the beginning (UTC)");
        period.until = *date;
    }
    return period;
}

std::optional<std::map<std::string, std::string>> answersOf(const Arguments& arguments) {
    std::map<std::string, std::string> answers;
    for (const std::string& text : arguments.list("--answer")) {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos) {
            complain(fmt::format("--answer is STEP=ANSWER, not \"{}\"", text));
            return std::nullopt;
        }
        answers[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return answers;
}

// The one that was asked for; else the only one, or that of the only intake. Empty after saying why.
std::string pipelineFor(const Arguments& arguments, const Plan& plan) {
    std::string names;
    for (const PipelinePlan& pipeline : plan.pipelines)
        names += (names.empty() ? "" : ", ") + pipeline.name;
    if (const std::string asked = arguments.text("--pipeline"); !asked.empty()) {
        if (plan.findPipeline(asked) != nullptr) return asked;
        complain(fmt::format("there is no pipeline \"{}\"; there are: {}", asked, names));
        return {};
    }
    if (plan.pipelines.size() == 1) return plan.pipelines.front().name;
    if (plan.intakes.size() == 1) return plan.intakes.front().pipeline;
    complain(fmt::format("--pipeline says which one the samples go through: {}", names));
    return {};
}

// The file, and the manifest beside it ("lease.json" of lease.pdf), as a drop folder would take them; or a
// folder or archive that is one dossier.
Result<Sample> sampleOf(const std::string& path, const std::string& pipeline, const Plan& plan,
                        std::vector<CallInput>& open) {
    GREFFE_TRY_ASSIGN(const IntakePlan* const whole, intakeOfWhole(plan, pipeline, path));
    if (whole != nullptr) {
        Sample sample;
        sample.pipeline = pipeline;
        sample.whole = path;
        return sample;
    }
    GREFFE_TRY_ASSIGN(CallInput input, openInputFile(path));
    std::filesystem::path sideCar(path);
    sideCar.replace_extension(".json");
    Sample sample{pipeline, std::filesystem::path(path).filename().string(), input.fd->get(), nullptr,
                  fmt::format("write it into {} beside the sample", sideCar.filename().string())};
    open.push_back(std::move(input));
    std::error_code ignored;
    if (sideCar.string() != path && std::filesystem::is_regular_file(sideCar, ignored)) {
        GREFFE_TRY_ASSIGN(const std::string text, readFile(sideCar.string(), kLargestManifest));
        GREFFE_TRY_ASSIGN(sample.manifest, parseJson(text));
    }
    return sample;
}

void print(const SimulationReport& report) {
    fmt::print("SIMULATION: nothing was sent, sealed with a real key, or kept.\n\n");
    for (const DossierStory& story : report.dossiers)
        fmt::print("{}\n", storyText(story));
    for (const std::string& step : report.unused)
        fmt::print("--answer {}: no step of that name asked anything\n", displayText(step));
}

// --out: what was made, to be looked at.
int writeDocuments(const Arguments& arguments, World& world, const SimulationReport& report) {
    const std::string folder = arguments.text("--out");
    if (folder.empty()) return kGood;
    std::vector<std::string> dossiers;
    for (const DossierStory& story : report.dossiers)
        dossiers.push_back(story.id);
    const auto written = writeMadeDocuments(world, dossiers, folder);
    if (!written) {
        complain(written.error().text());
        return kEnvironment;
    }
    for (const std::string& path : *written)
        fmt::print(stderr, "written: {}\n", displayText(path));
    return kGood;
}

Status writePage(const std::string& path, World& world, Stage& stage, const SimulationReport& report,
                 const std::string& language) {
    std::map<std::string, DocumentPages> pictures;
    for (const DossierStory& story : report.dossiers)
        pictures.merge(picturesOf(world, stage, story.documents));
    GREFFE_TRY_ASSIGN(const std::string page, reportPage(report, language, pictures));
    CallArtifact file;
    GREFFE_TRY_ASSIGN(UniqueFd bytes, memoryFile("simulation"));
    GREFFE_TRY(writeAll(bytes.get(), page));
    file.fd = std::make_shared<UniqueFd>(std::move(bytes));
    file.sizeBytes = page.size();
    return writeOutputFile(path, nullptr, file);
}

// --html: the same for people, with the documents' pages.
int writePage(const Arguments& arguments, World& world, Stage& stage, const SimulationReport& report,
              const std::string& language) {
    const std::string path = arguments.text("--html");
    if (path.empty()) return kGood;
    if (const Status written = writePage(path, world, stage, report, language); !written) {
        complain(written.error().text());
        return kEnvironment;
    }
    fmt::print(stderr, "written: {}\n", displayText(path));
    return kGood;
}

// Waiting is what a simulation without answers shows; every other standstill, and every end but "done", is a
// dossier that came to nothing. An answer that nobody asked for is most often a misspelled step.
int verdictOn(const SimulationReport& report) {
    static const std::set<std::string> kGoodStates = {"done", "ready", "running", "waiting", "retry_wait"};
    const bool areGood =
        std::all_of(report.dossiers.begin(), report.dossiers.end(),
                    [](const DossierStory& story) { return kGoodStates.count(story.state) != 0; });
    return areGood && report.unused.empty() ? kGood : kBad;
}

int runSimulate(const Arguments& arguments) {
    const auto period = periodOf(arguments);
    auto answers = answersOf(arguments);
    if (!period || !answers) return kUsage;
    // Asked before the work, as for everything that is written.
    if (const std::string page = arguments.text("--html"); !page.empty()) {
        if (const Status free = checkOutputFile(page); !free) {
            complain(free.error().text());
            return kEnvironment;
        }
    }
    auto loaded = loadConfiguration(arguments.text("CONFIG"), findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        return kEnvironment;
    }
    fmt::print(stderr, "{}", diagnosticsText(loaded->compiled.diagnostics));
    if (!loaded->compiled.plan) return kBad;
    const std::string pipeline = pipelineFor(arguments, *loaded->compiled.plan);
    if (pipeline.empty()) return kUsage;

    SimulationOrder order;
    order.answers = std::move(*answers);
    order.until = period->until;
    order.language = loaded->compiled.plan->settings.language;
    std::vector<CallInput> open;  // the samples' descriptors
    for (const std::string& path : arguments.list("SAMPLE")) {
        auto sample = sampleOf(path, pipeline, *loaded->compiled.plan, open);
        if (!sample) {
            complain(fmt::format("{}: {}", path, sample.error().text()));
            return kEnvironment;
        }
        order.samples.push_back(std::move(*sample));
    }
    auto stage = Stage::build(*loaded, findHousePaths(), period->start);
    if (!stage) {
        complain(stage.error().text());
        return kEnvironment;
    }
    auto world = World::open(**stage, period->start);
    auto report = world ? simulate(**world, order) : Result<SimulationReport>(world.error());
    if (!report) {
        complain(report.error().text());
        return (*stage)->trouble().empty() ? kBad : kEnvironment;
    }
    if (arguments.flag("--json")) {
        fmt::print("{}\n", dumpJson(reportJson(*report)));
    } else {
        print(*report);
    }
    const int page = writePage(arguments, **world, **stage, *report, order.language);
    if (!(*stage)->trouble().empty()) complain((*stage)->trouble());
    if (page != kGood) return page;
    const int documents = writeDocuments(arguments, **world, *report);
    return documents != kGood ? documents : verdictOn(*report);
}

}  // namespace

Command simulateCommand() {
    Command command;
    command.path = "simulate";
    command.summary = "try a configuration on samples: what would happen, without anything happening";
    command.details =
        "The real plan, steps and states run over a journal in memory and a clock that can be moved. Nothing "
        "leaves the house: mails, webhooks and time-stamps end in a ledger that stands below the plugins, "
        "seals are made with a key of the moment and say SIMULATION on the page. A file lease.json beside "
        "lease.pdf is its manifest. A folder, or an archive, is one dossier of several documents where the "
        "pipeline's intake takes such (folders_as_dossiers, archives_as_dossiers).\n\n"
        "Exit code 0: every dossier is done, or waits. 1: one of them is held, rejected, refused, expired, "
        "uncertain or in quarantine, or nothing asked for an --answer; the configuration or an answer is "
        "bad.";
    command.positionals = {{"CONFIG", "configuration folder, with greffe.lua in it"},
                           {"SAMPLE", "files, folders and archives, as they would be dropped", true, true}};
    command.options = {
        {"--answer",
         "STEP=ANSWER",
         "what a task is answered, or the event a wait waits for (its body)",
         {},
         true},
        {"--advance", "TIME", "let time pass: 30m, 12h, 15d", {}, true},
        {"--until", "DATE", "let time pass until then (UTC)"},
        {"--at", "DATE", "when the simulation begins (UTC); now"},
        {"--pipeline", "NAME", "the pipeline; where there is only one, that one"},
        {"--out", "FOLDER", "write the documents that were made there"},
        {"--html", "FILE", "write a page with all of it, and pictures of the documents' pages"},
        kJsonOption};
    command.run = runSimulate;
    return command;
}

}  // namespace greffe
