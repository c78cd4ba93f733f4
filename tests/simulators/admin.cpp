// SPDX-License-Identifier: Apache-2.0
#include "simulators/admin.h"

#include "simulators/page.h"
#include "simulators/script.h"

#include <vector>

namespace greffe::simulators {
namespace {

std::vector<std::string> partsOf(const std::string& path) {
    std::vector<std::string> parts;
    const std::size_t end = std::min(path.find('?'), path.size());
    for (std::size_t from = 1; from < end;) {
        const std::size_t to = std::min(path.find('/', from), end);
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

HttpAnswer playScript(const Running& running, const std::atomic<bool>& stopping, const std::string& body) {
    const auto steps = parseJson(body);
    if (!steps) return refusal(400, steps.error().text());
    const auto script = Script::parse(*steps);
    return script ? jsonAnswer(200, script->play(running, stopping)) : refusal(400, script.error().text());
}

bool isBrowser(const HttpQuestion& question) {
    const auto accept = question.headers.find("accept");
    return accept != question.headers.end() && accept->second.find("text/html") != std::string::npos;
}

HttpAnswer pageAnswer(const Running& running, const Json& ready, const HttpQuestion& question) {
    HttpAnswer answer;
    answer.contentType = "text/html; charset=utf-8";
    // Twice safe: what came in is escaped, and were it not, it could load and run nothing.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'";
    answer.headers["X-Content-Type-Options"] = "nosniff";
    answer.body = simulatorsPage(running, ready, pageRequestOf(question));
    return answer;
}

}  // namespace

HttpAnswer answerAdmin(const Running& running, const Json& ready, const std::atomic<bool>& stopping,
                       const HttpQuestion& question) {
    const std::vector<std::string> parts = partsOf(question.path);
    const bool isPage = parts.size() == 1 && parts[0] == "page";
    if (question.method == "GET" && (isPage || (parts.empty() && isBrowser(question))))
        return pageAnswer(running, ready, question);
    if (parts.size() == 1 && parts[0] == "ready") return jsonAnswer(200, ready);
    if (question.method == "POST" && parts.size() == 1 && parts[0] == "script")
        return playScript(running, stopping, question.body);
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
        answer.headers["X-Content-Type-Options"] = "nosniff";
        answer.headers["Content-Security-Policy"] = "sandbox";
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
