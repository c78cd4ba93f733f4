// SPDX-License-Identifier: Apache-2.0
// The journal's file format and how an older one becomes today's.
//
// The file says whose it is (application_id) and which version it has (user_version). A migration leads from
// version n-1 to n in one transaction together with the new number: a crash leaves the old version or the new
// one.
#pragma once

#include "store/sqlite.h"

#include <vector>

namespace greffe {

constexpr std::int32_t kApplicationId = 0x47524646;  // "GRFF"

struct Migration {
    int version = 0;  // the version that it produces
    const char* sql = "";
};

extern const char* const kSchemaV1;
extern const char* const kSchemaV2;
extern const char* const kSchemaV3;
extern const char* const kSchemaV4;

// All of them, oldest first, versions 1, 2, 3… without a gap.
const std::vector<Migration>& schemaMigrations();

enum class SchemaAge { Empty, Older, Current };

// Whether this file may be opened for writing; reads only. Errc::Unsupported when it is not a journal of ours
// or is newer than `migrations`.
Result<SchemaAge> inspectSchema(sqlite::Database& database, const std::vector<Migration>& migrations);

// Brings an empty or older file to the last version.
Status migrateSchema(sqlite::Database& database, const std::vector<Migration>& migrations);

}  // namespace greffe
