// SPDX-License-Identifier: Apache-2.0
#include "simulators/admin.h"

#include <vector>

namespace greffe::simulators {
namespace {

std::vector<std::string> partsOf(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t from = 1; from < path.size();) {
        const std::size_t to = std::min(path.find('/', from), path.size());
        parts.push_back(path.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

HttpAnswer refusal(int status, const std::string& why) {
    return jsonAnswer(status, {{"error", why}});
}

HttpAnswer putFaults(Simulator& simulator, const std::string& body) {
    const auto plan = parseJson(body);
    if (!plan) return refusal(400, plan.error().text());
    const Status set = simulator.setFaults(*plan);
    return set ? jsonAnswer(200, simulator.faults()) : refusal(400, set.error().text());
}

HttpAnswer operate(Simulator& simulator, const std::string& operation, const std::string& body) {
    const auto with = parseJson(body.empty() ? "{}" : body);
    if (!with) return refusal(400, with.error().text());
    const auto result = simulator.operate(operation, *with);
    if (result) return jsonAnswer(200, *result);
    return refusal(result.error().code == Errc::NotFound ? 404 : 400, result.error().text());
}

}  // namespace

HttpAnswer answerAdmin(const Running& running, const HttpQuestion& question) {
    const std::vector<std::string> parts = partsOf(question.path);
    if (parts.empty()) {
        Json names = Json::array();
        for (const auto& [name, simulator] : running)
            names.push_back(name);
        return jsonAnswer(200, {{"simulators", names}});
    }
    const auto found = running.find(parts[0]);
    if (found == running.end()) return refusal(404, "no simulator " + parts[0] + " runs here");
    Simulator& simulator = *found->second;
    const std::string call = question.method + " " + (parts.size() > 1 ? parts[1] : "");
    if (call == "GET received" && parts.size() == 2) return jsonAnswer(200, simulator.received());
    if (call == "GET received" && parts.size() == 3) {
        const auto bytes = simulator.receivedBytes(parts[2]);
        if (!bytes) return refusal(404, "nothing of that id came in");
        HttpAnswer answer;
        answer.contentType = "application/octet-stream";
        answer.body = *bytes;
        return answer;
    }
    if (call == "GET faults") return jsonAnswer(200, simulator.faults());
    if (call == "PUT faults") return putFaults(simulator, question.body);
    if (call == "GET deliveries") return jsonAnswer(200, simulator.deliveries());
    if (call == "GET do") return jsonAnswer(200, simulator.operations());
    if (call == "POST do" && parts.size() == 3) return operate(simulator, parts[2], question.body);
    if (call == "POST reset") {
        simulator.reset();
        return jsonAnswer(200, Json::object());
    }
    return refusal(404, "see admin.h for what there is");
}

}  // namespace greffe::simulators
