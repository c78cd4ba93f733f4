// SPDX-License-Identifier: Apache-2.0
// The archive step from the run to the file in the archive's folder, with the real archiver.
#include "base/clock.h"
#include "dossier/authority_health.h"
#include "dossier/step_action.h"
#include "support/temporary_directory.h"
#include "sys/files.h"
#include "sys/sync_point.h"
#include "unit/plugins/archive_calls.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kArchivedMs = 1'795'320'000'000;  // 2026-11-22T04:00:00Z
constexpr const char* kLocator = "2026/11/01JD8Z3V5W6X7Y8Z9A0B1C2D3E.zip";

std::shared_ptr<UniqueFd> sealedFile(const std::string& bytes) {
    return std::make_shared<UniqueFd>(sealedMemoryFile("test", bytes).value());
}

// Pools, documents and the disk, all at once and in this thread.
class FakeContext final : public StepContext {
public:
    FakeContext(DossierRun& run, const StepPlan& step, Json params, const std::string& item,
                Status failingSync)
        : run_(run), step_(step), params_(std::move(params)), failingSync_(std::move(failingSync)) {
        effect_.key = effectKey(run.id(), step.id, item);
        effect_.item = effect_.branch = item;
    }

    DossierRun& run() override { return run_; }
    const StepPlan& step() const override { return step_; }
    const Json& params() const override { return params_; }
    const EffectRow& effect() const override { return effect_; }
    const std::string& branch() const override { return effect_.branch; }
    const Json& remembered() const override { return remembered_; }
    std::string newId() override { return "01JD8Z3V5W6X7Y8Z9A0B1C2D3Z"; }
    std::int64_t nowMs() const override { return kArchivedMs + 5'000; }

    Task<CallOutcome> call(PoolKind pool, const CallRequest& request, bool) override {
        EXPECT_EQ(pool, PoolKind::Documents);
        EXPECT_EQ(request.operation, "archive.build");
        EXPECT_EQ(request.instance, "vault");
        const Json given = Json::parse(request.paramsJson);
        const std::vector<CallInput>& inputs = request.inputs;
        std::vector<std::string> bytes;
        for (const CallInput& input : inputs)
            bytes.push_back(*readAll(input.fd->get(), 1U << 20U));
        std::vector<DocumentView> views;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            views.push_back(viewOf(bytes[i], inputs[i].name, inputs[i].mediaType.c_str()));
        HeardOutcome said;
        archiver_.use<Archiver>().build(effect_.key, views.data(), static_cast<std::uint32_t>(views.size()),
                                        std::string_view(given["metadata"].dump()),
                                        std::string_view(given["options"].dump()), said);
        CallOutcome outcome;
        outcome.verdict = said.verdict;
        outcome.explanation = said.explanation;
        for (auto& [name, sink] : said.artifacts) {
            CallArtifact artifact;
            artifact.name = name;
            artifact.mediaType = said.mediaTypes[name];
            artifact.fd = sealedFile(sink.text());
            artifact.sizeBytes = sink.text().size();
            outcome.artifacts.push_back(artifact);
        }
        co_return outcome;
    }
    Task<Result<CallInput>> open(const DocumentRow& document) override {
        CallInput input;
        const std::string bytes = "bytes of " + document.id;
        input.fd = sealedFile(bytes);
        input.sizeBytes = bytes.size();
        input.slot = document.slot;
        input.name = document.name;
        input.mediaType = "text/plain";
        co_return input;
    }
    Task<Result<NewDocument>> keep(const CallArtifact&, const DocumentRow*, const std::string&) override {
        co_return makeError(Errc::Internal, "the archive step keeps no document in the spool");
    }
    Task<Status> onDisk(const std::function<Status()>& work) override { co_return work(); }
    Task<Status> commitNow() override { co_return Status(); }
    SyncPoint& syncPoint() override { return syncPoint_; }
    Task<Status> reachesDisk(SyncPoint::Mark mark) override {
        syncPoint_.flush();
        co_return failingSync_ ? syncPoint_.check(mark) : failingSync_;
    }
    AuthorityHealth& authorities() override { return authorities_; }

private:
    DossierRun& run_;
    const StepPlan& step_;
    Json params_;
    Status failingSync_;
    EffectRow effect_;
    Json remembered_ = Json::object();
    SyncPoint syncPoint_;
    AuthorityHealth authorities_{systemClock()};
    PluginUnderTest archiver_{"archive-folder", R"({"path":"/srv"})"};
};

class ArchiveStep : public ::testing::Test {
protected:
    ArchiveStep() {
        auto plan = std::make_shared<Plan>();
        plan->settings.retentionYears = 10;
        InstancePlan vault;
        vault.role = "archive";
        vault.name = "vault";
        vault.plugin = "archive-folder";
        vault.optionsJson = dumpJson({{"path", folder_.path()}, {"format", "zip"}});
        plan->instances.push_back(vault);
        plan->pipelines.resize(1);
        step_.id = "keep";
        step_.kind = "archive";
        plan->pipelines[0].steps.push_back(step_);
        plan_ = plan;
    }
    DossierRun makeRun() {
        DossierRow dossier;
        dossier.id = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";
        dossier.pipeline = "lease";
        dossier.plan = std::string(64, 'b');
        dossier.source.name = "bail.pdf";
        dossier.createdMs = kArchivedMs - 60'000;
        DocumentRow original, sealed;
        original.id = "D1";
        original.slot = "document";
        original.name = sealed.name = "bail.pdf";
        sealed.id = "D2";
        sealed.slot = "sealed";
        sealed.producedBy = "seal";
        sealed.derivedFrom = "D1";
        return DossierRun(plan_, plan_->pipelines[0], dossier, {}, {original, sealed}, {}, {});
    }
    StepEnd runOn(DossierRun& run, Json options = {{"archive", "vault"}, {"policy", "full"}}) {
        return runOn(run, step_, "", std::move(options));
    }
    StepEnd runOn(DossierRun& run, const StepPlan& step, const std::string& item,
                  Json options = {{"archive", "vault"}, {"policy", "full"}}) {
        const StepAction* const kind = findStepAction("archive");
        FakeContext context(run, step, kind->freeze(run, step, std::move(options), kArchivedMs), item,
                            failingSync_);
        std::optional<StepEnd> end;
        const auto start = [&]() -> Task<> { end = co_await kind->run(context); };
        Task<> task = start();
        task.start();
        EXPECT_TRUE(end);
        return *end;
    }
    std::string fileOf(const std::string& locator) { return folder_.path() + "/" + locator; }

