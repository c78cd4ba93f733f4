// SPDX-License-Identifier: Apache-2.0
// One queue: fetches messages through a plugin's worker, makes dossiers of them, and acknowledges them with
// the next fetch, after the commit.
//
//   fetch (with the last batch's acknowledgements) → spool and hash → commit → fetch …
//
// A message is recognised by its message id, or by its content when it has none: the claim
// "queue:<intake>/<id>" is unique in the journal. So a message that comes again after a crash, or because an
// acknowledgement was lost, is acknowledged and nothing else; a message id that comes with other bytes goes
// to the dead letters.
//
// Lives on the intake thread. While it is paused, or the broker cannot be reached, it does nothing but try
// again.
#pragma once

#include "intake/folder_intake.h"
#include "intake/intake_source.h"
#include "intake/told_failures.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace greffe {

class QueueIntake final : public IntakeSource {
public:
    QueueIntake(Reactor& reactor, FolderSettings settings, IntakeServices& services);
    ~QueueIntake() override;
    QueueIntake(const QueueIntake&) = delete;
    QueueIntake& operator=(const QueueIntake&) = delete;

    Status start() override;
    void retarget(const FolderSettings& settings) override { settings_ = settings; }
    void retire(std::function<void()> retired) override;

private:
    struct Item {
        std::string id;  // the plugin's
        std::string messageId, name, mediaType;
        bool hasReference = false;
        std::string referencePath, referenceSha256;
        CallArtifact body;
        int tries = 0;
    };
    struct Rejected {
        std::string id, reason, text;
    };

    void fetch();
    void call(int most, std::function<void(const CallOutcome&)> answered);
    void settleLast();
    void fetched(const CallOutcome& outcome);
    void admit(const Item& item);
    void admitLater(const Item& item);
    Result<AdmittedDossier> admission(const Item& item);
    void committed(const Item& item, const std::shared_ptr<AdmittedDossier>& admitted, const Status& status);
    void settle(const Item& item, const AdmittedDossier& admitted);
    void settleKnown(const Item& item, const AdmittedDossier& again);
    void tell(const Error& error);
    void batchIsDone();
    void fetchLater(std::chrono::milliseconds delay);
    void report();

    Reactor& reactor_;
    FolderSettings settings_;
    IntakeServices& services_;
    std::unique_ptr<StoreReader> reader_;
    std::map<std::string, std::string> recentContent_;
    std::vector<std::string> acknowledge_;  // with the next fetch
    std::vector<Rejected> reject_;
    std::size_t uncommitted_ = 0;  // of the batch at hand
    int failedFetches_ = 0;        // one after the other
    ToldFailures failures_;
    std::string pausedFor_;
    IntakeStatus status_;
    std::optional<IntakeStatus> reported_;  // none: nothing yet
    Reactor::TimerId timer_ = 0;
    bool isAsking_ = false;  // from a fetch to the end of its batch
    bool isRetiring_ = false;
    std::function<void()> retired_;
    std::shared_ptr<bool> isAlive_ = std::make_shared<bool>(true);
};

}  // namespace greffe
