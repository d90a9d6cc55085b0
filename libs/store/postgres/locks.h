#pragma once

namespace wenming::store::locks {

// The numbers of PostgreSQL's advisory locks, which a database has in common for all who use it.

// Of a transaction, and gone with it:
inline constexpr int kTurn = 7740301;           // to write: alone, or shared with other lanes
inline constexpr int kMakingSchemas = 7740302;  // two processes that start at once must not make the same thing
inline constexpr int kJournal = 7740307;        // to append to it, among lanes
inline constexpr int kAggregate = 7740306;      // with the number of the aggregate

// Of a session, with a name:
inline constexpr int kLeading = 7740303;     // the schema whose journal is relayed
inline constexpr int kHolding = 7740304;     // the schema that is in use
inline constexpr int kRebuilding = 7740305;  // whoever rebuilds a read model

}  // namespace wenming::store::locks
