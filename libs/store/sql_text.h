#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/rows.h"

namespace wenming::store {

/// How many parameters a statement has: the highest of its numbers `$1`, `$2` …
int parameters_of(std::string_view sql);

/// The table that the statement writes to, as it stands there; empty for one that only reads, `*` where it cannot be
/// told.
std::string_view written_table(std::string_view sql);

/// What columns that name no field are in its result: nothing that matters if it asks for all that a table has (`*`).
domain::FillPlans::Strangers strangers_in(std::string_view sql);

/// Its words, keywords and numbers among them, in order, each once. They point into the text.
std::vector<std::string_view> words_of(std::string_view sql);

/// SQLite numbers `$1` by appearance, as it would any name; `?1` means what `$1` means elsewhere. Texts, quoted names
/// and comments are left as they are.
std::string sqlite_parameters(std::string_view sql);

/// Makes a portable schema one of STRICT tables: BIGINT and BOOLEAN become INTEGER, BYTEA becomes BLOB, DOUBLE
/// PRECISION becomes REAL, and every CREATE TABLE ends in STRICT, so that SQLite refuses values of another type as
/// PostgreSQL does.
std::string sqlite_schema(std::string_view script);

}  // namespace wenming::store
