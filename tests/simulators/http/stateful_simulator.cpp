// SPDX-License-Identifier: Apache-2.0
#include "simulators/http/stateful_simulator.h"

#include "simulators/http/server_certificates.h"
#include "simulators/http/service_faults.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;

// How soon something that is due happens by itself.
constexpr auto kClockLook = 10ms;

std::vector<std::string> placesOf(const RouteTable& routes) {
    std::vector<std::string> places = routes.names();
    places.insert(places.end(), {"any", "webhook"});
    return places;
}

std::vector<std::string> allFaultsOfAService() {
    std::vector<std::string> names = serviceFaults();
    for (const std::string& each : WebhookSender::faultNames())
        if (std::find(names.begin(), names.end(), each) == names.end()) names.push_back(each);
    return names;
}

// A fault of deliveries at a route, or the other way round, would be taken and do nothing.
Status checkFaultsFitTheirPlaces(const Json& faults) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const std::string name = textOf(faults[i], "fault");
        const bool isOfWebhooks = textOf(faults[i], "at") == "webhook";
        const std::vector<std::string> names = isOfWebhooks ? WebhookSender::faultNames() : serviceFaults();
        if (name != "pass" && std::find(names.begin(), names.end(), name) == names.end())
            return makeError(Errc::Invalid, fmt::format("fault {}: \"{}\" cannot happen at {}", i + 1, name,
                                                        textOf(faults[i], "at")));
    }
    return {};
}

}  // namespace

StatefulSimulator::StatefulSimulator(std::string name)
    : name_(std::move(name)),
      sender_(clock_, [this] { return faults_->take("webhook"); }),
      service_([this](const HttpQuestion& question) { return answer(question); }) {
    addOperation("clock", "moves the service's time: advance_seconds (may be negative), speed",
                 [this](const Json& arguments) { return moveClock(arguments); });
}

StatefulSimulator::~StatefulSimulator() {
    StatefulSimulator::stop();
}

Result<Json> StatefulSimulator::start(const Json& config, const std::string& directory) {
    SettingsReader options(config, name_);
    const auto port = static_cast<std::uint16_t>(options.number("port", 0));
    const std::string certificate = options.text("certificate", "");
    GREFFE_TRY_ASSIGN(Plan plan, setUp(options));
    GREFFE_TRY(options.finish());

    faults_ = std::make_unique<FaultPlan>(allFaultsOfAService(), placesOf(routes_));
    limit_ = std::make_unique<RateLimit>(plan.limits);
    sender_.start(plan.webhooks);
    Json said = Json::object();
    std::optional<TestIdentity> identity;
    if (!certificate.empty()) {
        ServerCertificates certificates;
        GREFFE_TRY_ASSIGN(identity, certificates.identity(certificate));
        GREFFE_TRY_ASSIGN(const UniqueFd place, openDirectory(directory));
        GREFFE_TRY(replaceFile(place.get(), "root.pem", certificates.rootPem()));
        said["root_file"] = directory + "/root.pem";
    }
    GREFFE_TRY(service_.start(port, identity ? &*identity : nullptr));
    said["port"] = service_.port();
    said.update(ready(service_.url()));
    watching_ = std::thread([this] { watchClock(); });
    return said;
}

void StatefulSimulator::addOperation(const std::string& name, const std::string& help, Operation operation) {
    operations_[name] = {help, std::move(operation)};
}

Result<Json> StatefulSimulator::moveClock(const Json& arguments) {
    clock_.advance(std::chrono::seconds(numberOf(arguments, "advance_seconds")));
    const Json& speed = memberOf(arguments, "speed");
    if (speed.is_number()) {
        if (speed.get<double>() <= 0) return makeError(Errc::Invalid, "speed is not above 0");
        clock_.setSpeed(speed.get<double>());
    }
    passTime();
    return Json{{"now", rfc3339(clock_.now(), "Z")}};
}

HttpAnswer StatefulSimulator::answer(const HttpQuestion& question) {
    const std::scoped_lock lock(mutex_);
    passTime();
    RouteTable::Match match = routes_.find(question.method, question.path);
    const HttpCall call{question, match.parameters, queryOf(question.path)};
    if (match.route != nullptr && match.route->isForPeople) {
        HttpAnswer page = match.route->handler(call);
        note(question, match.route->name, page, "");
        return page;
    }
    const RateLimit::Verdict verdict = limit_->count(clock_.now());
    std::optional<Json> fault = takeFault(match);
    HttpAnswer given = fault ? answerWithFault(*fault, call, match, verdict) : carryOut(call, match, verdict);
    given.headers["Date"] = httpDate(clock_.now());
    addHeaders(given, verdict);
    note(question, match.route != nullptr ? match.route->name : "", given,
         fault ? textOf(*fault, "fault") : "");
    return given;
}

