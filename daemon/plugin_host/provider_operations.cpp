// SPDX-License-Identifier: Apache-2.0
// The providers pool: what talks to the network.
//
//   stamp        attachments: imprint, nonce                  facts: the authority's; attachment: token
//   notify.send  params: the message of notifier.h; inputs: its attachments    facts: what the notifier
//   recorded health       no params                                     done when the service answers
//   sign.…       signature_operations.h
#include "base/json.h"
#include "plugin_host/exchange_run.h"
#include "plugin_host/intake_operations.h"
#include "plugin_host/operations.h"
#include "plugin_host/signature_operations.h"

#include <greffe/capability/notifier.h>
#include <greffe/capability/signature_provider.h>
#include <greffe/capability/timestamp_authority.h>

#include <fmt/format.h>

#include <list>
#include <optional>

namespace greffe {
namespace {

constexpr auto kPollEvery = std::chrono::milliseconds(100);  // how late a cancellation may be seen
constexpr std::uint64_t kMaxTokenBytes = 64U << 10U;

// A time-stamp token is small and goes into a seal: it travels beside the answer, as a CMS does.
CallOutcome withTokenAttached(CallOutcome outcome) {
    if (outcome.verdict != Verdict::Done) return outcome;
    if (outcome.artifacts.size() != 1 || outcome.artifacts.front().name != "token" ||
        outcome.artifacts.front().sizeBytes > kMaxTokenBytes)
        return rejectedOutcome(Reason::PluginFault, "a time-stamp without its token, or with more than that");
    auto file = MappedFile::map(outcome.artifacts.front().fd->get(), 0, outcome.artifacts.front().sizeBytes);
    if (!file) return unreadableOutcome(file.error());
    outcome.attachments.push_back({"token", std::string(file->bytes())});
    outcome.artifacts.clear();
    return outcome;
}

class ProviderOperations final : public Operations {
public:
    ProviderOperations(HostedInstances& instances, HostCancel& cancel)
        : instances_(instances), cancel_(cancel) {}

    Status openWires() {
        for (const auto& [name, instance] : instances_) {
            const PluginMetadata& plugin = instance->plugin();
            if (!plugin.offers(TimestampAuthority::kId) && !plugin.offers(EventNotifier::kId) &&
                !plugin.offers(SignatureProvider::kId))
                continue;
            auto settings = WireSettings::read(instance->setup().hostOptionsJson,
                                               instance->setup().optionsJson, plugin.optionsSchema);
            if (!settings)
                return makeError(settings.error().code,
                                 fmt::format("instance \"{}\": {}", name, settings.error().message),
                                 settings.error().advice);
            GREFFE_TRY_ASSIGN(auto wire, HttpWire::open(std::move(*settings), instance->secrets()));
            wires_.emplace(name, std::move(wire));
        }
        return {};
    }

    CallOutcome run(const CallRequest& request) override {
        CallOutcome outcome;
        runTogether({request}, [&](const CallRequest&, CallOutcome given) { outcome = std::move(given); });
        return outcome;
    }

    // A time-stamp takes a hundred milliseconds of waiting: sixteen of them take as long as one.
    bool runsTogether() const override { return true; }
    void runTogether(const std::vector<CallRequest>& requests, const Answered& answered) override {
        std::list<Flight> flights;
        for (const CallRequest& request : requests)
            if (auto outcome = begin(request, flights)) answered(request, std::move(*outcome));
        while (!flights.empty()) {
            for (auto flight = flights.begin(); flight != flights.end();) {
                if (!flight->run.isOver()) {
                    ++flight;
                    continue;
                }
                CallOutcome outcome = toOutcome(flight->run.take());
                if (flight->request.operation == "stamp") outcome = withTokenAttached(std::move(outcome));
                const CallRequest& request = flight->request;
                flight = flights.erase(flight);
                answered(request, std::move(outcome));
            }
            pollWires();
        }
    }

private:
    struct Flight {
        Flight(const CallRequest& call, HttpWire& wire, HttpExchange* exchange, OutcomeLimits limits,
               std::uint32_t mostRequests, MappedInputs mapped)
            : request(call), inputs(std::move(mapped)), run(wire, exchange, limits, mostRequests) {}
        const CallRequest& request;
        const MappedInputs inputs;  // the exchange reads documents until it is over
        ExchangeRun run;
    };

    // Waits a moment for whatever is in flight; when the call's deadline passed, ends it with the fault that
    // is true of it, and the plugins say what that means.
    void pollWires() {
        for (auto& [name, wire] : wires_) {
            if (wire->inFlight() == 0) continue;
            if (cancel_.isCancelled()) wire->interrupt("the call's deadline passed");
            wire->poll(kPollEvery);
        }
    }

    // The outcome at once, or a flight.
    std::optional<CallOutcome> begin(const CallRequest& request, std::list<Flight>& flights) {
        if (request.operation == "stamp") return beginStamp(request, flights);
        if (request.operation == "notify.send") return beginNotify(request, flights);
        if (request.operation == "intake.fetch") {
            CallOutcome problem;
            auto* intake = findCapability<Intake>(instances_, request, problem);
            return intake != nullptr ? fetchFromQueue(*intake, request) : problem;
        }
        if (request.operation == "health") return beginHealth(request, flights);
        if (request.operation == kReadSignatureEvent) {
            CallOutcome problem;
            auto* provider = findCapability<SignatureProvider>(instances_, request, problem);
            return provider != nullptr ? readSignatureEvent(*provider, request) : problem;
        }
        if (isSignatureExchange(request.operation)) return beginSignature(request, flights);
        return unknownOperation(request);
    }

