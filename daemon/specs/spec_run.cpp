// SPDX-License-Identifier: Apache-2.0
#include "specs/spec_run.h"

#include "simulate/dropped_whole.h"
#include "simulate/scratch_folder.h"
#include "simulate/timeline.h"
#include "specs/expectation.h"
#include "specs/made_pdf.h"
#include "store/event_wait.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <map>

namespace greffe {
namespace {

// One way through a spec. A failed action ends it.
class Run {
public:
    Run(World& world, const Spec& spec, const std::string& folder)
        : world_(world), spec_(spec), folder_(folder) {}

    // Empty: everything was as expected.
    Result<std::optional<SpecFailure>> run() {
        for (const SpecAction& action : spec_.actions) {
            std::vector<std::string> lines = action.unknown;
            if (lines.empty()) {
                GREFFE_TRY_ASSIGN(lines, perform(action));
            }
            if (lines.empty()) continue;
            SpecFailure failure;
            failure.file = action.file;
            failure.line = action.line;
            for (const std::string& line : lines)
                failure.lines.push_back(world_.ownPaths().in(line));
            failure.timeline = timeline();
            return std::optional(std::move(failure));
        }
        return std::optional<SpecFailure>();
    }

    Result<Json> outcome() {
        Json all = Json::array();
        for (const std::string& id : ids_) {
            GREFFE_TRY_ASSIGN(Json one, outcomeOf(world_, id));
            all.push_back(std::move(one));
        }
        return all;
    }

private:
    using Lines = std::vector<std::string>;

    Result<Lines> perform(const SpecAction& action) {
        using Step = Result<Lines> (Run::*)(const Json&);
        static const std::map<std::string, Step> kSteps = {
            {"drop", &Run::drop},       {"answer", &Run::answer},     {"event", &Run::event},
            {"signer", &Run::signer},   {"service", &Run::service},   {"advance", &Run::advance},
            {"restart", &Run::restart}, {"operator", &Run::overrule}, {"expect", &Run::expect}};
        return (this->*kSteps.at(action.kind))(action.options);
    }

    // Whatever the house refuses is the spec's failure, with its words.
    static Result<Lines> told(const Result<Json>& answer) {
        return answer ? Lines() : Lines{answer.error().text()};
    }

    // The name that a drop gave, or the latest; nullptr before the first one.
    const std::string* find(const Json& options) const {
        const std::string name = textOf(options, "dossier");
        if (name.empty()) return ids_.empty() ? nullptr : &ids_.back();
        const auto found = named_.find(name);
        return found == named_.end() ? nullptr : &found->second;
    }

    Result<Lines> drop(const Json& options) {
        const std::string pipeline = textOf(options, "pipeline", spec_.pipeline);
        if (options.contains("documents")) return dropFolder(options, pipeline);
        const std::string file = textOf(options, "file");
        if (file.empty()) return dropDocument(options, pipeline);
        auto beneath = openBeneath(testsFolder(), file);
        if (!beneath) return Lines{beneath.error().text()};
        const std::string path = testsFolder() + "/" + file;
        const auto whole = intakeOfWhole(world_.plan(), pipeline, path);
        if (!whole) return Lines{whole.error().text()};
        if (*whole == nullptr) return dropDocument(options, pipeline);
        if (options.contains("manifest"))
            return Lines{fmt::format("{} is one dossier, and its manifest.json lies in it", file)};
        return dropWhole(options, pipeline, path);
    }

    Result<Lines> dropDocument(const Json& options, const std::string& pipeline) {
        auto document = bytesToDrop(options, "document.pdf");
        if (!document) return Lines{document.error().text()};
        GREFFE_TRY_ASSIGN(const UniqueFd fd, sealedMemoryFile("greffe-spec", document->second));
        return imported(options, {pipeline, document->first, fd.get(), memberOf(options, "manifest"),
                                  "say it with drop { manifest = { … } }"});
    }

    // A folder is made of what is to lie in it.
    Result<Lines> dropFolder(const Json& options, const std::string& pipeline) {
        const std::string name = textOf(options, "named", "dossier");
        if (!isFileName(name)) return Lines{fmt::format("\"{}\" is no name of a folder", name)};
        GREFFE_TRY_ASSIGN(const ScratchFolder scratch, ScratchFolder::make());
        const std::string path = scratch.path() + "/" + name;
        GREFFE_TRY(makeDirectories(path));
        GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(path));
        for (const Json& entry : memberOf(options, "documents")) {
            const auto document = bytesToDrop(entry, "document.pdf");
            if (!document) return Lines{document.error().text()};
            if (!isFileName(document->first))
                return Lines{fmt::format("\"{}\" is no name of a file", document->first)};
            if (existsAt(directory.get(), document->first))
                return Lines{fmt::format("two documents of the folder are called \"{}\": name them apart",
                                         document->first)};
            GREFFE_TRY(replaceFile(directory.get(), document->first, document->second));
        }
        if (options.contains("manifest"))
            GREFFE_TRY(replaceFile(directory.get(), "manifest.json", dumpJson(options["manifest"])));
        return dropWhole(options, pipeline, path);
    }

