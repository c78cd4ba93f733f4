// SPDX-License-Identifier: Apache-2.0
// The operations as a client sees them: a real socket, journal and spool, and an engine that does nothing.
#include "base/bytes_text.h"
#include "control/control_client.h"
#include "control/control_room.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <mutex>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IdleHouse final : public House {
public:
    IdleHouse() {
        auto plan = std::make_shared<Plan>();
        PipelinePlan pipeline;
        pipeline.name = "lease";
        pipeline.type = "D";
        StepPlan step;
        step.id = "check";
        step.kind = "validate";
        pipeline.steps.push_back(step);
        plan->pipelines.push_back(pipeline);
        plan->settings.maxMebibytes = 1;
        ValueOrigin origin{"settings.spool", "\"/var\"", "greffe.lua", 3};
        running_ = std::make_shared<RunningPlan>(RunningPlan{"plan-2", plan, {origin}});
    }
    void inspect(std::function<void(Json)> answered) override { answered({{"version", "test"}}); }
    std::shared_ptr<const RunningPlan> running() const override { return running_; }
    Result<ReloadReport> reload() override {
        ReloadReport report;
        report.isAccepted = reloadIsGood;
        report.planId = "plan-2";
        if (!reloadIsGood)
            report.diagnostics.push_back(
                {"option_unknown", Severity::Error, "a.lua", 3, 4, "no such option", ""});
        return report;
    }
    void whenIdle(const std::string& dossier, std::function<void(std::function<void()>)> work) override {
        if (dossier == busy) return;  // for ever under way
        ++borrowed;
        work([this] { ++released; });
    }
    void admitted(AdmittedDossier dossier) override {
        const std::scoped_lock lock(mutex);
        taken.push_back(dossier.dossier.id);
    }
    void takeFileBack(const DossierRow& dossier, std::function<void(Status)> done) override {
        {
            const std::scoped_lock lock(mutex);
            broughtBack.push_back(dossier.id);
        }
        done(takeBackResult);
    }

    std::mutex mutex;
    bool reloadIsGood = true;
    std::string busy;
    Status takeBackResult;
    std::atomic<int> borrowed{0}, released{0};
    std::vector<std::string> taken, broughtBack;

private:
    std::shared_ptr<const RunningPlan> running_;
};

class Operations : public ::testing::Test {
protected:
    Operations() {
        store_ = openSqliteStore(folder_.path() + "/spool/journal").value();
        spool_ = BlobSpool::open(folder_.path() + "/spool/blobs", {}).value();
        Journal::Options options;
        options.beforeCommit = [this] { return spool_->flush(); };
        journal_ = std::make_unique<Journal>(*store_, options);
        ControlServer::Options server;
        server.path = folder_.path() + "/control.sock";
        const ControlRoom::Services services{
            house_,           *store_, *journal_, *spool_, ids_, systemClock(), folder_.path() + "/spool",
            milliseconds(200)};
        room_ = ControlRoom::start(server, services).value();
        client_ = std::make_unique<ControlClient>(ControlClient::connect(server.path).value());
        client_->setSilenceLimit(milliseconds(10'000));
        reader_ = store_->openReader().value();
    }

    Result<Json> ask(const std::string& operation, Json params = Json::object(),
                     const std::vector<int>& descriptors = {}) {
        return client_->ask(operation, std::move(params), descriptors);
    }
    Error refused(const std::string& operation, Json params = Json::object()) {
        auto answer = ask(operation, std::move(params));
        if (answer) return makeError(Errc::Internal, "it was not refused: " + dumpJson(*answer));
        return answer.error();
    }
    std::string add(std::uint64_t number, DossierState state,
                    const std::function<void(DossierRow&, BranchRow&)>& change = {}) {
        DossierRow row = testDossier(testId(number));
        row.state = state;
        BranchRow branch = testBranch(row.id, state);
        if (state == DossierState::RetryWait) branch.dueMs = 1'900'000'000'000;
        if (change) change(row, branch);
        EXPECT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertDossier(row));
            return isFinal(state) ? Status() : tx.putBranch(branch);
        }));
        return row.id;
    }
    std::vector<std::string> idsOf(const Json& answer) {
        std::vector<std::string> ids;
        for (const Json& row : memberOf(answer, "dossiers"))
            ids.push_back(textOf(row, "id"));
        return ids;
    }
    std::string actor() const {
        const auto rows = reader_->audit("", 0, 1'000).value();
        return rows.empty() ? "" : rows.back().actor;
    }

    TemporaryDirectory folder_;
    IdleHouse house_;
    UlidSource ids_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<BlobSpool> spool_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<StoreReader> reader_;
    std::unique_ptr<ControlRoom> room_;
    std::unique_ptr<ControlClient> client_;
};

