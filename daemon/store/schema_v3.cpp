// SPDX-License-Identifier: Apache-2.0
// Version 3 of the journal: an answer belongs to its call, and a call has an id of its own and one worker,
// which is killed when the call is given up (workers/worker_pool.h). A number in the row that nobody compared
// goes.
#include "store/schema.h"

namespace greffe {

const char* const kSchemaV3 = R"sql(
ALTER TABLE branch DROP COLUMN fence;
)sql";

}  // namespace greffe
