// SPDX-License-Identifier: Apache-2.0
#include "page_list.h"

#include "pdf/page_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <unordered_set>

namespace greffe::document_pdf {
namespace {

using pdf::Box;
using pdf::Check;
using pdf::Document;
using pdf::Expected;
using pdf::malformed;
using pdf::Nothing;
using pdf::Object;
using pdf::Value;

constexpr double kMillimetresPerPoint = 25.4 / 72;

// What a page takes from the nodes above it (ISO 32000-2, 7.7.3.4).
struct Inherited {
    std::optional<Box> media, crop;
    std::int64_t rotate = 0;
};

class PageWalk {
public:
    explicit PageWalk(Document& document) : document_(document) {}

    Check walk(const Value& node, const Inherited& above, std::uint32_t depth);
    PageList take() { return std::move(list_); }

private:
    Expected<std::unique_ptr<Object>> readNode(Value node);
    Expected<std::optional<Box>> box(const Value& dict, std::string_view key);
    Check addPage(const Value& dict, const Inherited& inherited);
    Check checkCount(const Value& dict, std::uint32_t number, std::size_t leaves);
    void fault(std::string text);

    Document& document_;
    PageList list_;
    std::unordered_set<std::uint32_t> visited_;
};

void PageWalk::fault(std::string text) {
    pdf::Refusal refusal = malformed(std::move(text));
    if (std::find(list_.faults.begin(), list_.faults.end(), refusal) == list_.faults.end())
        list_.faults.push_back(std::move(refusal));
}

Expected<std::unique_ptr<Object>> PageWalk::readNode(Value node) {
    std::unique_ptr<Object> object;
    for (std::uint32_t hops = 0; node.isReference(); ++hops) {
        if (hops > document_.limits().maxReferenceHops)
            return malformed("references point at each other in a circle");
        GREFFE_PDF_ASSIGN(auto next, document_.readAside(node.reference()));
        object = std::move(next);
        if (!object) return object;
        node = object->root();
    }
    return object;
}

Expected<std::optional<Box>> PageWalk::box(const Value& dict, std::string_view key) {
    GREFFE_PDF_ASSIGN(const Value array, document_.get(dict, key));
    std::array<double, 4> corners{};
    Value next = array.firstChild();
    for (double& corner : corners) {
        GREFFE_PDF_ASSIGN(const Value number, document_.resolve(next));
        if (!number.number() || !std::isfinite(*number.number())) return std::optional<Box>();
        corner = *number.number();
        next = next.nextSibling();
    }
    return std::optional<Box>(Box{std::min(corners[0], corners[2]), std::min(corners[1], corners[3]),
                                  std::max(corners[0], corners[2]), std::max(corners[1], corners[3])});
}

Check PageWalk::addPage(const Value& dict, const Inherited& inherited) {
    Box visible = inherited.media.value_or(Box{0, 0, 612, 792});  // what readers take when a page has none
    if (inherited.crop) {
        const Box& crop = *inherited.crop;
        const Box cut{std::max(visible.left, crop.left), std::max(visible.bottom, crop.bottom),
                      std::min(visible.right, crop.right), std::min(visible.top, crop.top)};
        if (cut.width() > 0 && cut.height() > 0) visible = cut;
    }
    GREFFE_PDF_ASSIGN(const Value unit, document_.get(dict, "UserUnit"));
    double scale = kMillimetresPerPoint;
    if (unit.number() && *unit.number() > 0 && std::isfinite(*unit.number())) scale *= *unit.number();
    auto width = static_cast<float>(visible.width() * scale);
    auto height = static_cast<float>(visible.height() * scale);
    if (inherited.rotate % 180 != 0 && inherited.rotate % 90 == 0) std::swap(width, height);
    list_.pages.push_back({width, height});
    return Nothing{};
}

// Readers that believe /Count show another number of pages than readers that count.
Check PageWalk::checkCount(const Value& dict, std::uint32_t number, std::size_t leaves) {
    GREFFE_PDF_ASSIGN(const Value count, document_.get(dict, "Count"));
    const auto claimed = count.integer();
    if (claimed && *claimed == static_cast<std::int64_t>(leaves)) return Nothing{};
    fault("object " + std::to_string(number) + " of the page tree claims " +
          (claimed ? std::to_string(*claimed) : std::string("no number of")) + " pages and has " +
          std::to_string(leaves));
    return Nothing{};
}

Check PageWalk::walk(const Value& node, const Inherited& above, std::uint32_t depth) {
    if (depth > document_.limits().maxTreeDepth)
        return pdf::limitExceeded("the page tree is deeper than " +
                                  std::to_string(document_.limits().maxTreeDepth) + " levels");
    GREFFE_PDF_ASSIGN(const std::unique_ptr<Object> object, readNode(node));
    if (!object || !object->root().isDict()) {
        fault("the page tree has a node that is not there or no dictionary");
        return Nothing{};
    }
    if (visited_.size() >= document_.limits().maxObjectsRead)
        return pdf::limitExceeded("the page tree has more than " +
                                  std::to_string(document_.limits().maxObjectsRead) + " nodes");
    if (!visited_.insert(object->id.number).second)
        return malformed("object " + std::to_string(object->id.number) + " stands twice in the page tree");
    const Value dict = object->root();
    Inherited inherited = above;
    GREFFE_PDF_ASSIGN(const auto media, box(dict, "MediaBox"));
    GREFFE_PDF_ASSIGN(const auto crop, box(dict, "CropBox"));
    GREFFE_PDF_ASSIGN(const Value rotate, document_.get(dict, "Rotate"));
    if (media) inherited.media = media;
    if (crop) inherited.crop = crop;
    if (rotate.integer()) inherited.rotate = *rotate.integer();
    GREFFE_PDF_ASSIGN(const Value kids, document_.get(dict, "Kids"));
    GREFFE_PDF_ASSIGN(const Value type, document_.get(dict, "Type"));
    if (!kids.isArray() && !type.isName("Pages")) return addPage(dict, inherited);
    const std::size_t before = list_.pages.size();
    for (Value kid = kids.firstChild(); kids.isArray() && kid; kid = kid.nextSibling())
        GREFFE_PDF_TRY(walk(kid, inherited, depth + 1));
    return checkCount(dict, object->id.number, list_.pages.size() - before);
}

}  // namespace

Expected<PageList> listPages(Document& document) {
    PageWalk walk(document);
    GREFFE_PDF_TRY(walk.walk(document.catalog().root().find("Pages"), {}, 0));
    return walk.take();
}

}  // namespace greffe::document_pdf
