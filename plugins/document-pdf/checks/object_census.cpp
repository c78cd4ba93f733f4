// SPDX-License-Identifier: Apache-2.0
#include "object_census.h"

#include "pdf/lexer.h"
#include "pdf/stream.h"
#include "stream_check.h"

#include <algorithm>
#include <utility>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Document;
using pdf::Expected;
using pdf::Nothing;
using pdf::Object;
using pdf::Refusal;
using pdf::Value;

constexpr std::size_t kNamedObjects = 20;   // how many of a kind are named in findings
constexpr std::size_t kDamagedKept = 1000;  // parse errors kept until it is known which ones matter

class CensusTaker {
public:
    CensusTaker(Document& document, Patience& patience, const CensusLimits& limits)
        : document_(document),
          patience_(patience),
          limits_(limits),
          graph_(document.xref()),
          isStream_(graph_.size()) {}

    Expected<Census> take();

private:
    Check readObject(std::uint32_t rank);
    Check walk(const Value& value, std::uint32_t rank, bool isStream);
    Check chargeReading(std::uint64_t bytes);
    std::uint64_t costOfFailure(std::uint32_t number) const;
    std::vector<std::uint32_t> roots() const;
    Check checkStreams(Census& census);
    void keepFeatures(Census& census) const;
    void noteDamage(Census& census, std::uint32_t rank, const Refusal& refusal) const;

    Document& document_;
    Patience& patience_;
    const CensusLimits& limits_;
    ObjectGraph graph_;
    std::vector<bool> isStream_, isDescriptorWithProgram_;
    std::vector<std::pair<std::uint32_t, Feature>> found_;
    std::vector<std::pair<std::uint32_t, pdf::Reference>> fonts_;
    std::vector<std::pair<std::uint32_t, Refusal>> damaged_;
    std::uint64_t bytesRead_ = 0;
};

// Objects stand beside each other, so reading all of them reads each byte once. The room above that is for
// object streams and for the many broken entries of an old file.
Check CensusTaker::chargeReading(std::uint64_t bytes) {
    bytesRead_ += bytes;
    const std::uint64_t most =
        2 * std::uint64_t{document_.file().size()} + document_.limits().maxDecodedTotalBytes;
    if (bytesRead_ > most) return pdf::limitExceeded("the objects lie inside each other");
    return Nothing{};
}

// What a failed parse read is not known: everything up to the cap, unless no object begins there at all.
std::uint64_t CensusTaker::costOfFailure(std::uint32_t number) const {
    const pdf::XrefEntry* entry = document_.xref().find(number);
    const std::string_view file = document_.file().substr(document_.xref().base());
    if (entry == nullptr || entry->kind != pdf::EntryKind::InFile || entry->place >= file.size()) return 0;
    pdf::Lexer lexer(file, entry->place);
    lexer.next();
    lexer.next();
    if (!lexer.isWord(lexer.next(), "obj")) return 0;
    return std::min<std::uint64_t>(file.size() - entry->place, document_.limits().maxObjectBytes);
}

Check CensusTaker::walk(const Value& value, std::uint32_t rank, bool isStream) {
    if (value.isReference()) {
        const auto target = graph_.rankOf(value.reference());
        if (!target) return Nothing{};
        if (graph_.edgeCount() >= limits_.maxReferences)
            return pdf::limitExceeded("the file has more than " + std::to_string(limits_.maxReferences) +
                                      " references");
        graph_.addEdge(*target);
        return Nothing{};
    }
    if (value.isDict()) {
        DictFeatures features;
        GREFFE_PDF_TRY(readFeatures(document_, value, isStream, features));
        for (const Feature feature : features.found)
            found_.emplace_back(rank, feature);
        for (const FontNeedsDescriptor& font : features.fonts)
            fonts_.emplace_back(rank, font.descriptor);
        for (Value key = value.firstChild(); key; key = key.nextSibling().nextSibling())
            GREFFE_PDF_TRY(walk(key.nextSibling(), rank, false));
    } else if (value.isArray()) {
        for (Value item = value.firstChild(); item; item = item.nextSibling())
            GREFFE_PDF_TRY(walk(item, rank, false));
    }
    return Nothing{};
}

