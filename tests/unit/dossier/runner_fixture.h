// SPDX-License-Identifier: Apache-2.0
// A runner over a real journal, a plan of steps that need no worker, and a clock that stands still until a
// test moves it.
#pragma once

#include "base/bytes_text.h"
#include "dossier/endings.h"
#include "dossier/runner.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace greffe {

inline StepPlan stepOf(const std::string& id, const std::string& kind, const Json& options) {
    StepPlan step;
    step.id = id;
    step.kind = kind;
    step.effect = EffectClass::Idempotent;
    step.optionsJson = dumpJson(options);
    return step;
}

class RunnerTest : public ::testing::Test {
protected:
    RunnerTest() {
        auto plan = std::make_shared<Plan>();
        plan->pipelines.resize(1);
        plan->pipelines[0].name = "lease";
        plan->pipelines[0].steps.push_back(stepOf("until-paid", "wait", {{"for_event", "paid"}}));
        plan->pipelines[0].steps.push_back(stepOf("seal", "seal", {{"key", "office"}}));
        plan->pipelines[0].steps.push_back(stepOf("soon", "wait", {{"for_seconds", 1}}));
        StepPlan both = stepOf("both", "parallel", Json::object());
        both.branches.push_back({"branches.a", {stepOf("a", "wait", {{"for_event", "x"}})}});
        both.branches.push_back({"branches.b", {stepOf("b", "wait", {{"for_event", "y"}})}});
        plan->pipelines[0].steps.push_back(both);
        plan_ = plan;
        store_ = openSqliteStore(folder_.path() + "/journal").value();
        reader_ = store_->openReader().value();
        spool_ = BlobSpool::open(folder_.path() + "/blobs", {}).value();
        journal_ = std::make_unique<Journal>(*store_, Journal::Options{});
        delivery_ = std::make_unique<Delivery>(*spool_, syncPoint_, clock_);
    }
    ~RunnerTest() override {
        if (!runner_) return;
        bool hasStopped = false;
        runner_->drain([&] { hasStopped = true; });
        EXPECT_TRUE(turnUntil([&] { return hasStopped; }));
        runner_.reset();
    }

    void open() { open(clock_); }
    void open(const Clock& clock) {
        RunnerServices services{reactor_,
                                reactor_,
                                *journal_,
                                *store_,
                                *spool_,
                                syncPoint_,
                                disk_,
                                *delivery_,
                                clock,
                                ids_,
                                [](const std::shared_ptr<const Plan>&, PoolKind,
                                   const std::string&) -> CallTarget* { return nullptr; },
                                [this] { return plan_; },
                                [this](const std::string& id) -> Result<std::shared_ptr<const Plan>> {
                                    if (planTrouble_) return *planTrouble_;
                                    if (id == kUnreadable) return makeError(Errc::NotFound, "no such plan");
                                    return plan_;
                                },
                                [this](std::string_view event, const Json& keys) {
                                    log_ += std::string(event) + dumpJson(keys) + "\n";
                                }};
        runner_ = std::make_unique<Runner>(std::move(services), options_);
        ASSERT_TRUE(runner_->start());
    }
    // As an intake does: the rows are committed, and the runner has not heard of them yet.
    AdmittedDossier admit(std::uint64_t number,
                          const std::function<void(DossierRow&, BranchRow&)>& change = {}) {
        AdmittedDossier admitted;
        admitted.dossier = testDossier(testId(number));
        admitted.branch = testBranch(admitted.dossier.id);
        admitted.branch.step = "until-paid";
        if (change) change(admitted.dossier, admitted.branch);
        EXPECT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertDossier(admitted.dossier));
            return tx.putBranch(admitted.branch);
        }));
        return admitted;
    }
    void receive(const std::string& provider, const std::string& eventId, const std::string& dossierId) {
        InboxRow row;
        row.provider = provider;
        row.eventId = eventId;
        row.body = "{}";
        row.dossier = dossierId;
        row.receivedMs = toUnixMs(clock_.wall());
        ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.insertInbox(row); }));
    }
    DossierRow dossier(std::uint64_t number) { return reader_->dossier(testId(number)).value().value(); }
    // Turns the reactor until `isDone`, at most half a minute.
    bool turnUntil(const std::function<bool()>& isDone) {
        bool wasDone = false;
        int left = 3'000;
        std::function<void()> look = [&] {
            wasDone = isDone();
            if (wasDone || --left == 0) return reactor_.stop();
            reactor_.callAfter(std::chrono::milliseconds(10), look);
        };
        reactor_.callAfter(std::chrono::milliseconds(0), look);
        reactor_.run();
        return wasDone;
    }

    // From outside, as a defect of the engine would have it: the journal takes everybody's rows but these.
    void tellJournal(const std::string& sql) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((folder_.path() + "/journal/greffe.sqlite3").c_str(), &database), SQLITE_OK);
        sqlite3_busy_timeout(database, 10'000);
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    static constexpr const char* kUnreadable = "unreadable";
    TemporaryDirectory folder_;
    std::shared_ptr<const Plan> plan_;
    std::optional<Error> planTrouble_;  // of the house: whoever asks for a plan gets this
    Reactor reactor_;
    ManualClock clock_{systemClock().wall()};
    SyncPoint syncPoint_;
    UlidSource ids_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
    std::unique_ptr<BlobSpool> spool_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Delivery> delivery_;
    SerialThread disk_;
    Runner::Options options_;
    std::unique_ptr<Runner> runner_;
    std::string log_;
};

}  // namespace greffe
