// SPDX-License-Identifier: Apache-2.0
// Every node of the form's field tree, by object.
#pragma once

#include "pdf/document.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace greffe::document_pdf {

struct FieldNode {
    std::string name;  // fully qualified, as the file has it
    bool isSignature = false;
};

// By object number. Fields that are no objects of their own are passed over, as validators do; a field that
// stands twice counts once.
using FieldTree = std::unordered_map<std::uint32_t, FieldNode>;

// Malformed when a field is its own ancestor, LimitExceeded for too many levels.
pdf::Expected<FieldTree> readFieldTree(pdf::Document& document);

}  // namespace greffe::document_pdf
