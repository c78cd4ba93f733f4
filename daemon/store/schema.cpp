// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include "base/invariant.h"

#include <fmt/format.h>

namespace greffe {

const std::vector<Migration>& schemaMigrations() {
    static const std::vector<Migration> migrations = {
        {1, kSchemaV1},
        {2, kSchemaV2},
        {3, kSchemaV3},
        {4, kSchemaV4},
    };
    return migrations;
}

Result<SchemaAge> inspectSchema(sqlite::Database& database, const std::vector<Migration>& migrations) {
    GREFFE_TRY_ASSIGN(const std::int64_t application, database.number("PRAGMA application_id"));
    GREFFE_TRY_ASSIGN(const std::int64_t version, database.number("PRAGMA user_version"));
    GREFFE_TRY_ASSIGN(const std::int64_t objects, database.number("SELECT count(*) FROM sqlite_schema"));
    if (application == 0 && version == 0 && objects == 0) return SchemaAge::Empty;
    if (application != kApplicationId)
        return makeError(Errc::Unsupported,
                         fmt::format("{}: an SQLite file of another program (application_id {})",
                                     database.path(), application),
                         "give Greffe a directory of its own");
    const int latest = migrations.back().version;
    if (version > latest)
        return makeError(Errc::Unsupported,
                         fmt::format("{}: written by a newer Greffe (schema {}, this one knows {})",
                                     database.path(), version, latest),
                         "install that version again; nothing was changed");
    return version == latest ? SchemaAge::Current : SchemaAge::Older;
}

Status migrateSchema(sqlite::Database& database, const std::vector<Migration>& migrations) {
    GREFFE_TRY_ASSIGN(const std::int64_t from, database.number("PRAGMA user_version"));
    int expected = 0;
    for (const Migration& migration : migrations) {
        GREFFE_INVARIANT(migration.version == ++expected);
        if (migration.version <= from) continue;
        GREFFE_TRY(database.execute("BEGIN IMMEDIATE"));
        Status done = database.execute(migration.sql);
        if (done)
            done =
                database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT",
                                             kApplicationId, migration.version));
        if (!done) {
            if (database.isInTransaction()) static_cast<void>(database.execute("ROLLBACK"));
            done.error().message = fmt::format("schema {}: {}", migration.version, done.error().message);
            return done;
        }
    }
    return {};
}

}  // namespace greffe
