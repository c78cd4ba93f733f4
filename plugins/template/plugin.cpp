// SPDX-License-Identifier: Apache-2.0
// What the shared object exports: identity and options schema (plugin-api/SPEC.md, OPTIONS), and nothing
// else.
#include "transform_template.h"

#include <greffe/sdk/export.h>

GREFFE_EXPORT_PLUGIN("transform-template", "0.1.0", "Makes a cover page with counts and digests of documents",
                     "documents", "0.1", "transformer/1", R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "title": {
      "type": "string", "maxLength": 200, "default": "Contents",
      "description": "The first line of the page"
    },
    "max_documents": {
      "type": "integer", "minimum": 1, "maximum": 1000, "default": 100,
      "description": "More documents than this are refused"
    },
    "mark_key": {
      "type": "string", "format": "secret",
      "description": "When given, the page ends with its HMAC under this key"
    }
  },
  "step": {
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "date": {
        "type": "string", "maxLength": 100,
        "description": "Printed under the title"
      }
    }
  }
})",
                     transform_template::TransformTemplate::create);
