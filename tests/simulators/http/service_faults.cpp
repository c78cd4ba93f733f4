// SPDX-License-Identifier: Apache-2.0
#include "simulators/http/service_faults.h"

namespace greffe::simulators {

std::vector<std::string> serviceFaults() {
    std::vector<std::string> names = httpFaults();
    names.insert(names.end(), {"silence", "body"});
    return names;
}

HttpAnswer playServiceFault(const Json& fault, const std::function<HttpAnswer()>& carryOut) {
    const std::string name = textOf(fault, "fault");
    const bool hasEffect = boolOf(fault, "effect", name != "status" && name != "reset");
    HttpAnswer answer = hasEffect ? carryOut() : jsonAnswer(503, {{"error", "as planned"}});
    if (name == "silence") {
        answer.delay = std::chrono::milliseconds(numberOf(fault, "ms", 60'000));
        answer.cutAfterBytes = 0;
    } else if (name == "body") {
        answer.body = textOf(fault, "body", "<html><title>502</title></html>");
    } else {
        applyHttpFault(fault, answer);
    }
    return answer;
}

}  // namespace greffe::simulators
