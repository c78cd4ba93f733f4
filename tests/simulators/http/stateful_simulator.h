// SPDX-License-Identifier: Apache-2.0
// What every simulated HTTP service with a state has in common: routes, one lock, a clock of its own, calls
// counted against a limit, faults before or after the effect, a log of what came in, operations that play the
// other people (who signs, who answers), webhooks.
//
// A call of the API goes this way: counted -> a fault of its route or of "any" -> authentication -> limit ->
// handler. Handlers, operations and passTime() run under the lock, one at a time; what they call need not be
// thread-safe. Options that all have: "port", "certificate" (then https; server_certificates.h).
#pragma once

#include "simulators/fault_plan.h"
#include "simulators/http/rate_limit.h"
#include "simulators/http/route_table.h"
#include "simulators/settings_reader.h"
#include "simulators/simulated_clock.h"
#include "simulators/simulator.h"
#include "simulators/webhooks/webhook_sender.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace greffe::simulators {

// A subclass's destructor calls stop(): nothing may call back into what is half destroyed.
class StatefulSimulator : public Simulator {
public:
    ~StatefulSimulator() override;

    Result<Json> start(const Json& config, const std::string& directory) final;
    // {"requests": [{id, at, method, path, route, status, fault, content_type, bytes}], "state": …}
    Json received() const final;
    // The body of a request.
    std::optional<std::string> receivedBytes(const std::string& id) const final;
    // An entry without "at" is for any call.
    Status setFaults(const Json& faults) final;
    Json faults() const final;
    Json operations() const final;
    Result<Json> operate(const std::string& operation, const Json& arguments) final;
    Json deliveries() const final;
    void reset() final;
    void stop() final;

protected:
    using Operation = std::function<Result<Json>(const Json& arguments)>;

    // What start() needs to know of a service, after it read its options.
    struct Plan {
        std::vector<RateLimit::Window> limits;
        WebhookPolicy webhooks;
    };

    // `name` begins the messages about its options.
    explicit StatefulSimulator(std::string name);

    // Reads its options, adds its routes and operations.
    virtual Result<Plan> setUp(SettingsReader& options) = 0;
    // It serves at `url`, nobody knows it yet. Returns what the ready line says beside port and root_file.
    virtual Json ready(const std::string& url) = 0;
    virtual Json state() const = 0;
    virtual void forget() = 0;
    // What is due at the service's time: called before each call and operation, and every few milliseconds.
    virtual void passTime() {}
    // The refusal of a caller that may not ask this; nothing for one that may.
    virtual std::optional<HttpAnswer> refuse(const HttpCall& call, const RouteTable::Route& route) = 0;
    // 404, 405, 429 and what faults ask for.
    virtual HttpAnswer errorAnswer(int status) const = 0;
    // What stands in every answer's headers.
    virtual void addHeaders(HttpAnswer&, const RateLimit::Verdict&) const {}

    void addOperation(const std::string& name, const std::string& help, Operation operation);
    const SimulatedClock& clock() const { return clock_; }
    WebhookSender& webhooks() { return sender_; }

    RouteTable routes_;

private:
    struct Known {
        std::string help;
        Operation operation;
    };

    Result<Json> moveClock(const Json& arguments);
    HttpAnswer answer(const HttpQuestion& question);
    HttpAnswer answerWithFault(const Json& fault, const HttpCall& call, const RouteTable::Match& match,
                               const RateLimit::Verdict& verdict);
    HttpAnswer carryOut(const HttpCall& call, const RouteTable::Match& match,
                        const RateLimit::Verdict& verdict);
    std::optional<Json> takeFault(const RouteTable::Match& match);
    void note(const HttpQuestion& question, const std::string& route, const HttpAnswer& answer,
              const std::string& fault);
    void watchClock();

    const std::string name_;
    SimulatedClock clock_;
    std::map<std::string, Known> operations_;
    std::unique_ptr<FaultPlan> faults_;
    std::unique_ptr<RateLimit> limit_;
    WebhookSender sender_;

    mutable std::mutex mutex_;
    std::condition_variable stopping_;
    bool isStopping_ = false;
    Json notes_ = Json::array();
    std::vector<std::string> bodies_;
    std::thread watching_;
    HttpService service_;
};

}  // namespace greffe::simulators
