// SPDX-License-Identifier: Apache-2.0
#include "page_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <vector>

namespace greffe::pdf {
namespace {

// What a page inherits from the nodes above it (ISO 32000-2, 7.7.3.4).
struct Inherited {
    Value mediaBox, cropBox, rotate;
};

class PageSearch {
public:
    PageSearch(Document& document, std::uint32_t wanted) : document_(document), wanted_(wanted) {}

    Expected<std::optional<Page>> search(Value node, Inherited inherited, std::uint32_t depth);
    std::uint32_t seenPages() const { return seenPages_; }

private:
    Expected<Page> describe(const Object& object, const Inherited& inherited);
    Expected<std::optional<Box>> box(const Value& value);

    Document& document_;
    std::uint32_t wanted_;
    std::uint32_t seenPages_ = 0;
    std::unordered_set<std::uint32_t> visited_;
};

Expected<std::optional<Page>> PageSearch::search(Value node, Inherited inherited, std::uint32_t depth) {
    if (depth > document_.limits().maxTreeDepth)
        return limitExceeded("the page tree is deeper than " +
                             std::to_string(document_.limits().maxTreeDepth) + " levels");
    GREFFE_PDF_ASSIGN(const Object* object, document_.holder(node));
    // A kid that is missing is no page; a node inside another dictionary cannot be changed on its own.
    if (object == nullptr || !object->root().isDict()) return std::optional<Page>();
    const Value dict = object->root();
    GREFFE_PDF_ASSIGN(const Value kids, document_.get(dict, "Kids"));
    GREFFE_PDF_ASSIGN(const Value type, document_.get(dict, "Type"));
    const auto inherit = [&](std::string_view key, Value& target) {
        if (const Value own = dict.find(key); !own.isNull()) target = own;
    };
    inherit("MediaBox", inherited.mediaBox);
    inherit("CropBox", inherited.cropBox);
    inherit("Rotate", inherited.rotate);
    if (!kids.isArray()) {
        if (type.isName("Pages")) return std::optional<Page>();
        ++seenPages_;
        if (wanted_ != kLastPage && seenPages_ != wanted_) return std::optional<Page>();
        GREFFE_PDF_ASSIGN(Page page, describe(*object, inherited));
        return std::optional<Page>(page);
    }
    // A page may stand in the tree twice, and readers show it twice; a node that does makes a circle or a
    // bomb.
    if (!visited_.insert(object->id.number).second) return malformed("a node stands twice in the page tree");
    std::vector<Value> order;
    for (Value kid = kids.firstChild(); kid; kid = kid.nextSibling())
        order.push_back(kid);
    if (wanted_ == kLastPage) std::reverse(order.begin(), order.end());
    for (const Value& kid : order) {
        GREFFE_PDF_ASSIGN(std::optional<Page> found, search(kid, inherited, depth + 1));
        if (found) return found;
    }
    return std::optional<Page>();
}

Expected<std::optional<Box>> PageSearch::box(const Value& value) {
    GREFFE_PDF_ASSIGN(const Value array, document_.resolve(value));
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

Expected<Page> PageSearch::describe(const Object& object, const Inherited& inherited) {
    Page page;
    page.object = &object;
    GREFFE_PDF_ASSIGN(const std::optional<Box> media, box(inherited.mediaBox));
    GREFFE_PDF_ASSIGN(const std::optional<Box> crop, box(inherited.cropBox));
    page.visible = media.value_or(Box{0, 0, 612, 792});  // what readers take when a page has none
    if (crop) {
        const Box cut{std::max(page.visible.left, crop->left), std::max(page.visible.bottom, crop->bottom),
                      std::min(page.visible.right, crop->right), std::min(page.visible.top, crop->top)};
        if (cut.width() > 0 && cut.height() > 0) page.visible = cut;
    }
    GREFFE_PDF_ASSIGN(const Value rotate, document_.resolve(inherited.rotate));
    const std::int64_t degrees = rotate.integer().value_or(0) % 360;
    page.rotation = degrees % 90 == 0 ? static_cast<int>((degrees + 360) % 360) : 0;
    GREFFE_PDF_ASSIGN(const Value unit, document_.get(object.root(), "UserUnit"));
    if (unit.number() && *unit.number() > 0 && std::isfinite(*unit.number())) page.userUnit = *unit.number();
    return page;
}

}  // namespace

Expected<Page> findPage(Document& document, std::uint32_t number) {
    PageSearch search(document, number);
    GREFFE_PDF_ASSIGN(std::optional<Page> page,
                      search.search(document.catalog().root().find("Pages"), {}, 0));
    if (page) return *page;
    if (search.seenPages() == 0) return Refusal{Reason::NoPages, "the document has no page"};
    return Refusal{Reason::InvalidOptions, "there is no page " + std::to_string(number) +
                                               ": the document has " + std::to_string(search.seenPages())};
}

}  // namespace greffe::pdf
