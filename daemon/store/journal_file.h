// SPDX-License-Identifier: Apache-2.0
// The journal's file before anybody writes rows into it: made whole or not at all, looked at without being
// touched, opened with the settings that make commits durable, copied while others write.
#pragma once

#include "store/schema.h"
#include "store/sqlite.h"

namespace greffe {

// The writing connection to the journal at `path`, created or migrated as needed. Errc::Unsupported, and not
// a byte changed, when the file is another program's, newer than `migrations`, or on a file system without
// WAL. Errc::Corrupt when a log is there without its file.
Result<std::unique_ptr<sqlite::Database>> openJournalFile(const std::string& path,
                                                          const std::vector<Migration>& migrations);

// A consistent copy of the journal at `from`, durable under its name only once it is whole. Errc::Exists when
// `to` is taken. Any thread.
Status copyJournalFile(const std::string& from, const std::string& to);

}  // namespace greffe
