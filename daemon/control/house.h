// SPDX-License-Identifier: Apache-2.0
// What the control room may ask of the engine. The engine implements it; tests put a house of cards in its
// place.
//
// Any thread may call; what is given back comes on a thread of the engine's, which must not be kept.
#pragma once

#include "base/json_fwd.h"
#include "config/compile.h"
#include "intake/admission.h"
#include "workers/call.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace greffe {

struct RunningPlan {
    std::string id;
    std::shared_ptr<const Plan> plan;
    std::vector<ValueOrigin> origins;
};

struct ReloadReport {
    bool isAccepted = false;
    std::string planId;  // of the plan that is in force now
    std::vector<Diagnostic> diagnostics;
    std::vector<FrozenChange> needRestart;
};

// Why no new document is taken just now.
struct AdmissionPause {
    std::string reason;  // "disk_low", "backlog_full"; empty: they are taken
    std::string text;    // how much is missing of what, and which setting says so
    std::string advice;
};

class House {
public:
    virtual ~House() = default;

    // Shape: `greffe status --json` in README.md.
    virtual void inspect(std::function<void(Json status)> answered) = 0;
    virtual std::shared_ptr<const RunningPlan> running() const = 0;
    // By the settings in force. `reader` is the caller's.
    virtual AdmissionPause admissionPause(StoreReader& reader) const = 0;
    // Reads the configuration from disk again and takes it over when it has no error: what HUP does. Waits
    // for it. The Error is the machine's.
    virtual Result<ReloadReport> reload() = 0;

    // Runner::whenIdle: the dossier's rows are the caller's until release().
    virtual void whenIdle(const std::string& dossier,
                          std::function<void(std::function<void()> release)> work) = 0;
    // Committed rows of a new dossier, to be moved on.
    virtual void admitted(AdmittedDossier admitted) = 0;
    // One operation of an instance of the pool providers, as that plan sets it up. Without such an instance
    // the outcome is Rejected.
    virtual void callProvider(const std::string& planId, CallRequest request,
                              std::function<void(CallOutcome)> answered) = 0;
    // Delivery::takeBack, on the disk thread.
    virtual void takeFileBack(const DossierRow& dossier, std::function<void(Status)> done) = 0;
};

}  // namespace greffe
