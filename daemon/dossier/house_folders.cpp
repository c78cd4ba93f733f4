// SPDX-License-Identifier: Apache-2.0
#include "dossier/house_folders.h"

#include "base/json.h"

#include <fmt/format.h>

namespace greffe {

std::vector<NamedFolder> dropFolders(const Plan& plan) {
    std::vector<NamedFolder> folders;
    for (const IntakePlan& intake : plan.intakes)
        if (!intake.path.empty()) folders.push_back({fmt::format("intake \"{}\"", intake.name), intake.path});
    return folders;
}

std::vector<NamedFolder> keptFolders(const Plan& plan) {
    std::vector<NamedFolder> folders = {{"the spool", plan.settings.spool}};
    for (const InstancePlan& instance : plan.instances) {
        if (instance.role != "archive") continue;
        const std::string path = textOf(storedJson(instance.optionsJson), "path");
        if (!path.empty()) folders.push_back({fmt::format("archive \"{}\"", instance.name), path});
    }
    return folders;
}

}  // namespace greffe
