// SPDX-License-Identifier: Apache-2.0
// Version 2 of the journal: marks, which concern the house and no dossier.
#include "store/schema.h"

namespace greffe {

const char* const kSchemaV2 = R"sql(
-- What the next start must see to, under a name: a few rows at most.
CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    detail TEXT NOT NULL                -- JSON
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace greffe