TEST_F(Operations, EachStandsInTheReadmeWithItsParameters) {
    const std::string readme =
        readFile(std::string(GREFFE_SOURCE_DIR) + "/daemon/control/README.md", 1U << 20U).value();
    for (const Operation& operation : operationTable()) {
        const auto row = readme.find(fmt::format("| `{}` |", operation.name));
        ASSERT_NE(row, std::string::npos) << operation.name;
        const std::string line = readme.substr(row, readme.find('\n', row) - row);
        for (const ParameterSpec& parameter : operation.parameters)
            EXPECT_THAT(line, HasSubstr(fmt::format("`{}`", parameter.name))) << operation.name;
    }
}

TEST_F(Operations, WhatIsWrongWithARequestIsNamed) {
    EXPECT_EQ(refused("no.such").code, Errc::Unsupported);
    EXPECT_THAT(refused("dossier.list", {{"stat", "held"}}).message, HasSubstr("unknown parameter \"stat\""));
    EXPECT_THAT(refused("dossier.list", {{"limit", "ten"}}).message,
                HasSubstr("\"limit\" must be a whole number"));
    EXPECT_THAT(refused("dossier.show").message, HasSubstr("\"dossier\" is required"));
    EXPECT_THAT(refused("dossier.retry", {{"dossier", testId(1)}, {"reason", ""}}).message,
                HasSubstr("\"reason\" is required"));
    EXPECT_THAT(refused("dossier.list", {{"state", "asleep"}}).advice, HasSubstr("quarantined"));
    EXPECT_EQ(refused("dossier.list", {{"limit", 501}}).code, Errc::Invalid);
    EXPECT_EQ(refused("dossier.show", {{"dossier", testId(1)}}).code, Errc::NotFound);
}

TEST_F(Operations, AListIsNewestFirstFilteredAndPaged) {
    for (std::uint64_t number = 1; number <= 5; ++number)
        add(number, number % 2 == 0 ? DossierState::Held : DossierState::Waiting,
            [&](DossierRow& row, BranchRow&) {
                row.createdMs = static_cast<std::int64_t>(number) * 1'000;
                row.type = number == 3 ? "X" : "D";
                row.source.name = fmt::format("Contract-{}.pdf", number);
            });
    EXPECT_THAT(idsOf(ask("dossier.list").value()),
                ElementsAre(testId(5), testId(4), testId(3), testId(2), testId(1)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"state", "held"}}).value()), ElementsAre(testId(4), testId(2)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"type", "X"}}).value()), ElementsAre(testId(3)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"text", "contract-4"}}).value()), ElementsAre(testId(4)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"since_ms", 4'000}}).value()), ElementsAre(testId(5), testId(4)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"pipeline", "other"}}).value()), ElementsAre());
    const Json first = ask("dossier.list", {{"limit", 2}}).value();
    EXPECT_THAT(idsOf(first), ElementsAre(testId(5), testId(4)));
    const Json second = ask("dossier.list", {{"limit", 2}, {"after", textOf(first, "next")}}).value();
    EXPECT_THAT(idsOf(second), ElementsAre(testId(3), testId(2)));
    const Json third = ask("dossier.list", {{"limit", 2}, {"after", textOf(second, "next")}}).value();
    EXPECT_THAT(idsOf(third), ElementsAre(testId(1)));
    EXPECT_FALSE(third.contains("next"));
}

TEST_F(Operations, QuarantineListsOnlyQuarantine) {
    add(1, DossierState::Quarantined);
    add(2, DossierState::Held);
    EXPECT_THAT(idsOf(ask("quarantine.list").value()), ElementsAre(testId(1)));
}

