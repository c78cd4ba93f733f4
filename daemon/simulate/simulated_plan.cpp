// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulated_plan.h"

#include "base/json.h"

namespace greffe {
namespace {

// A key of the plan by its name, with nothing that the configuration says of where it lies.
void replaceKey(InstancePlan& key, const SimulationFolder& folder) {
    key.plugin = "key-file";
    key.sandbox = "keys";
    key.capabilities = {"digest-signer/1"};
    key.optionsJson = "{}";
    key.secrets = {{"private_key", folder.privateKey}, {"certificate", folder.certificate}};
}

}  // namespace

Plan simulatedPlan(Plan plan, const SimulationFolder& folder) {
    for (InstancePlan& instance : plan.instances) {
        if (instance.role == "key") {
            replaceKey(instance, folder);
        } else if (instance.role == "archive") {
            Json options = storedJson(instance.optionsJson);
            options["path"] = folder.archive + "/" + instance.name;
            instance.optionsJson = dumpJson(options);
            instance.secrets.clear();
        } else {
            // Of a service nothing is kept but its name: the ledger answers for it.
            instance.secrets.clear();
        }
    }
    // A dossier that such an intake admits owes no folder anything: nothing is delivered.
    for (IntakePlan& intake : plan.intakes) {
        intake.kind = "simulation";
        intake.path.clear();
    }
    // Nobody else's files are at stake, and a machine without Landlock must be able to try its pipelines.
    plan.settings.mayRunWithoutLandlock = true;
    return plan;
}

}  // namespace greffe
