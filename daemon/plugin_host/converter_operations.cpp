// SPDX-License-Identifier: Apache-2.0
// The converters pool: plugins that have programs of others run on documents.
#include "base/json.h"
#include "plugin_host/operations.h"

#include <greffe/capability/preview.h>
#include <greffe/capability/transformer.h>

#include <cstdio>
#include <cstdlib>

namespace greffe {
namespace {

class ConverterOperations final : public Operations {
public:
    explicit ConverterOperations(HostedInstances& instances) : instances_(instances) {}

    CallOutcome run(const CallRequest& request) override {
        CallOutcome outcome = answer(request);
        // Whatever the plugin made of it: this worker can run nothing any more. A new one has a new launcher.
        for (const auto& [name, instance] : instances_)
            if (instance->hasLostPrograms()) {
                std::fprintf(stderr, "greffe worker: the process that starts programs has died\n");
                std::_Exit(1);
            }
        return outcome;
    }

private:
    CallOutcome answer(const CallRequest& request) {
        if (request.operation != "preview" && request.operation != "transform")
            return unknownOperation(request);
        auto mapped = MappedInputs::map(request);
        if (!mapped) return unreadableOutcome(mapped.error());
        return request.operation == "preview" ? preview(request, mapped->views())
                                              : transform(request, mapped->views());
    }

    CallOutcome preview(const CallRequest& request, const std::vector<DocumentView>& views) {
        if (views.size() != 1) return rejectedOutcome(Reason::PluginFault, "a preview is of one document");
        const auto params = parseJson(request.paramsJson);
        if (!params) return rejectedOutcome(Reason::PluginFault, params.error().text());
        CallOutcome problem;
        auto* previewer = findCapability<Preview>(instances_, request, problem);
        if (previewer == nullptr) return problem;
        PreviewRequest wanted;
        wanted.firstPage = numberIn(*params, "first_page", wanted.firstPage);
        wanted.mostPages = numberIn(*params, "most_pages", wanted.mostPages);
        wanted.longestSide = numberIn(*params, "longest_side", wanted.longestSide);
        return recordCall(request,
                          [&](RecordedOutcome& outcome) { previewer->show(views.front(), wanted, outcome); });
    }

    static std::uint32_t numberIn(const Json& params, const char* name, std::uint32_t fallback) {
        const auto number = numberOf(params, name, fallback);
        return number < 0 || number > UINT32_MAX ? fallback : static_cast<std::uint32_t>(number);
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

    HostedInstances& instances_;
};

}  // namespace

std::unique_ptr<Operations> makeConverterOperations(HostedInstances& instances) {
    return std::make_unique<ConverterOperations>(instances);
}

}  // namespace greffe