TEST_F(Operations, ShowAndExplainTellOfOneDossier) {
    const std::string id =
        add(1, DossierState::Held, [](DossierRow& row, BranchRow&) { row.reason = "key_unusable"; });
    const Json shown = ask("dossier.show", {{"dossier", id}}).value();
    EXPECT_EQ(textOf(shown["dossier"], "state"), "held");
    EXPECT_EQ(textOf(shown["branches"][0], "step"), "check");
    const Json said = ask("dossier.explain", {{"dossier", id}}).value();
    EXPECT_THAT(textOf(said, "en"), HasSubstr("the key cannot be used"));
    EXPECT_THAT(textOf(said, "fr"), HasSubstr("opérateur"));
    EXPECT_FALSE(ask("dossier.explain", {{"dossier", id}, {"language", "fr"}}).value().contains("en"));
    EXPECT_FALSE(ask("dossier.explain", {{"dossier", id}, {"language", "de"}}));
}

TEST_F(Operations, AMoveIsCommittedWithItsAuditRowAndTheDossierGivenBack) {
    const std::string id = add(1, DossierState::Held);
    const Json answer = ask("dossier.retry", {{"dossier", id}, {"reason", "mended"}}).value();
    EXPECT_EQ(textOf(answer, "state"), "ready");
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Ready);
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
    const auto audit = reader_->audit(id, 0, 10).value();
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit[0].action, "dossier retried");
    EXPECT_EQ(audit[0].actor.rfind("operator:", 0), 0U);
    EXPECT_EQ(house_.borrowed, house_.released);
}

TEST_F(Operations, AMoveThatIsRefusedChangesNothingAndGivesBack) {
    const std::string id = add(1, DossierState::Waiting);
    EXPECT_EQ(refused("dossier.retry", {{"dossier", id}, {"reason", "why not"}}).code, Errc::Invalid);
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Waiting);
    EXPECT_TRUE(reader_->audit(id, 0, 10).value().empty());
    EXPECT_EQ(house_.borrowed, 1);
    EXPECT_EQ(house_.released, 1);
}

TEST_F(Operations, ADossierThatStaysUnderWayIsBusy) {
    const std::string id = add(1, DossierState::Held);
    house_.busy = id;
    const Error error = refused("dossier.cancel", {{"dossier", id}, {"reason", "enough"}});
    EXPECT_EQ(error.code, Errc::Busy);
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Held);
}

TEST_F(Operations, CancelRemovesTheBranchesAndOwesTheDelivery) {
    const std::string id = add(1, DossierState::RetryWait);
    ASSERT_TRUE(ask("dossier.cancel", {{"dossier", id}, {"reason", "sent twice"}}));
    const auto row = reader_->dossier(id).value();
    EXPECT_EQ(row->state, DossierState::Cancelled);
    EXPECT_EQ(row->explanation, "sent twice");
    EXPECT_TRUE(reader_->branches(id).value().empty());
    EXPECT_EQ(reader_->undelivered(10).value().size(), 1U);
}

TEST_F(Operations, ResolveSaysWhatHappened) {
    const std::string id = add(1, DossierState::Uncertain);
    ASSERT_TRUE(ask("dossier.resolve",
                    {{"dossier", id}, {"happened", true}, {"reason", "seen in the provider's list"}}));
    EXPECT_EQ(reader_->branches(id).value().at(0).waitKey, "confirmed:check");
    EXPECT_FALSE(ask("dossier.resolve", {{"dossier", id}, {"happened", false}, {"reason", "again"}}))
        << "it is settled";
}

TEST_F(Operations, AReleasedFileIsTakenBackBeforeTheRowsSaySo) {
    const std::string id = add(1, DossierState::Quarantined);
    const BlobRow blob = spool_->addBytes("bytes").value();
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
        GREFFE_TRY(tx.insertBlob(blob));
        return tx.insertDocument(testDocument(testId(7), id, blob.sha256));
    }));
    house_.takeBackResult = makeError(Errc::Io, "the folder is gone");
    EXPECT_EQ(refused("quarantine.release", {{"dossier", id}, {"reason", "harmless"}}).code, Errc::Io);
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Quarantined);
    house_.takeBackResult = Status();
    ASSERT_TRUE(ask("dossier.retry", {{"dossier", id}, {"reason", "harmless"}}))
        << "retry of a quarantined one is a release";
    EXPECT_EQ(reader_->dossier(id).value()->plan, "plan-2");
    EXPECT_THAT(house_.broughtBack, ElementsAre(id, id));
    EXPECT_EQ(house_.borrowed, house_.released);
}

