// SPDX-License-Identifier: Apache-2.0
// Every page of a document with its size as a person would measure it: the crop box inside the media box,
// turned as /Rotate says, in millimetres, /UserUnit applied.
//
// Walks the tree as it is: /Count is compared with the leaves and never believed.
#pragma once

#include "pdf/document.h"

#include <cstdint>
#include <vector>

namespace greffe::document_pdf {

struct PageSize {
    float widthMillimetres = 0;
    float heightMillimetres = 0;
};

struct PageList {
    std::vector<PageSize> pages;
    // What is wrong with the tree, each once. A tree with loops or too many levels is a refusal instead.
    std::vector<pdf::Refusal> faults;
};

// Malformed for a circle, LimitExceeded for depth or number. A document without pages is an empty list.
pdf::Expected<PageList> listPages(pdf::Document& document);

}  // namespace greffe::document_pdf
