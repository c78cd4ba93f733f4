// SPDX-License-Identifier: Apache-2.0
// What a worker of each pool can be asked to do. An operation is a name, an instance, JSON parameters and
// documents; it ends with exactly one outcome, whatever the plugin did short of killing the process.
#pragma once

#include "loader/recorded_outcome.h"
#include "plugin_host/hosted_instance.h"
#include "sys/files.h"
#include "workers/call.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace greffe {

class Operations {
public:
    virtual ~Operations() = default;
    virtual CallOutcome run(const CallRequest& request) = 0;

    // Whether calls that came in one frame may run beside each other: only where the plugins wait for a
    // network and not for a processor.
    virtual bool runsTogether() const { return false; }
    using Answered = std::function<void(const CallRequest& request, CallOutcome outcome)>;
    // All of them; `answered` is called once for each, as they end.
    virtual void runTogether(const std::vector<CallRequest>& requests, const Answered& answered) {
        for (const CallRequest& request : requests)
            answered(request, run(request));
    }
};

using HostedInstances = std::map<std::string, std::unique_ptr<HostedInstance>>;

// One factory a pool. "echo" (answers with its parameters and attachments) is known to every pool: it
// measures the way there and back.
std::unique_ptr<Operations> makeDocumentOperations(HostedInstances& instances);
std::unique_ptr<Operations> makeConverterOperations(HostedInstances& instances);
std::unique_ptr<Operations> makeKeyOperations(HostedInstances& instances);
Result<std::unique_ptr<Operations>> makeLuaOperations(const std::string& modulePath);
// Reads what the instances' wires need (CA files): before the sandbox closes. `cancel` is looked at while
// waiting.
Result<std::unique_ptr<Operations>> makeProviderOperations(HostedInstances& instances, HostCancel& cancel);

// --- what the pools' operations share
// --------------------------------------------------------------------------

CallOutcome rejectedOutcome(Reason reason, std::string explanation);
// Bytes of ours that could not be read: the machine's trouble, which is no word on the document. Tried again.
CallOutcome unreadableOutcome(const Error& error);
CallOutcome doneOutcome(std::string factsJson);
CallOutcome unknownOperation(const CallRequest& request);

// The inputs of a call, mapped, as a plugin sees them. The object must outlive their use.
class MappedInputs {
public:
    MappedInputs() = default;  // of a call without inputs
    static Result<MappedInputs> map(const CallRequest& request);

    const std::vector<DocumentView>& views() const { return views_; }

private:
    std::vector<MappedFile> files_;
    std::vector<DocumentView> views_;
};

// What the plugin said, as an outcome.
CallOutcome toOutcome(CallResult result);

// Runs `use` with a recorder and turns what the plugin said into an outcome.
CallOutcome recordCall(const CallRequest& request, const std::function<void(RecordedOutcome&)>& use);

// The capability of the named instance, or an outcome that says what is missing.
template <class Capability>
Capability* findCapability(HostedInstances& instances, const CallRequest& request, CallOutcome& problem) {
    const auto found = instances.find(request.instance);
    if (found == instances.end()) {
        problem =
            rejectedOutcome(Reason::PluginMissing, "no instance \"" + request.instance + "\" in this worker");
        return nullptr;
    }
    auto* capability = found->second->capability<Capability>();
    if (capability == nullptr)
        problem = rejectedOutcome(Reason::PluginMissing, "plugin " + found->second->plugin().id +
                                                             " does not offer " + Capability::kId);
    return capability;
}

}  // namespace greffe
