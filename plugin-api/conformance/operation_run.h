// SPDX-License-Identifier: Apache-2.0
// What the entries of operations.h share; private to the kit.
#pragma once

#include "conformance/operations.h"

#include <greffe/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::conformance {

// A copy of the bytes that ends at its last one: under ASan, reading past a document is found.
class ExactDocument {
public:
    explicit ExactDocument(const Sample& sample, std::uint32_t index = 0);
    const DocumentView& view() const { return view_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::string name_, mediaType_;
    DocumentView view_;
};

// Results beside the outcome: a seal's tail, a signature.
class CollectingSink final : public ByteSink {
public:
    explicit CollectingSink(std::uint64_t maxBytes) : maxBytes_(maxBytes) {}
    bool write(Slice bytes) noexcept override;
    const std::string& text() const { return text_; }
    bool isRefused() const { return isRefused_; }

private:
    std::uint64_t maxBytes_;
    std::string text_;
    bool isRefused_ = false;
};

// Runs `use` with a recorder and puts everything that came out into the trace. `extra`, when given, is filled
// by use and belongs to the result.
void traceCall(const CallInput& input, CallTrace& trace, const std::function<void(RecordedOutcome&)>& use,
               const CollectingSink* extra = nullptr);

// Drives an exchange to its end, or to the step limit. A null exchange is a problem of rule HTTP-1.
void traceExchange(HttpExchange* exchange, const CallInput& input, CallTrace& trace);

std::vector<Operation> documentOperations(const PluginMetadata& plugin);
std::vector<Operation> sealOperations(const PluginMetadata& plugin);
std::vector<Operation> providerOperations(const PluginMetadata& plugin);

}  // namespace greffe::conformance
