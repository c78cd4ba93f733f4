// SPDX-License-Identifier: Apache-2.0
// What the shared object exports: identity, options schema and programs (plugin-api/SPEC.md), and nothing
// else.
#include "document_preview.h"

#include <greffe/sdk/export.h>

GREFFE_EXPORT_PLUGIN("document-preview", "0.1.0", "Pictures of the pages of PDF documents, made by poppler",
                     "converters", "0.1", "preview/1", R"({
  "type": "object",
  "additionalProperties": false,
  "programs": ["pdfinfo", "pdftoppm"],
  "properties": {
    "max_side_pixels": {
      "type": "integer", "minimum": 100, "maximum": 4000, "default": 2000,
      "description": "No picture is wider or higher than this, whatever is asked for"
    },
    "max_pages": {
      "type": "integer", "minimum": 1, "maximum": 100, "default": 50,
      "description": "No more pages than this are drawn at once, whatever is asked for"
    },
    "timeout_seconds": {
      "type": "integer", "minimum": 1, "maximum": 60, "default": 20,
      "description": "A program that takes longer on one document is stopped"
    }
  }
})",
                     document_preview::DocumentPreview::create);
