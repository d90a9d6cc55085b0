#pragma once

#include <any>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/random.h"
#include "domain/service.h"
#include "store/journal.h"
#include "store/store.h"

namespace wenming::store {

/// What stands behind one rpc, found once at start.
struct Route {
  const contract::Method* method = nullptr;
  const domain::Binding* binding = nullptr;
  const domain::ScopeFunction* scope = nullptr;         // of the resource that the request names; null: it names none
  const domain::ScopeFunction* parent_scope = nullptr;  // of what it will stand under, if it is created
  const google::protobuf::FieldDescriptor* answer_id = nullptr;  // `id` of the answer; null where it has none
  bool masks_answer = false;                                     // the answer may hold personal data or secrets
  bool request_holds_secrets = false;                            // a field of FORMAT_SECRET
  bool request_holds_personal = false;                           // a field that is marked as personal
};

/// The hashes by which a repeated call is recognised; they are stored. Empty without an Idempotency-Key.
struct CallIdentity {
  std::string key_hash;  // who, route, key
  std::string request_hash;
};

/// The methods of a service as the store runs them. Immutable; any thread may ask. The service and the contract outlive
/// it.
class Methods {
 public:
  /// `keys` may be null; they outlive it.
  Methods(const domain::Service& service, const contract::Contract& contract, core::RandomSource& random,
          const domain::Keys* keys);
  /// Throws std::logic_error for a method of another service.
  [[nodiscard]] const Route& route_of(const contract::Method& method) const;
  /// Whether any method stays within an aggregate of its own (`lock`).
  [[nodiscard]] bool have_locks() const;
  /// Where a request holds secrets, a quick hash of it would let a password be guessed from the journal. It is
  /// therefore hashed with a key that lives as long as the process; a repetition after a restart is refused rather than
  /// answered. And where such a method needs no Idempotency-Key, one that is sent means nothing: whether a password is
  /// right is judged each time. A phone could be guessed likewise: where a request holds personal data, its hash is
  /// made with the look-up key.
  [[nodiscard]] CallIdentity identity_of(const Route& route, const Call& call) const;

 private:
  const std::string process_key_;
  const domain::Keys* const keys_;
  std::unordered_map<const contract::Method*, Route> routes_;
};

/// Whether this caller may do this now: the scope of what the request names, the method's rules, `If-Match`. Throws
/// Refusal; returns whether personal fields may be shown.
bool admit(domain::ReadTx& tx, const Route& route, const Call& call, const domain::Caller& caller);

/// The number of the aggregate that the call stays within (`lock` in the contract); absent where it may touch anything.
/// The same in every process; two aggregates may share one.
std::optional<std::int32_t> aggregate_of(const Route& route, const Call& call);

/// Runs a query or list as the caller may see it.
Outcome run_query(domain::ReadTx& tx, const Route& route, const Call& call);

/// Runs the function behind a command, or the last part of a prepared method.
domain::MessagePtr run_function(domain::Tx& tx, const Route& route, const Call& call, const domain::Caller& caller,
                                const std::any& prepared);

/// The journal's view of a command that is about to run.
JournalEntry entry_of(const Route& route, const Call& call, const domain::Caller& caller, core::Timestamp now);
/// … and of what it answered, masked, to be found again under its key.
void put_answer(JournalEntry& entry, const Route& route, const CallIdentity& identity,
                const google::protobuf::Message& answer);

/// The first answer, once more. Throws Refusal `idempotency_key_reused` if the request was another one.
Outcome replay(const Route& route, const CallIdentity& identity, std::string_view first_request_hash,
               std::string_view type, std::string_view bytes);
/// The same from the journal; nullopt where nothing was answered under this key, or there is none.
std::optional<Outcome> replay_committed(domain::ReadTx& tx, const RecentKeys& recent_keys, const Route& route,
                                        const CallIdentity& identity);

}  // namespace wenming::store
