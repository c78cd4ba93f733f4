// SPDX-License-Identifier: Apache-2.0
#include "conformance/operation_run.h"

#include <greffe/capability/archiver.h>
#include <greffe/capability/document_handler.h>
#include <greffe/capability/preview.h>
#include <greffe/capability/transformer.h>

#include <fmt/format.h>

namespace greffe::conformance {
namespace {

constexpr std::size_t kProbeBytes = 4096;

Slice paramsOf(const CallInput& input, std::string_view ordinary) {
    return input.params.empty() ? Slice(ordinary) : Slice(input.params);
}

void probeDocument(PluginInstance& instance, const CallInput& input, CallTrace& trace) {
    Sample first = *input.document;
    first.bytes.resize(std::min(first.bytes.size(), kProbeBytes));
    const ExactDocument document(first);
    const std::uint32_t sure = instance.capability<DocumentHandler>()->probe(document.view().bytes);
    trace.result.verdict = Verdict::Done;
    trace.produced = fmt::format("probe {}\n", sure);
    if (sure <= 100) return;
    trace.problemRule = "PROBE-1";
    trace.problem = fmt::format("probe answered {}", sure);
}

void build(PluginInstance& instance, const CallInput& input, CallTrace& trace) {
    const ExactDocument document(*input.document);
    traceCall(input, trace, [&](RecordedOutcome& outcome) {
        instance.capability<Archiver>()->build("dossier-1/step/keep", &document.view(), 1,
                                               R"({"type":"D","parties":[]})", paramsOf(input, "{}"),
                                               outcome);
    });
}

}  // namespace

std::vector<Operation> documentOperations(const PluginMetadata& plugin) {
    using Kind = Operation::Kind;
    std::vector<Operation> operations;
    if (plugin.offers(DocumentHandler::kId)) {
        operations.push_back({"document-handler/1 probe", Kind::Pure, true, false, probeDocument});
        operations.push_back({"document-handler/1 inspect", Kind::Pure, true, false,
                              [](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                                  const ExactDocument document(*input.document);
                                  traceCall(input, trace, [&](RecordedOutcome& outcome) {
                                      instance.capability<DocumentHandler>()->inspect(document.view(),
                                                                                      outcome);
                                  });
                              }});
        operations.push_back({"document-handler/1 validate", Kind::Pure, true, false,
                              [](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                                  const ExactDocument document(*input.document);
                                  traceCall(input, trace, [&](RecordedOutcome& outcome) {
                                      instance.capability<DocumentHandler>()->validate(
                                          document.view(), paramsOf(input, "{}"), outcome);
                                  });
                              }});
    }
    if (plugin.offers(Transformer::kId))
        operations.push_back({"transformer/1 transform", Kind::Pure, true, false,
                              [](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                                  const ExactDocument document(*input.document);
                                  traceCall(input, trace, [&](RecordedOutcome& outcome) {
                                      instance.capability<Transformer>()->transform(
                                          &document.view(), 1, paramsOf(input, "{}"), outcome);
                                  });
                              }});
    if (plugin.offers(Preview::kId))
        operations.push_back({"preview/1 show", Kind::Pure, true, false,
                              [](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                                  const ExactDocument document(*input.document);
                                  traceCall(input, trace, [&](RecordedOutcome& outcome) {
                                      PreviewRequest request;
                                      request.mostPages = 3;
                                      request.longestSide = 200;
                                      instance.capability<Preview>()->show(document.view(), request, outcome);
                                  });
                              }});
    if (plugin.offers(Archiver::kId)) {
        operations.push_back({"archiver/1 build", Kind::Pure, true, false, build});
        operations.push_back({"archiver/1 verify", Kind::Pure, true, false,
                              [](PluginInstance& instance, const CallInput& input, CallTrace& trace) {
                                  const ExactDocument container(*input.document);
                                  traceCall(input, trace, [&](RecordedOutcome& outcome) {
                                      instance.capability<Archiver>()->verify(container.view(), outcome);
                                  });
                              }});
    }
    return operations;
}

}  // namespace greffe::conformance
