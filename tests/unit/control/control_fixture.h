// SPDX-License-Identifier: Apache-2.0
// A control room with a real socket, journal and spool, and an engine that does nothing.
#pragma once

#include "control/control_client.h"
#include "control/control_room.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

namespace greffe {

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
        InstancePlan provider;
        provider.role = "signature_provider";
        provider.name = "esign";
        plan->instances.push_back(provider);
        ValueOrigin origin{"settings.spool", "\"/var\"", "greffe.lua", 3};
        running_ = std::make_shared<RunningPlan>(RunningPlan{"plan-2", plan, {origin}});
    }
    void inspect(std::function<void(Json)> answered) override { answered({{"version", "test"}}); }
    std::shared_ptr<const RunningPlan> running() const override { return running_; }
    AdmissionPause admissionPause(StoreReader&) const override { return pause; }
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
    void callProvider(const std::string&, CallRequest request,
                      std::function<void(CallOutcome)> answered) override {
        {
            const std::scoped_lock lock(mutex);
            asked.emplace_back(attachmentOf(request.attachments, "body"));
        }
        answered(providerSays);
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
    AdmissionPause pause;
    std::string busy;
    Status takeBackResult;
    CallOutcome providerSays;
    std::vector<std::string> asked;  // bodies of webhooks
    std::atomic<int> borrowed{0}, released{0};
    std::vector<std::string> taken, broughtBack;

private:
    std::shared_ptr<const RunningPlan> running_;
};

class ControlOperations : public ::testing::Test {
protected:
    ControlOperations() {
        store_ = openSqliteStore(folder_.path() + "/spool/journal").value();
        spool_ = BlobSpool::open(folder_.path() + "/spool/blobs", {}).value();
        Journal::Options options;
        options.beforeCommit = [this] { return spool_->flush(); };
        journal_ = std::make_unique<Journal>(*store_, options);
        ControlServer::Options server;
        server.path = folder_.path() + "/control.sock";
        const ControlRoom::Services services{house_,
                                             *store_,
                                             *journal_,
                                             *spool_,
                                             ids_,
                                             systemClock(),
                                             folder_.path() + "/spool",
                                             std::chrono::milliseconds(200)};
        room_ = ControlRoom::start(server, services).value();
        client_ = connect();
        reader_ = store_->openReader().value();
    }

    // One asks at a time.
    std::unique_ptr<ControlClient> connect() const {
        auto client =
            std::make_unique<ControlClient>(ControlClient::connect(folder_.path() + "/control.sock").value());
        client->setSilenceLimit(std::chrono::milliseconds(10'000));
        return client;
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

}  // namespace greffe
