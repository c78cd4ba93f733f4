// SPDX-License-Identifier: Apache-2.0
#include "increment.h"

#include "lexer.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace greffe::pdf {
namespace {

struct Placed {
    Reference id;
    std::uint64_t offset = 0;  // of "N G obj", counted from the base
};

// Calls each(first, begin, end) for every run of consecutive object numbers.
template <class Each>
void forEachRun(const std::vector<Placed>& placed, Each each) {
    for (auto begin = placed.begin(); begin != placed.end();) {
        auto end = begin + 1;
        while (end != placed.end() && end->id.number == (end - 1)->id.number + 1)
            ++end;
        each(begin, end);
        begin = end;
    }
}

std::string tableText(const std::vector<Placed>& placed) {
    std::string text = "xref\n";
    forEachRun(placed, [&](auto begin, auto end) {
        text += std::to_string(begin->id.number) + " " + std::to_string(end - begin) + "\n";
        for (auto at = begin; at != end; ++at) {
            std::array<char, 32> entry{};
            std::snprintf(entry.data(), entry.size(), "%010llu %05u n \n",
                          static_cast<unsigned long long>(at->offset), at->id.generation);
            text += entry.data();
        }
    });
    return text;
}

void appendBigEndian(std::string& bytes, std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i-- > 0;)
        bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
}

// Not compressed: the whole section is a few dozen bytes.
std::string streamText(const std::vector<Placed>& placed, Reference id, std::uint64_t offset,
                       const std::string& keys) {
    const std::size_t width = offset <= 0xFFFF'FFFFU ? 4 : 8;
    std::string data, index;
    forEachRun(placed, [&](auto begin, auto end) {
        index +=
            (index.empty() ? "" : " ") + std::to_string(begin->id.number) + " " + std::to_string(end - begin);
        for (auto at = begin; at != end; ++at) {
            data += '\x01';
            appendBigEndian(data, at->offset, width);
            appendBigEndian(data, at->id.generation, 2);
        }
    });
    return std::to_string(id.number) + " 0 obj\n<</Type/XRef/W[1 " + std::to_string(width) + " 2]/Index[" +
           index + "]" + keys + "/Length " + std::to_string(data.size()) + ">>\nstream\n" + data +
           "\nendstream\nendobj\n";
}

}  // namespace

IncrementPlan continuePlan(const Document& document) {
    const std::string_view file = document.file();
    const XrefChain& xref = document.xref();
    IncrementPlan plan;
    plan.fileBytes = file.size();
    plan.endsWithNewLine = file.back() == '\n' || file.back() == '\r';
    plan.base = xref.base();
    plan.asStream = xref.sections().front().kind == SectionKind::Stream;
    plan.previousXref = xref.sections().front().offset;
    plan.nextNumber = xref.nextNumber();
    for (const char* key : {"Root", "Info", "ID", "Encrypt"})
        if (const Value value = xref.trailer(key))
            plan.trailerKeys += "/" + std::string(key) + " " + std::string(value.bytes());
    return plan;
}

Increment writeIncrement(const IncrementPlan& plan) {
    Increment result;
    std::string& tail = result.tail;
    if (!plan.endsWithNewLine) tail += '\n';
    std::vector<Placed> placed;
    const auto here = [&] { return plan.fileBytes + tail.size(); };
    for (const PlannedObject& object : plan.objects) {
        placed.push_back({object.id, here() - plan.base});
        tail += std::to_string(object.id.number) + " " + std::to_string(object.id.generation) + " obj\n";
        result.bytesOffsets.push_back(here());
        tail += object.bytes;
        tail += "\nendobj\n";
    }
    const std::uint64_t xrefOffset = here() - plan.base;
    const Reference streamId{plan.nextNumber, 0};
    if (plan.asStream) placed.push_back({streamId, xrefOffset});
    std::sort(placed.begin(), placed.end(),
              [](const Placed& a, const Placed& b) { return a.id.number < b.id.number; });
    const std::string keys = "/Size " + std::to_string(plan.nextNumber + (plan.asStream ? 1 : 0)) + "/Prev " +
                             std::to_string(plan.previousXref) + plan.trailerKeys;
    if (plan.asStream)
        tail += streamText(placed, streamId, xrefOffset, keys);
    else
        tail += tableText(placed) + "trailer\n<<" + keys + ">>\n";
    tail += "startxref\n" + std::to_string(xrefOffset) + "\n%%EOF\n";
    return result;
}

}  // namespace greffe::pdf
