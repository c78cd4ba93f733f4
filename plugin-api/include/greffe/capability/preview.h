// SPDX-License-Identifier: Apache-2.0
// "preview/1": pictures of a document's pages, for people who must not open the document itself. Pool:
// documents or converters. Effect class: pure.
//
// Not a transformer, though it makes images out of a document: a transformer's results become documents of
// the dossier, are made by a step that names the plugin, and what its params mean is the plugin's own. Pages
// are looked at and forgotten, and whoever shows them (a page of the portal, a simulation) knows no plugin by
// name: it asks whichever offers preview/1 for this kind of document, always in the same words.
#pragma once

#include <greffe/types.h>

namespace greffe {

struct PreviewRequest {
    std::uint32_t structSize = sizeof(PreviewRequest);
    std::uint32_t firstPage = 1;       // counted from 1
    std::uint32_t mostPages = 1;       // 0: only count them
    std::uint32_t longestSide = 1200;  // of each picture, in pixels: the bound of width and of height
};

class Preview {
public:
    static constexpr const char* kId = "preview/1";

    // Done: the fact "pages" (how many the document has), the fact "images" ([{"artifact", "page", "width",
    // "height"}], in order), and an artifact image/png for each: page firstPage and those behind it, as many
    // as there are and as asked for. A picture holds pixels and nothing else: no text, no colour profile, no
    // bytes behind its end. A longestSide beyond what the plugin is configured for gives smaller pictures.
    // Rejected(NotAPdf) or the like: not a document of its kinds; Rejected(PageCount): no such page;
    // Rejected(LimitExceeded): it would cost more than a preview may.
    virtual void show(const DocumentView& document, const PreviewRequest& request,
                      Outcome& outcome) noexcept = 0;

protected:
    ~Preview() = default;
};

}  // namespace greffe