    Result<Lines> dropWhole(const Json& options, const std::string& pipeline, const std::string& path) {
        Sample sample;
        sample.pipeline = pipeline;
        sample.whole = path;
        return imported(options, sample);
    }

    Result<Lines> imported(const Json& options, const Sample& sample) {
        const auto id = world_.import(sample);
        if (!id) return Lines{id.error().text()};
        ids_.push_back(*id);
        if (const std::string as = textOf(options, "as"); !as.empty()) named_[as] = *id;
        return Lines();
    }

    // Name and bytes: of a file below tests/, or of a PDF that is made.
    Result<std::pair<std::string, std::string>> bytesToDrop(const Json& options,
                                                            const std::string& usual) const {
        const std::string file = textOf(options, "file");
        const std::string name = textOf(options, "named", file.empty() ? usual : splitPath(file).name);
        if (file.empty())
            return std::pair(name, madePdf(static_cast<int>(numberOf(options, "pages", 1)), name));
        GREFFE_TRY_ASSIGN(const UniqueFd fd, openBeneath(testsFolder(), file));
        GREFFE_TRY_ASSIGN(std::string bytes, readAll(fd.get(), world_.plan().settings.maxMebibytes << 20U));
        return std::pair(name, std::move(bytes));
    }

    std::string testsFolder() const { return folder_ + "/tests"; }

    Result<Lines> answer(const Json& options) {
        const std::string* const dossier = find(options);
        if (dossier == nullptr) return Lines{"nothing was dropped before"};
        GREFFE_TRY_ASSIGN(const std::vector<TaskRow> tasks, world_.reader().tasks(*dossier, true));
        const std::string step = textOf(options, "step");
        for (const TaskRow& task : tasks)
            if (task.step == step)
                return told(world_.ask("task.answer", {{"task", task.id},
                                                       {"answer", textOf(options, "with")},
                                                       {"reason", textOf(options, "reason", "spec")}}));
        return Lines{fmt::format("step \"{}\" asks nothing now", step)};
    }

    Result<Lines> event(const Json& options) {
        const std::string* const dossier = find(options);
        if (dossier == nullptr) return Lines{"nothing was dropped before"};
        GREFFE_TRY_ASSIGN(const std::vector<BranchRow> branches, world_.reader().branches(*dossier));
        const std::string step = textOf(options, "step");
        for (const BranchRow& branch : branches) {
            const auto awaited = EventWait::of(branch.waitKey);
            if (branch.step != step || !awaited) continue;
            const Json body = options.contains("body") ? options["body"] : Json::object();
            return told(world_.ask("event.send", {{"provider", awaited->provider},
                                                  {"event", fmt::format("spec-{}", ++events_)},
                                                  {"about", awaited->about},
                                                  {"body", dumpJson(body)},
                                                  {"reason", "spec"}}));
        }
        return Lines{fmt::format("step \"{}\" waits for no event now", step)};
    }

    // What a signer does at the service, and the news of it.
    Result<Lines> signer(const Json& options) {
        using Act = StandInSigning::Act;
        static const std::map<std::string, Act> kActs = {
            {"sign", Act::Sign}, {"refuse", Act::Refuse}, {"wrong_code", Act::WrongCode}};
        const std::string* const dossier = find(options);
        if (dossier == nullptr) return Lines{"nothing was dropped before"};
        GREFFE_TRY_ASSIGN(const std::vector<BranchRow> branches, world_.reader().branches(*dossier));
        const std::string step = textOf(options, "step");
        for (const BranchRow& branch : branches) {
            const auto awaited = EventWait::of(branch.waitKey);
            if (branch.step != step || !awaited) continue;
            StandInSigning& service = world_.ledger().signing();
            const std::string does = textOf(options, "does");
            const Status acted =
                does == "take_back"
                    ? service.takeBack(awaited->provider, awaited->about)
                    : service.act(awaited->provider, awaited->about, textOf(options, "who"), kActs.at(does),
                                  textOf(options, "reason"), world_.time().wall());
            if (!acted) return Lines{acted.error().message};
            if (!boolOf(options, "webhook", true)) return Lines();
            return told(world_.ask("event.send", {{"provider", awaited->provider},
                                                  {"event", fmt::format("spec-{}", ++events_)},
                                                  {"about", awaited->about},
                                                  {"body", "{}"},
                                                  {"reason", "spec"}}));
        }
        return Lines{fmt::format("step \"{}\" waits for no signature now", step)};
    }