    std::nullopt_t fly(const CallRequest& request, HttpExchange* exchange, std::list<Flight>& flights,
                       MappedInputs inputs = {}, std::uint32_t mostRequests = ExchangeRun::kMostRequests) {
        OutcomeLimits limits;
        limits.inputs = static_cast<std::uint32_t>(request.inputs.size());
        flights.emplace_back(request, *wires_.at(request.instance), exchange, limits, mostRequests,
                             std::move(inputs));
        return std::nullopt;
    }

    std::optional<CallOutcome> beginSignature(const CallRequest& request, std::list<Flight>& flights) {
        CallOutcome problem;
        auto mapped = mapUnchanged(request, "document", problem);
        if (!mapped) return problem;
        auto* provider = findCapability<SignatureProvider>(instances_, request, problem);
        if (provider == nullptr) return problem;
        // The mapped bytes stay where they are when their owner is moved.
        HttpExchange* const exchange = signatureExchange(*provider, request, mapped->views());
        return fly(request, exchange, flights, std::move(*mapped), mostRequestsOf(request));
    }

    // Once more, here: what leaves the house cannot be called back.
    static std::optional<MappedInputs> mapUnchanged(const CallRequest& request, std::string_view what,
                                                    CallOutcome& problem) {
        auto mapped = MappedInputs::map(request);
        if (!mapped) {
            problem = unreadableOutcome(mapped.error());
            return std::nullopt;
        }
        for (std::size_t i = 0; i < request.inputs.size(); ++i)
            if (sha256(mapped->views()[i].bytes) != request.inputs[i].sha256) {
                problem = rejectedOutcome(Reason::BytesLost,
                                          fmt::format("{} {} is not what the journal says it is", what, i));
                return std::nullopt;
            }
        return std::move(*mapped);
    }

    std::optional<CallOutcome> beginStamp(const CallRequest& request, std::list<Flight>& flights) {
        CallOutcome problem;
        auto* authority = findCapability<TimestampAuthority>(instances_, request, problem);
        if (authority == nullptr) return problem;
        const std::string_view imprint = attachmentOf(request.attachments, "imprint");
        const std::string_view nonce = attachmentOf(request.attachments, "nonce");
        if (imprint.size() != 32 || nonce.size() != 8)
            return rejectedOutcome(Reason::PluginFault, "stamp: no imprint of 32 bytes, or no nonce of 8");
        return fly(request,
                   authority->stamp(reinterpret_cast<const unsigned char*>(imprint.data()),
                                    reinterpret_cast<const unsigned char*>(nonce.data())),
                   flights);
    }

    std::optional<CallOutcome> beginNotify(const CallRequest& request, std::list<Flight>& flights) {
        CallOutcome problem;
        const auto mapped = mapUnchanged(request, "attachment", problem);
        if (!mapped) return problem;
        if (auto* notifier = findCapability<Notifier>(instances_, request, problem))
            return recordCall(request, [&](RecordedOutcome& outcome) {
                notifier->send(Slice(request.key), Slice(request.paramsJson), mapped->views().data(),
                               static_cast<std::uint32_t>(mapped->views().size()), outcome);
            });
        auto* events = findCapability<EventNotifier>(instances_, request, problem);
        if (events == nullptr) return problem;
        return fly(request, events->send(Slice(request.key), Slice(request.paramsJson)), flights);
    }

    std::optional<CallOutcome> beginHealth(const CallRequest& request, std::list<Flight>& flights) {
        CallOutcome problem;
        if (auto* authority = findCapability<TimestampAuthority>(instances_, request, problem))
            return fly(request, authority->health(), flights);
        if (auto* provider = findCapability<SignatureProvider>(instances_, request, problem))
            return fly(request, provider->health(), flights);
        if (auto* notifier = findCapability<Notifier>(instances_, request, problem))
            return recordCall(request, [&](RecordedOutcome& outcome) { notifier->health(outcome); });
        if (findCapability<EventNotifier>(instances_, request, problem) == nullptr) return problem;
        return probe(*wires_.at(request.instance));
    }

    // An event's receiver cannot be asked anything without telling it something: a connection must do.
    CallOutcome probe(HttpWire& wire) {
        CallOutcome outcome = doneOutcome("{}");
        for (const Endpoint& endpoint : wire.settings().endpoints) {
            bool isAnswered = false;
            const Status started = wire.startProbe(endpoint, [&](WireAnswer answer) {
                isAnswered = true;
                if (answer.fault == HttpFault::None) return;
                outcome.verdict = Verdict::RetryLater;
                outcome.reason = Reason::ProviderUnavailable;
                outcome.explanation = fmt::format("{}: {}", endpoint.text(), answer.faultText);
            });
            if (!started) return rejectedOutcome(Reason::ConfigurationError, started.error().text());
            while (!isAnswered)
                pollWires();
        }
        return outcome;
    }

    HostedInstances& instances_;
    HostCancel& cancel_;
    std::map<std::string, std::unique_ptr<HttpWire>> wires_;
};

}  // namespace

Result<std::unique_ptr<Operations>> makeProviderOperations(HostedInstances& instances, HostCancel& cancel) {
    auto operations = std::make_unique<ProviderOperations>(instances, cancel);
    GREFFE_TRY(operations->openWires());
    return std::unique_ptr<Operations>(std::move(operations));
}

}  // namespace greffe
