// SPDX-License-Identifier: Apache-2.0
// Version 4 of the journal: a document made inside an `each` says for which item. Without that, the steps of
// every item took the document that the first one had made: another person's letter.
#include "store/schema.h"

namespace greffe {

const char* const kSchemaV4 = R"sql(
ALTER TABLE document ADD COLUMN item TEXT NOT NULL DEFAULT '';
)sql";

}  // namespace greffe
