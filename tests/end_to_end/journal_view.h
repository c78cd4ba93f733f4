// SPDX-License-Identifier: Apache-2.0
// What the journal of a daemon under test says, for tests that compare it with what the world saw.
#pragma once

#include "store/store.h"
#include "support/daemon_under_test.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace greffe {

class JournalView {
public:
    // `root` of a DaemonUnderTest; a daemon may be running.
    explicit JournalView(const std::string& root) : store_(taken(openSqliteStore(root + "/spool/journal"))) {
        reader_ = taken(store_->openReader());
    }

    std::vector<DossierRow> dossiers() const {
        DossierFilter all;
        all.limit = 1'000'000;
        return taken(reader_->dossiers(all));
    }
    std::vector<MessageRow> messages() const {
        std::vector<MessageRow> all;
        for (const DossierRow& dossier : dossiers())
            for (MessageRow& row : taken(reader_->messages(dossier.id)))
                all.push_back(std::move(row));
        return all;
    }
    std::vector<EffectRow> effects(const std::string& dossier) const {
        return taken(reader_->effects(dossier));
    }
    std::vector<AuditRow> audit(const std::string& dossier) const {
        return taken(reader_->audit(dossier, 0, 1'000));
    }
    Status verifyAudit() const { return store_->verifyAudit(); }

private:
    template <class T>
    static T taken(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().text());
        return std::move(result).value();
    }

    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
};

// Waits until the only dossier of a running daemon is in that state. The journal is not touched before the
// daemon has made it.
inline bool waitForState(const DaemonUnderTest& daemon, DossierState wanted,
                         std::chrono::seconds limit = std::chrono::seconds(60)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        if (daemon.log().find("daemon started") != std::string::npos) {
            const std::vector<DossierRow> all = JournalView(daemon.root()).dossiers();
            if (all.size() == 1 && all.front().state == wanted) return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

}  // namespace greffe