TEST_F(Operations, ATaskIsAnsweredOnceInTheOperatorsName) {
    const std::string id =
        add(1, DossierState::Waiting, [](DossierRow&, BranchRow& branch) { branch.step = "verify"; });
    TaskRow task;
    task.id = testId(50);
    task.dossier = id;
    task.step = "verify";
    task.ask = "clerk";
    task.answersJson = R"(["yes","no"])";
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.putTask(task); }));
    EXPECT_EQ(ask("task.list", {{"ask", "clerk"}}).value()["tasks"].size(), 1U);
    EXPECT_EQ(ask("task.list", {{"ask", "notary"}}).value()["tasks"].size(), 0U);
    EXPECT_EQ(refused("task.answer", {{"task", task.id}, {"answer", "perhaps"}}).code, Errc::Invalid);
    ASSERT_TRUE(ask("task.answer", {{"task", task.id}, {"answer", "yes"}, {"reason", "all good"}}));
    const auto rows = reader_->tasks(id, false).value();
    EXPECT_EQ(rows.at(0).answer, "yes");
    EXPECT_EQ(rows.at(0).comment, "all good");
    EXPECT_EQ(rows.at(0).answeredBy, actor());
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
    EXPECT_EQ(refused("task.answer", {{"task", task.id}, {"answer", "no"}}).code, Errc::NotFound);
    EXPECT_FALSE(ask("task.list", {{"all", true}})) << "not of all dossiers ever";
    EXPECT_EQ(ask("task.list", {{"all", true}, {"dossier", id}}).value()["tasks"].size(), 1U);
}

TEST_F(Operations, AnEventIsKeptOnceAndWakesWhoWaits) {
    const std::string id = add(1, DossierState::Waiting,
                               [](DossierRow&, BranchRow& branch) { branch.waitKey = "event:esign:42"; });
    const Json params = {{"provider", "esign"},
                         {"event", "e-1"},
                         {"about", "42"},
                         {"body", "{}"},
                         {"reason", "their page says so"}};
    const Json first = ask("event.send", params).value();
    EXPECT_TRUE(boolOf(first, "is_new"));
    EXPECT_THAT(first["dossiers"], ElementsAre(id));
    for (int i = 0; i < 500 && reader_->branches(id).value().at(0).state != DossierState::Ready; ++i)
        std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
    const Json second = ask("event.send", params).value();
    EXPECT_FALSE(boolOf(second, "is_new"));
    ASSERT_TRUE(store_->verifyAudit());
}

TEST_F(Operations, AnEventBeforeTheWaitIsKeptWithItsDossier) {
    const std::string id = add(1, DossierState::Held);
    ASSERT_TRUE(
        ask("event.send", {{"provider", "esign"}, {"event", "e-2"}, {"about", id}, {"reason", "early"}}));
    EXPECT_EQ(reader_->inbox(id).value().size(), 1U);
}

TEST_F(Operations, AnImportIsAdmittedAsADroppedFileIs) {
    const auto file = sealedMemoryFile("test", "%PDF-1.7 content");
    const Json params = {
        {"name", "bail.pdf"},
        {"pipeline", "lease"},
        {"key", "order-9"},
        {"manifest", {{"type", "B"}, {"data", {{"rent", 800}}}, {"parties", {{{"role", "tenant"}}}}}}};
    const Json answer = ask("dossier.import", params, {file->get()}).value();
    const std::string id = textOf(answer, "dossier");
    EXPECT_TRUE(boolOf(answer, "is_new"));
    const auto row = reader_->dossier(id).value();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->type, "B");
    EXPECT_EQ(row->dataJson, R"({"rent":800})");
    EXPECT_EQ(row->plan, "plan-2");
    EXPECT_EQ(reader_->branches(id).value().at(0).step, "check");
    const auto documents = reader_->documents(id).value();
    EXPECT_EQ(documents.at(0).mediaType, "application/pdf");
    EXPECT_EQ(spool_->readBlob(*reader_->blob(documents.at(0).blob).value(), 100).value(),
              "%PDF-1.7 content");
    EXPECT_THAT(house_.taken, ElementsAre(id));
    const Json again = ask("dossier.import", params, {file->get()}).value();
    EXPECT_FALSE(boolOf(again, "is_new"));
    EXPECT_EQ(textOf(again, "dossier"), id) << "the same key, the same dossier";
    EXPECT_EQ(house_.taken.size(), 1U);
}