    Result<Lines> service(const Json& options) {
        using Manner = EffectLedger::Manner;
        static const std::map<std::string, Manner> kManners = {{"working", Manner::Works},
                                                               {"silent", Manner::Silent},
                                                               {"refusing", Manner::Refuses},
                                                               {"unknown", Manner::Unknown}};
        world_.ledger().set(textOf(options, "name"), kManners.at(textOf(options, "is")));
        return Lines();
    }

    Result<Lines> advance(const Json& options) {
        const WallTime now = world_.time().wall();
        const auto to = specTime(textOf(options, "to"));
        const WallTime until = to ? *to
                                  : now + std::chrono::hours(24 * numberOf(options, "days")) +
                                        std::chrono::hours(numberOf(options, "hours")) +
                                        std::chrono::minutes(numberOf(options, "minutes")) +
                                        std::chrono::seconds(numberOf(options, "seconds"));
        if (until < now)
            return Lines{fmt::format("it is {} already: time goes forward only", formatUtc(now))};
        world_.moveTo(until);
        return Lines();
    }

    Result<Lines> restart(const Json&) {
        const Status restarted = world_.restart();
        return restarted ? Lines() : Lines{restarted.error().text()};
    }

    Result<Lines> overrule(const Json& options) {
        const std::string* const dossier = find(options);
        if (dossier == nullptr) return Lines{"nothing was dropped before"};
        const std::string does = textOf(options, "does");
        Json params = {{"dossier", *dossier}, {"reason", textOf(options, "reason", "spec")}};
        if (does == "resolve") {
            params["happened"] = boolOf(options, "happened");
            if (options.contains("step")) params["step"] = options["step"];
            if (options.contains("facts")) params["facts"] = options["facts"];
        }
        return told(
            world_.ask(does == "release" ? "quarantine.release" : "dossier." + does, std::move(params)));
    }

    Result<Lines> expect(const Json& options) {
        const std::string* const dossier = find(options);
        if (dossier == nullptr) return Lines{"nothing was dropped before"};
        return differences(world_, *dossier, options);
    }

    std::string timeline() {
        std::string text;
        for (const std::string& id : ids_)
            if (const auto story = storyOf(world_, id, world_.plan().settings.language); story)
                text += storyText(*story);
        return text;
    }

    World& world_;
    const Spec& spec_;
    const std::string& folder_;
    std::vector<std::string> ids_;  // in the order of the drops
    std::map<std::string, std::string> named_;
    int events_ = 0;
};

struct Ended {
    std::optional<SpecFailure> failure;
    Json outcome;
};

Result<Ended> runOnce(Stage& stage, const Spec& spec, const std::string& folder, World::Restarts restarts) {
    GREFFE_TRY_ASSIGN(const auto world, World::open(stage, spec.start, restarts));
    Run run(*world, spec, folder);
    Ended ended;
    GREFFE_TRY_ASSIGN(ended.failure, run.run());
    GREFFE_TRY_ASSIGN(ended.outcome, run.outcome());
    return ended;
}

SpecFailure otherEnd(const Spec& spec, const Json& once, const Json& restarted) {
    SpecFailure failure;
    failure.file = spec.file;
    failure.line = spec.line;
    failure.isRestarted = true;
    for (std::size_t i = 0; i < once.size() && i < restarted.size(); ++i)
        for (const auto& [name, value] : once[i].items())
            if (memberOf(restarted[i], name) != value)
                failure.lines.push_back(fmt::format("dossier {}: {}: {}, without restarts {}", i + 1, name,
                                                    dumpJson(memberOf(restarted[i], name)), dumpJson(value)));
    return failure;
}

}  // namespace

Result<SpecResult> runSpec(Stage& stage, const Spec& spec, const std::string& folder) {
    const SteadyTime began = std::chrono::steady_clock::now();
    SpecResult result;
    result.spec = &spec;
    GREFFE_TRY_ASSIGN(Ended once, runOnce(stage, spec, folder, World::Restarts::WhenAsked));
    result.failure = std::move(once.failure);
    if (!result.failure) {
        GREFFE_TRY_ASSIGN(Ended again, runOnce(stage, spec, folder, World::Restarts::AfterEveryStep));
        result.failure = std::move(again.failure);
        if (!result.failure && again.outcome != once.outcome)
            result.failure = otherEnd(spec, once.outcome, again.outcome);
        if (result.failure) result.failure->isRestarted = true;
    }
    result.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    return result;
}

}  // namespace greffe