// "pass" lets a call through, so that a fault can hit the second one.
HttpAnswer StatefulSimulator::answerWithFault(const Json& fault, const HttpCall& call,
                                              const RouteTable::Match& match,
                                              const RateLimit::Verdict& verdict) {
    if (textOf(fault, "fault") == "pass") return carryOut(call, match, verdict);
    HttpAnswer given = playServiceFault(fault, [&] { return carryOut(call, match, verdict); });
    if (textOf(fault, "fault") == "status") {
        const HttpAnswer asTheServiceSaysIt = errorAnswer(given.status);
        given.contentType = asTheServiceSaysIt.contentType;
        given.body = fault.contains("body") ? dumpJson(memberOf(fault, "body")) : asTheServiceSaysIt.body;
    }
    return given;
}

HttpAnswer StatefulSimulator::carryOut(const HttpCall& call, const RouteTable::Match& match,
                                       const RateLimit::Verdict& verdict) {
    if (match.route == nullptr) return errorAnswer(match.isPathKnown ? 405 : 404);
    if (auto refusal = refuse(call, *match.route)) return *refusal;
    if (!verdict.isAllowed) {
        HttpAnswer limited = errorAnswer(429);
        limited.headers["Retry-After"] = std::to_string(verdict.windows[verdict.tightest].resetIn.count());
        return limited;
    }
    return match.route->handler(call);
}

std::optional<Json> StatefulSimulator::takeFault(const RouteTable::Match& match) {
    if (match.route != nullptr)
        if (auto fault = faults_->take(match.route->name)) return fault;
    return faults_->take("any");
}

void StatefulSimulator::note(const HttpQuestion& question, const std::string& route, const HttpAnswer& given,
                             const std::string& fault) {
    const auto type = question.headers.find("content-type");
    notes_.push_back({{"id", std::to_string(bodies_.size())},
                      {"at", rfc3339(clock_.now(), "Z")},
                      {"method", question.method},
                      {"path", question.path},
                      {"route", route},
                      {"status", given.status},
                      {"fault", fault},
                      {"content_type", type != question.headers.end() ? type->second : ""},
                      {"bytes", question.body.size()}});
    bodies_.push_back(question.body);
}

void StatefulSimulator::watchClock() {
    std::unique_lock lock(mutex_);
    while (!isStopping_) {
        passTime();
        stopping_.wait_for(lock, kClockLook);
    }
}

Json StatefulSimulator::received() const {
    const std::scoped_lock lock(mutex_);
    return {{"requests", notes_}, {"state", state()}, {"now", rfc3339(clock_.now(), "Z")}};
}

std::optional<std::string> StatefulSimulator::receivedBytes(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), index);
    if (error != std::errc() || end != id.data() + id.size() || index >= bodies_.size()) return std::nullopt;
    return bodies_[index];
}

Status StatefulSimulator::setFaults(const Json& faults) {
    Json placed = faults;
    if (placed.is_array())
        for (Json& each : placed)
            if (each.is_object() && !each.contains("at")) each["at"] = "any";
    GREFFE_TRY(checkFaultsFitTheirPlaces(placed));
    return faults_->set(placed);
}

Json StatefulSimulator::faults() const {
    return faults_->rest();
}

Json StatefulSimulator::operations() const {
    Json all = Json::object();
    for (const auto& [name, known] : operations_)
        all[name] = known.help;
    return all;
}

Result<Json> StatefulSimulator::operate(const std::string& operation, const Json& arguments) {
    const auto found = operations_.find(operation);
    if (found == operations_.end()) return Simulator::operate(operation, arguments);
    const std::scoped_lock lock(mutex_);
    passTime();
    return found->second.operation(arguments);
}

Json StatefulSimulator::deliveries() const {
    return sender_.log();
}

void StatefulSimulator::reset() {
    faults_->clear();
    limit_->reset();
    sender_.forget();
    const std::scoped_lock lock(mutex_);
    notes_ = Json::array();
    bodies_.clear();
    forget();
}

void StatefulSimulator::stop() {
    {
        const std::scoped_lock lock(mutex_);
        isStopping_ = true;
        stopping_.notify_all();
    }
    if (watching_.joinable()) watching_.join();
    service_.stop();
    sender_.stop();
}

}  // namespace greffe::simulators