Check CensusTaker::readObject(std::uint32_t rank) {
    const ObjectGraph::Node& node = graph_.node(rank);
    if (node.isFree) return Nothing{};
    auto object = document_.readAside({node.number, node.generation});
    if (!object) {
        GREFFE_PDF_TRY(chargeReading(costOfFailure(node.number)));
        if (damaged_.size() < kDamagedKept) damaged_.emplace_back(rank, object.refusal());
        return Nothing{};
    }
    const Object& read = **object;
    GREFFE_PDF_TRY(chargeReading(read.tree->end() - read.root().begin()));
    const bool isStream = !read.isInObjectStream && pdf::isStreamAt(read.source, read.tree->end());
    isStream_[rank] = isStream;
    if (hasFontProgram(read.root())) isDescriptorWithProgram_[rank] = true;
    if (auto walked = walk(read.root(), rank, isStream); !walked) {
        if (walked.refusal().reason == Reason::LimitExceeded) return walked;
        if (damaged_.size() < kDamagedKept) damaged_.emplace_back(rank, walked.refusal());
    }
    return Nothing{};
}

std::vector<std::uint32_t> CensusTaker::roots() const {
    std::vector<std::uint32_t> ranks;
    for (const std::string_view key : {"Root", "Info", "Encrypt"}) {
        const Value value = document_.xref().trailer(key);
        if (!value.isReference()) continue;
        if (const auto rank = graph_.rankOf(value.reference())) ranks.push_back(*rank);
    }
    return ranks;
}

void CensusTaker::noteDamage(Census& census, std::uint32_t rank, const Refusal& refusal) const {
    ++census.damagedCount;
    if (census.damaged.size() < kNamedObjects) census.damaged.push_back({graph_.node(rank).number, refusal});
}

Check CensusTaker::checkStreams(Census& census) {
    std::uint64_t decoded = 0;
    for (std::uint32_t rank = 0; rank < graph_.size(); ++rank) {
        if (!isStream_[rank] || !census.isReachable[rank]) continue;
        GREFFE_PDF_TRY(patience_.step(rank, graph_.size()));
        const ObjectGraph::Node& node = graph_.node(rank);
        GREFFE_PDF_ASSIGN(const auto object, document_.readAside({node.number, node.generation}));
        auto checked = checkStream(document_, *object, limits_.maxDecodedBytes, decoded);
        if (checked) continue;
        if (checked.refusal().reason != Reason::Malformed)
            return Refusal{checked.refusal().reason,
                           "object " + std::to_string(node.number) + ": " + checked.refusal().text};
        noteDamage(census, rank, checked.refusal());
    }
    return Nothing{};
}

void CensusTaker::keepFeatures(Census& census) const {
    const auto add = [&](std::uint32_t rank, Feature feature) {
        if (!census.isReachable[rank]) return;
        FeatureSight& sight = census.features[feature];
        ++sight.count;
        const std::uint32_t number = graph_.node(rank).number;
        if (sight.objects.size() < kNamedObjects && (sight.objects.empty() || sight.objects.back() != number))
            sight.objects.push_back(number);
    };
    for (const auto& [rank, feature] : found_)
        add(rank, feature);
    for (const auto& [rank, reference] : fonts_) {
        const auto descriptor = graph_.rankOf(reference);
        if (!descriptor || !isDescriptorWithProgram_[*descriptor]) add(rank, Feature::FontNotEmbedded);
    }
}

Expected<Census> CensusTaker::take() {
    isDescriptorWithProgram_.resize(graph_.size());
    for (std::uint32_t rank = 0; rank < graph_.size(); ++rank) {
        GREFFE_PDF_TRY(patience_.step(rank, graph_.size()));
        GREFFE_PDF_TRY(readObject(rank));
        graph_.closeNode();
    }
    Census census;
    census.isReachable = graph_.reachableFrom(roots());
    // A reference to a freed object is one to null: it is followed, because of earlier revisions, not
    // counted.
    for (std::uint32_t rank = 0; rank < graph_.size(); ++rank)
        census.reachableCount += census.isReachable[rank] && !graph_.node(rank).isFree ? 1 : 0;
    for (const auto& [rank, refusal] : damaged_)
        if (census.isReachable[rank]) noteDamage(census, rank, refusal);
    keepFeatures(census);
    GREFFE_PDF_TRY(checkStreams(census));
    census.graph = std::move(graph_);
    return census;
}

}  // namespace

Expected<Census> takeCensus(Document& document, Patience& patience, const CensusLimits& limits) {
    return CensusTaker(document, patience, limits).take();
}

}  // namespace greffe::document_pdf