    TemporaryDirectory folder_;
    std::shared_ptr<const Plan> plan_;
    StepPlan step_;
    Status failingSync_;  // what the archive's device answers
};

TEST_F(ArchiveStep, PutsAContainerThatVerifiesIntoYearAndMonth) {
    DossierRun run = makeRun();
    const StepEnd end = runOn(run);
    ASSERT_EQ(end.verdict, Verdict::Done) << end.explanation;
    EXPECT_EQ(end.facts["locator"], kLocator);
    EXPECT_EQ(end.facts["retention_until"], "2036-11-22");
    const std::string bytes = readBytes(fileOf(kLocator));
    EXPECT_EQ(end.facts["sha256"], toHex(sha256(bytes)));
    EXPECT_EQ(end.facts["size_bytes"], bytes.size());
    struct stat facts {};
    ASSERT_EQ(stat(fileOf(kLocator).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0440U);
    PluginUnderTest archiver("archive-folder");
    HeardOutcome verified;
    archiver.use<Archiver>().verify(viewOf(bytes, "x.zip"), verified);
    EXPECT_EQ(verified.verdict, Verdict::Done) << verified.explanation;
    ASSERT_EQ(run.pending.audits.size(), 1U);
    EXPECT_EQ(run.pending.audits[0].action, "dossier kept");
    EXPECT_THAT(run.pending.audits[0].detailJson, HasSubstr(toHex(sha256(bytes))));
}

TEST_F(ArchiveStep, AgainAfterACrashLeavesOneFile) {
    DossierRun first = makeRun(), second = makeRun();
    const StepEnd before = runOn(first), after = runOn(second);
    ASSERT_EQ(after.verdict, Verdict::Done) << after.explanation;
    EXPECT_EQ(before.facts, after.facts);
    // A power cut took the bytes, not the name: they are written again.
    ASSERT_EQ(chmod(fileOf(kLocator).c_str(), 0640), 0);
    const std::string whole = readBytes(fileOf(kLocator));
    writeBytes(fileOf(kLocator), whole.substr(0, 100));
    DossierRun third = makeRun();
    EXPECT_EQ(runOn(third).facts, before.facts);
    EXPECT_TRUE(readBytes(fileOf(kLocator)) == whole);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/2026/11"))
        files += entry.is_regular_file();
    EXPECT_EQ(files, 1U);
}

// Two steps that keep, and each item that one keeps for, have a file of their own: the second of one name
// took the place of the first, whose digest the journal had vouched for.
TEST_F(ArchiveStep, KeepsWhatAnotherStepOrItemKept) {
    auto plan = std::make_shared<Plan>(*plan_);
    StepPlan later = step_, outer;
    later.id = "keep2";
    outer.id = "all";
    outer.kind = "each";
    outer.branches.push_back({"steps", {later}});
    plan->pipelines[0].steps.push_back(outer);
    plan_ = plan;
    DossierRun run = makeRun();
    std::set<std::string> files;
    files.insert(runOn(run).facts["locator"].get<std::string>());
    for (const char* item : {"all[1]", "all[2]"})
        files.insert(runOn(run, later, item).facts["locator"].get<std::string>());
    EXPECT_THAT(files, ::testing::ElementsAre("2026/11/01JD8Z3V5W6X7Y8Z9A0B1C2D3E-keep.zip",
                                              "2026/11/01JD8Z3V5W6X7Y8Z9A0B1C2D3E-keep2-all[1].zip",
                                              "2026/11/01JD8Z3V5W6X7Y8Z9A0B1C2D3E-keep2-all[2].zip"));
    for (const std::string& file : files)
        EXPECT_TRUE(std::filesystem::exists(fileOf(file))) << file;
}

TEST_F(ArchiveStep, LeavesAStrangersFileAlone) {
    std::filesystem::create_directories(folder_.path() + "/2026/11");
    writeBytes(fileOf(kLocator), "somebody else's");
    DossierRun run = makeRun();
    const StepEnd end = runOn(run);
    ASSERT_EQ(end.verdict, Verdict::Done);
    EXPECT_NE(end.facts["locator"], kLocator);
    EXPECT_EQ(readBytes(fileOf(kLocator)), "somebody else's");
    EXPECT_EQ(end.facts["sha256"], toHex(sha256(readBytes(fileOf(end.facts["locator"])))));
}

TEST_F(ArchiveStep, WaitsForAFolderThatIsNotThere) {
    std::filesystem::remove_all(folder_.path());
    DossierRun run = makeRun();
    const StepEnd end = runOn(run);
    EXPECT_EQ(end.verdict, Verdict::RetryLater);
    EXPECT_EQ(end.reason, Reason::StorageError);
    EXPECT_THAT(end.explanation, HasSubstr("mount"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path()));
    EXPECT_TRUE(run.pending.audits.empty());
}

// The name is there, the bytes may not be: nothing may say "kept", and the next attempt writes them again.
TEST_F(ArchiveStep, ADeviceThatDoesNotHoldCostsTheAttempt) {
    DossierRun run = makeRun();
    failingSync_ = makeError(Errc::Io, "cannot sync: Input/output error");
    const StepEnd end = runOn(run);
    EXPECT_EQ(end.verdict, Verdict::RetryLater);
    EXPECT_EQ(end.reason, Reason::StorageError);
    EXPECT_THAT(end.explanation, HasSubstr("vault"));
    EXPECT_TRUE(run.pending.audits.empty()) << "the audit must not say that it is kept";
    ASSERT_EQ(chmod(fileOf(kLocator).c_str(), 0640), 0);
    writeBytes(fileOf(kLocator), "what a failed sync left");
    failingSync_ = {};
    const StepEnd again = runOn(run);
    ASSERT_EQ(again.verdict, Verdict::Done) << again.explanation;
    EXPECT_EQ(again.facts["sha256"], toHex(sha256(readBytes(fileOf(kLocator)))));
}

TEST_F(ArchiveStep, FreezesWhatVaries) {
    const DossierRun run = makeRun();
    const StepAction* const kind = findStepAction("archive");
    EXPECT_TRUE(kind->journalsParams());
    EXPECT_EQ(kind->effectClass(), EffectClass::Idempotent);
    const Json frozen = kind->freeze(run, step_, {{"retention_years", 3}}, kArchivedMs);
    EXPECT_EQ(frozen["archived_at_ms"], kArchivedMs);
    EXPECT_EQ(frozen["retention_years"], 3);
    EXPECT_EQ(kind->freeze(run, step_, Json::object(), 1)["retention_years"], 10);
}

// Tried again in the next month it still means the same file: else there would be two.
TEST_F(ArchiveStep, KeepsItsMomentOverAllAttempts) {
    DossierRun run = makeRun();
    EffectRow first;
    first.step = step_.id;
    first.attempt = 1;
    first.state = EffectState::Failed;
    first.paramsJson = dumpJson({{"archived_at_ms", kArchivedMs}});
    run.effects.push_back(first);
    const Json frozen =
        findStepAction("archive")->freeze(run, step_, Json::object(), kArchivedMs + 31 * 86'400'000LL);
    EXPECT_EQ(frozen["archived_at_ms"], kArchivedMs);
}

TEST_F(ArchiveStep, SaysWhatIsWrongWithThePlan) {
    DossierRun run = makeRun();
    EXPECT_EQ(runOn(run, {{"archive", "cellar"}}).reason, Reason::ConfigurationError);
    run.documents.clear();
    EXPECT_EQ(runOn(run).reason, Reason::LimitExceeded);
    run.documents.resize(121);
    EXPECT_THAT(runOn(run).explanation, HasSubstr("121 documents"));
}

}  // namespace
}  // namespace greffe
