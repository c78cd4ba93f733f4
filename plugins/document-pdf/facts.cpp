// SPDX-License-Identifier: Apache-2.0
#include "facts.h"

#include "signature_facts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace greffe::document_pdf {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSizesListed = 50;
constexpr std::size_t kPagesListed = 1000;
constexpr std::size_t kFindingsListed = 100;

void record(Outcome& outcome, std::string_view name, const Json& value) {
    // Text from documents was made well-formed before; "replace" is for what was forgotten.
    outcome.fact(name, value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

double tenth(float millimetres) {
    return std::round(static_cast<double>(millimetres) * 10) / 10;
}

Json pageSizes(const PageList& list) {
    struct Group {
        std::size_t count = 0;
        std::size_t first = 0;
    };
    std::map<std::pair<double, double>, Group> groups;
    for (std::size_t i = 0; i < list.pages.size(); ++i) {
        Group& group =
            groups[{tenth(list.pages[i].widthMillimetres), tenth(list.pages[i].heightMillimetres)}];
        if (group.count++ == 0) group.first = i + 1;
    }
    std::vector<std::pair<std::pair<double, double>, Group>> sorted(groups.begin(), groups.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
    Json sizes = Json::array();
    for (const auto& [size, group] : sorted) {
        if (sizes.size() >= kSizesListed) break;
        sizes.push_back({{"width_mm", size.first},
                         {"height_mm", size.second},
                         {"pages", group.count},
                         {"first_page", group.first}});
    }
    return sizes;
}

Json activeContent(const Census& census) {
    Json kinds = Json::array();
    for (const auto& [feature, sight] : census.features)
        if (isActive(feature))
            kinds.push_back(
                {{"kind", featureName(feature)}, {"count", sight.count}, {"objects", sight.objects}});
    return kinds;
}

std::uint32_t countOf(const Census& census, Feature feature) {
    const auto at = census.features.find(feature);
    return at != census.features.end() ? at->second.count : 0;
}

}  // namespace

void recordFacts(const Examination& found, Outcome& outcome) {
    record(outcome, "pages", found.pages.pages.size());
    record(outcome, "page_sizes", pageSizes(found.pages));
    record(outcome, "pdf_version", found.version);
    record(outcome, "encrypted", found.isEncrypted);
    record(outcome, "linearized", found.isLinearized);
    record(outcome, "producer", found.producer);
    record(outcome, "revisions", found.revisions);
    record(outcome, "objects", found.census.reachableCount);
    const Json active = activeContent(found.census);
    record(outcome, "has_active_content", !active.empty());
    record(outcome, "active_content", active);
    record(outcome, "embedded_files", countOf(found.census, Feature::EmbeddedFile));
    record(outcome, "fonts_not_embedded", countOf(found.census, Feature::FontNotEmbedded));
    record(outcome, "hidden_layers", found.hiddenLayers);
    record(outcome, "bytes_before_header", found.bytesBeforeHeader);
    record(outcome, "bytes_behind_end", found.bytesBehindEnd);
    recordSignatureFacts(found.signatures, outcome);
}

void recordFindings(const std::vector<Finding>& findings, Outcome& outcome) {
    Json list = Json::array();
    for (const Finding& finding : findings) {
        if (list.size() >= kFindingsListed) break;
        const auto end =
            finding.pages.begin() + static_cast<std::ptrdiff_t>(std::min(finding.pages.size(), kPagesListed));
        list.push_back({{"code", reasonCode(finding.reason)},
                        {"text", finding.text},
                        {"pages", std::vector<std::uint32_t>(finding.pages.begin(), end)}});
    }
    record(outcome, "findings", list);
}

}  // namespace greffe::document_pdf
