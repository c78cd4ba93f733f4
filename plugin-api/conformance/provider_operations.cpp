// SPDX-License-Identifier: Apache-2.0
#include "conformance/operation_run.h"

#include <greffe/capability/intake.h>
#include <greffe/capability/notifier.h>
#include <greffe/capability/signature_provider.h>
#include <greffe/capability/timestamp_authority.h>

namespace greffe::conformance {
namespace {

constexpr std::string_view kKey = "01J0000000000000000000000K/tell/1";
constexpr std::string_view kMessage =
    R"({"message_id":"<01J0.tell@greffe.example>","to":[{"name":"A","address":"a@example.org"}],"subject":"Hello",)"
    R"("text":"Hello.","language":"en","dossier":"01J0000000000000000000000K","step":"tell","attachments":[]})";

constexpr std::string_view kRequest =
    R"({"external_id":"01J0000000000000000000000K-0123456789ab","name":"A lease","level":"simple","language":"en",)"
    R"("ordered":false,"may_decline":true,"delivery":"provider","expires_unix":null,"reminders":null,"note":null,)"
    R"("documents":[{"name":"lease.pdf"}],"signers":[{"id":"tenant-1","first_name":"Anne","last_name":"Le Goff",)"
    R"("email":"anne@example.org","phone":null,"language":"en","authentication":"email","fields":[{"document":0,)"
    R"("page":1,"x":70,"y":580,"width":120,"height":50}]}]})";
constexpr std::string_view kSent =
    R"({"remote_id":"r-1","status":"waiting","signers":[{"id":"tenant-1","remote_id":"s-1","status":"notified"}],)"
    R"("documents":[{"name":"lease.pdf"}]})";

class Items final : public IntakeItems {
public:
    ByteSink* item(Slice, Slice) noexcept override { return &sink_; }

private:
    CollectingSink sink_{1U << 20U};
};

Operation exchange(std::string name, Operation::Kind kind, bool isAnswerRead,
                   std::function<HttpExchange*(PluginInstance&, const CallInput&)> begin) {
    return {std::move(name), kind, false, isAnswerRead,
            [begin = std::move(begin)](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                traceExchange(begin(instance, input), input, trace);
            }};
}

Operation blocking(std::string name,
                   std::function<void(PluginInstance&, const CallInput&, RecordedOutcome&)> call) {
    return {std::move(name), Operation::Kind::Blocking, false, false,
            [call = std::move(call)](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                traceCall(input, trace, [&](RecordedOutcome& outcome) { call(instance, input, outcome); });
            }};
}

Slice messageOf(const CallInput& input) {
    return input.params.empty() ? Slice(kMessage) : Slice(input.params);
}

}  // namespace

std::vector<Operation> providerOperations(const PluginMetadata& plugin) {
    std::vector<Operation> operations;
    if (plugin.offers(TimestampAuthority::kId)) {
        operations.push_back(exchange("timestamp-authority/1 stamp", Operation::Kind::Keyed, true,
                                      [](PluginInstance& instance, const CallInput&) {
                                          const unsigned char imprint[32] = {7};
                                          const unsigned char nonce[8] = {9};
                                          return instance.capability<TimestampAuthority>()->stamp(imprint,
                                                                                                  nonce);
                                      }));
        operations.push_back(exchange("timestamp-authority/1 health", Operation::Kind::Unkeyed, false,
                                      [](PluginInstance& instance, const CallInput&) {
                                          return instance.capability<TimestampAuthority>()->health();
                                      }));
    }
    if (plugin.offers(EventNotifier::kId))
        operations.push_back(exchange("event-notifier/1 send", Operation::Kind::Keyed, false,
                                      [](PluginInstance& instance, const CallInput& input) {
                                          return instance.capability<EventNotifier>()->send(kKey,
                                                                                            messageOf(input));
                                      }));
    if (plugin.offers(Notifier::kId)) {
        operations.push_back(blocking("notifier/1 send", [](PluginInstance& instance, const CallInput& input,
                                                            RecordedOutcome& outcome) {
            instance.capability<Notifier>()->send(kKey, messageOf(input), nullptr, 0, outcome);
        }));
        operations.push_back(blocking(
            "notifier/1 health", [](PluginInstance& instance, const CallInput&, RecordedOutcome& outcome) {
                instance.capability<Notifier>()->health(outcome);
            }));
    }
    if (plugin.offers(SignatureProvider::kId)) {
        // The documents of a request outlive its exchange: here they outlive the process's work.
        static const std::string bytes = "%PDF-1.4\n%%EOF\n";
        operations.push_back(exchange("signature-provider/1 send", Operation::Kind::Keyed, true,
                                      [](PluginInstance& instance, const CallInput&) {
                                          static DocumentView document;
                                          document.name = "lease.pdf";
                                          document.mediaType = "application/pdf";
                                          document.bytes = Slice(bytes);
                                          return instance.capability<SignatureProvider>()->send(
                                              Slice(kRequest), &document, 1);
                                      }));
        using Ask = HttpExchange* (*)(SignatureProvider&);
        const auto add = [&](const char* name, bool isAnswerRead, Ask ask) {
            operations.push_back(exchange(std::string("signature-provider/1 ") + name,
                                          Operation::Kind::Unkeyed, isAnswerRead,
                                          [ask](PluginInstance& instance, const CallInput&) {
                                              return ask(*instance.capability<SignatureProvider>());
                                          }));
        };
        add("status", true, [](SignatureProvider& provider) { return provider.status(Slice(kSent)); });
        add("fetch", true, [](SignatureProvider& provider) { return provider.fetch(Slice(kSent)); });
        add("cancel", false,
            [](SignatureProvider& provider) { return provider.cancel(Slice(kSent), "too late"); });
        add("health", false, [](SignatureProvider& provider) { return provider.health(); });
        // It came from nobody: to say "done" would be to believe it.
        operations.push_back(
            blocking("signature-provider/1 readEvent",
                     [](PluginInstance& instance, const CallInput& input, RecordedOutcome& outcome) {
                         instance.capability<SignatureProvider>()->readEvent(
                             "content-type: application/json\n",
                             input.params.empty() ? Slice("{}") : Slice(input.params), outcome);
                     }));
    }
    if (plugin.offers(Intake::kId))
        operations.push_back(blocking(
            "intake/1 fetch", [](PluginInstance& instance, const CallInput&, RecordedOutcome& outcome) {
                Items items;
                instance.capability<Intake>()->fetch(4, 100, items, outcome);
            }));
    return operations;
}

}  // namespace greffe::conformance