TEST_F(Operations, AnImportThatCannotBeIsRefused) {
    const auto file = sealedMemoryFile("test", "content");
    const auto empty = sealedMemoryFile("test", "");
    const auto large = sealedMemoryFile("test", std::string((1U << 20U) + 1, 'x'));
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reading(ends[0]), writing(ends[1]);
    const Json good = {{"name", "a.pdf"}, {"pipeline", "lease"}};
    EXPECT_FALSE(ask("dossier.import", good)) << "no descriptor";
    EXPECT_FALSE(ask("dossier.import", good, {empty->get()}));
    EXPECT_FALSE(ask("dossier.import", good, {large->get()})) << "larger than settings.max_mebibytes";
    EXPECT_FALSE(ask("dossier.import", good, {reading.get()})) << "a pipe would block";
    EXPECT_FALSE(ask("dossier.import", {{"name", "../a.pdf"}, {"pipeline", "lease"}}, {file->get()}));
    EXPECT_EQ(ask("dossier.import", {{"name", "a.pdf"}, {"pipeline", "none"}}, {file->get()}).error().code,
              Errc::NotFound);
    EXPECT_FALSE(ask("dossier.import",
                     {{"name", "a.pdf"}, {"pipeline", "lease"}, {"manifest", {{"partys", 1}}}},
                     {file->get()}));
    EXPECT_TRUE(reader_->dossiers({}).value().empty());
}

TEST_F(Operations, AReloadCarriesWhatIsWrong) {
    EXPECT_TRUE(boolOf(ask("reload").value(), "is_accepted"));
    house_.reloadIsGood = false;
    const Json answer = ask("reload").value();
    EXPECT_FALSE(boolOf(answer, "is_accepted"));
    EXPECT_EQ(numberOf(answer["diagnostics"][0], "line"), 3);
    EXPECT_EQ(actor().rfind("operator:", 0), 0U);
}

TEST_F(Operations, TheShapeIsATreeWithWhatStandsWhere) {
    add(1, DossierState::Held);
    add(2, DossierState::Waiting, [](DossierRow&, BranchRow& branch) { branch.step = "gone"; });
    const Json shape = ask("shape").value();
    const Json& step = shape["pipelines"][0]["steps"][0];
    EXPECT_EQ(textOf(step, "id"), "check");
    EXPECT_EQ(numberOf(step["counts"], "held"), 1);
    EXPECT_EQ(numberOf(step, "oldest_ms"), 1'700'000'000'000);
    EXPECT_EQ(textOf(shape["elsewhere"][0], "step"), "gone") << "a step of an earlier plan";
}

TEST_F(Operations, TheConfigurationIsShownWithItsOrigin) {
    const Json value = ask("config.show").value()["values"][0];
    EXPECT_EQ(value,
              Json({{"path", "settings.spool"}, {"value", "/var"}, {"file", "greffe.lua"}, {"line", 3}}));
}

TEST_F(Operations, ABackupReportsAndIsNotedInTheAuditLog) {
    add(1, DossierState::Held);
    bool hasReported = false;
    const auto made =
        client_->ask("backup", {{"directory", folder_.path() + "/backup"}}, {}, [&](const Json& progress) {
            hasReported = progress.contains("phase") && progress.contains("total_bytes");
        });
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(hasReported);
    EXPECT_EQ(numberOf(*made, "dossiers"), 1);
    EXPECT_EQ(reader_->audit("", 0, 100).value().back().action, "backup made");
    EXPECT_EQ(refused("backup", {{"directory", "relative"}}).code, Errc::Invalid);
}

TEST_F(Operations, AWholeAuditChainIsWhole) {
    add(1, DossierState::Held);
    ASSERT_TRUE(ask("dossier.retry", {{"dossier", testId(1)}, {"reason", "x"}}));
    EXPECT_TRUE(boolOf(ask("audit.verify").value(), "is_whole"));
}

TEST_F(Operations, MetricsAreText) {
    EXPECT_THAT(textOf(ask("metrics").value(), "text"), HasSubstr("# EOF"));
}

}  // namespace
}  // namespace greffe
