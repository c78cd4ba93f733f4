// SPDX-License-Identifier: Apache-2.0
// The documents pool: everything that parses or writes a document.
#include "base/json.h"
#include "plugin_host/manifest.h"
#include "plugin_host/operations.h"
#include "plugin_host/seal_operations.h"

#include <greffe/capability/archiver.h>
#include <greffe/capability/document_handler.h>
#include <greffe/capability/transformer.h>

namespace greffe {
namespace {

class DocumentOperations final : public Operations {
public:
    explicit DocumentOperations(HostedInstances& instances) : instances_(instances) {}

    CallOutcome run(const CallRequest& request) override {
        auto mapped = MappedInputs::map(request);
        if (!mapped) return unreadableOutcome(mapped.error());
        const std::vector<DocumentView>& views = mapped->views();
        const std::string& operation = request.operation;
        if (operation == "transform") return transform(request, views);
        if (operation == "echo") return unknownOperation(request);
        if (operation == "manifest.read")
            return readManifestCall(views.empty() ? std::string_view() : views.front().bytes.view(),
                                    request.paramsJson);
        if (views.empty()) return rejectedOutcome(Reason::PluginFault, "the call has no document");
        if (operation == "inspect" || operation == "validate") return handle(request, views.front());
        if (operation == "seal.prepare") return prepareSeal(instances_, request, views);
        if (operation == "seal.embed") return embedSeal(instances_, request, views);
        if (operation == "archive.build" || operation == "archive.verify") return archive(request, views);
        return unknownOperation(request);
    }

private:
    CallOutcome handle(const CallRequest& request, const DocumentView& document) {
        CallOutcome problem;
        auto* handler = findCapability<DocumentHandler>(instances_, request, problem);
        if (handler == nullptr) return problem;
        return recordCall(request, [&](RecordedOutcome& outcome) {
            if (request.operation == "inspect") {
                handler->inspect(document, outcome);
            } else {
                handler->validate(document, Slice(request.paramsJson), outcome);
            }
        });
    }

    CallOutcome transform(const CallRequest& request, const std::vector<DocumentView>& views) {
        CallOutcome problem;
        auto* transformer = findCapability<Transformer>(instances_, request, problem);
        if (transformer == nullptr) return problem;
        return recordCall(request, [&](RecordedOutcome& outcome) {
            transformer->transform(views.data(), static_cast<std::uint32_t>(views.size()),
                                   Slice(request.paramsJson), outcome);
        });
    }

    CallOutcome archive(const CallRequest& request, const std::vector<DocumentView>& views) {
        CallOutcome problem;
        auto* archiver = findCapability<Archiver>(instances_, request, problem);
        if (archiver == nullptr) return problem;
        if (request.operation == "archive.verify")
            return recordCall(request,
                              [&](RecordedOutcome& outcome) { archiver->verify(views.front(), outcome); });
        auto params = parseJson(request.paramsJson);
        if (!params) return rejectedOutcome(Reason::PluginFault, params.error().text());
        const std::string options = dumpJson(memberOf(*params, "options"));
        const std::string metadata = dumpJson(memberOf(*params, "metadata"));
        return recordCall(request, [&](RecordedOutcome& outcome) {
            archiver->build(Slice(request.key), views.data(), static_cast<std::uint32_t>(views.size()),
                            Slice(metadata), Slice(options), outcome);
        });
    }

    HostedInstances& instances_;
};

}  // namespace

std::unique_ptr<Operations> makeDocumentOperations(HostedInstances& instances) {
    return std::make_unique<DocumentOperations>(instances);
}

}  // namespace greffe
