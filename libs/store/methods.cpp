#include "store/methods.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <stdexcept>

#include "contract/contract.h"
#include "contract/mask.h"
#include "domain/key_ring.h"
#include "domain/visibility.h"

namespace wenming::store {
namespace {

namespace pb = google::protobuf;
using domain::Caller;
using domain::Refusal;
using domain::Scope;

using Judge = bool (*)(const contract::v1::FieldRule&);

bool is_secret(const contract::v1::FieldRule& rule) {
  return rule.format() == contract::v1::FORMAT_SECRET;
}
bool is_personal(const contract::v1::FieldRule& rule) {
  return rule.personal() != contract::v1::PERSONAL_UNSPECIFIED;
}
bool is_masked(const contract::v1::FieldRule& rule) {
  return is_personal(rule) || is_secret(rule);
}

/// Whether there is such a field anywhere inside the message. `seen` ends recursion of types that hold themselves.
bool holds(const pb::Descriptor& type, Judge judge, std::set<const pb::Descriptor*>& seen) {
  if (!seen.insert(&type).second) return false;
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (judge(field.options().GetExtension(contract::v1::field))) return true;
    if (field.message_type() != nullptr && holds(*field.message_type(), judge, seen)) return true;
  }
  return false;
}

bool holds(const pb::Descriptor& type, Judge judge) {
  std::set<const pb::Descriptor*> seen;
  return holds(type, judge, seen);
}

std::string text_of(const pb::Message& message, const pb::FieldDescriptor* field) {
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

std::string serialised(const pb::Message& message) {
  // Maps come in no order by themselves; the same request must give the same bytes.
  std::string bytes;
  pb::io::StringOutputStream stream(&bytes);
  pb::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  return bytes;
}

/// What is created stands where its parent stands, but has no version yet.
std::optional<Scope> scope_of_parent(domain::ReadTx& tx, const Route& route, const Call& call) {
  std::optional<Scope> scope = (*route.parent_scope)(tx, text_of(*call.request, route.method->parent_id));
  if (scope) scope->version = 0;
  return scope;
}

std::optional<Scope> scope_of(domain::ReadTx& tx, const Route& route, const Call& call) {
  if (route.scope != nullptr) {
    if (auto scope = (*route.scope)(tx, text_of(*call.request, route.method->resource_id))) return scope;
    if (route.parent_scope != nullptr) return scope_of_parent(tx, route, call);
    // PUT under an id that the client chose may create; then the unit decides, as for every creation.
    if (route.method->verb != contract::Verb::Put) return std::nullopt;
  }
  if (route.method->unit == nullptr) return std::nullopt;
  return Scope{text_of(*call.request, route.method->unit), {}, 0};
}

/// Lists show what the caller may see, row by row; only a resource or unit that the request names is judged as a whole.
bool judged_by_rows_alone(const Route& route, const Call& call) {
  if (!route.binding->list || route.scope != nullptr) return false;
  return route.method->unit == nullptr || text_of(*call.request, route.method->unit).empty();
}

void check_version(const contract::Method& method, const Call& call, std::int64_t version) {
  if (call.if_match && *call.if_match != version) {
    throw Refusal(contract::v1::PROBLEM_VERSION_MISMATCH, {{"version", std::to_string(version)}});
  }
  const bool required =
      method.verb == contract::Verb::Patch || (method.verb == contract::Verb::Put && !method.rule.natural_key());
  if (required && !call.if_match) throw Refusal(contract::v1::PROBLEM_VERSION_REQUIRED);
}

/// Who asked for it in the request, by the field that the contract names.
bool wants_to_stay_unknown(const Route& route, const Call& call) {
  const pb::FieldDescriptor* const anonymous = route.method->anonymous;
  return anonymous != nullptr && call.request->GetReflection()->GetBool(*call.request, anonymous);
}

const pb::FieldDescriptor* id_field(const pb::Descriptor& answer) {
  const pb::FieldDescriptor* const field = answer.FindFieldByName("id");
  const bool is_text =
      field != nullptr && !field->is_repeated() && field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? field : nullptr;
}

}  // namespace

Methods::Methods(const domain::Service& service, const contract::Contract& contract, core::RandomSource& random,
                 const domain::Keys* keys)
    : process_key_(random.bytes(32)), keys_(keys) {
  for (const auto& method : contract.methods()) {
    const auto& own = service.contract();
    if (std::find(own.begin(), own.end(), method->descriptor->service()) == own.end()) continue;
    const auto binding = service.bindings().find(method->name());
    if (binding == service.bindings().end()) continue;  // stands outside the table: an edge
    Route& route = routes_[method.get()];
    route.method = method.get();
    route.binding = &binding->second;
    const auto scope = service.resources().find(method->rule.resource());
    if (method->resource_id != nullptr && scope != service.resources().end()) route.scope = &scope->second;
    const auto parent_scope = service.resources().find(method->rule.parent());
    if (method->parent_id != nullptr && parent_scope != service.resources().end())
      route.parent_scope = &parent_scope->second;
    const pb::Descriptor& answer = *method->descriptor->output_type();
    route.answer_id = id_field(answer);
    route.masks_answer = holds(answer, is_masked);
    const pb::Descriptor& request = *method->descriptor->input_type();
    route.request_holds_secrets = holds(request, is_secret);
    route.request_holds_personal = holds(request, is_personal);
  }
}

const Route& Methods::route_of(const contract::Method& method) const {
  const auto found = routes_.find(&method);
  if (found == routes_.end())
    throw std::logic_error(method.descriptor->full_name() + " is no method of this store's service");
  return found->second;
}

bool Methods::have_locks() const {
  return std::any_of(routes_.begin(), routes_.end(), [](const auto& entry) { return entry.first->lock != nullptr; });
}

CallIdentity Methods::identity_of(const Route& route, const Call& call) const {
  if (call.idempotency_key.empty() || !call.method->writes()) return {};
  if (route.request_holds_secrets && call.method->rule.natural_key()) return {};
  constexpr std::string_view kBetween("\0", 1);
  const domain::Principal& who = call.principal;
  core::Sha256 sha256;
  sha256.add(who.user_id)
      .add(kBetween)
      .add(who.key_hash)
      .add(kBetween)
      .add(call.route)
      .add(kBetween)
      .add(call.idempotency_key);
  // Half of the digest tells keys apart well enough, and halves the index.
  constexpr std::size_t kKeyHashSize = 16;
  CallIdentity identity;
  identity.key_hash = core::bytes_of(sha256.finish()).substr(0, kKeyHashSize);
  const std::string request = serialised(*call.request);
  if (route.request_holds_secrets) {
    identity.request_hash = core::bytes_of(core::hmac_sha256(process_key_, request));
  } else if (route.request_holds_personal && keys_ != nullptr) {
    identity.request_hash = keys_->ring()->lookup("requests", request);
  } else {
    identity.request_hash = core::bytes_of(sha256.add(request).finish());
  }
  return identity;
}

bool admit(domain::ReadTx& tx, const Route& route, const Call& call, const Caller& caller) {
  const contract::Method& method = *route.method;
  const std::optional<Scope> scope = scope_of(tx, route, call);
  const bool unmasked = domain::authorise(tx, method, caller, scope ? &*scope : nullptr);
  if (route.scope == nullptr) return unmasked;
  if (!scope && method.verb != contract::Verb::Put) throw domain::not_found(method.rule.resource());
  if (scope && scope->version != 0 && method.writes()) check_version(method, call, scope->version);
  return unmasked;
}

std::optional<std::int32_t> aggregate_of(const Route& route, const Call& call) {
  if (route.method->lock == nullptr) return std::nullopt;
  const std::string digest(core::bytes_of(core::sha256(text_of(*call.request, route.method->lock))));
  std::int32_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number;
}

Outcome run_query(domain::ReadTx& tx, const Route& route, const Call& call) {
  const Caller caller = domain::resolve(tx, call.principal);
  Outcome outcome;
  if (!judged_by_rows_alone(route, call)) outcome.unmasked = admit(tx, route, call, caller);
  domain::Visibility visible = domain::Visibility::everything();
  if (route.binding->list) {
    visible = domain::Visibility::of(tx, *route.method, caller);
    outcome.unmasked = visible.unmasked();
  }
  outcome.answer = route.binding->query(tx, caller, visible, *call.request);
  return outcome;
}

domain::MessagePtr run_function(domain::Tx& tx, const Route& route, const Call& call, const Caller& caller,
                                const std::any& prepared) {
  const domain::Binding& binding = *route.binding;
  return binding.command ? binding.command(tx, caller, *call.request)
                         : binding.commit(tx, caller, *call.request, prepared);
}

JournalEntry entry_of(const Route& route, const Call& call, const Caller& caller, core::Timestamp now) {
  JournalEntry entry;
  entry.happened_at = now;
  if (!wants_to_stay_unknown(route, call)) {
    entry.caller = caller.id;
    entry.origin = call.origin;
  }
  entry.method = route.method->descriptor->full_name();
  entry.subject = text_of(*call.request, route.method->resource_id);
  entry.traceparent = call.traceparent;
  return entry;
}

void put_answer(JournalEntry& entry, const Route& route, const CallIdentity& identity, const pb::Message& answer) {
  if (entry.subject.empty()) entry.subject = text_of(answer, route.answer_id);
  entry.answer_type = answer.GetDescriptor()->full_name();
  if (route.masks_answer) {
    const domain::MessagePtr masked(answer.New());
    masked->CopyFrom(answer);
    contract::mask(*masked);
    masked->SerializeToString(&entry.answer);
  } else {
    answer.SerializeToString(&entry.answer);
  }
  entry.idempotency_hash = identity.key_hash;
  entry.request_hash = identity.request_hash;
}

Outcome replay(const Route& route, const CallIdentity& identity, std::string_view first_request_hash,
               std::string_view type, std::string_view bytes) {
  if (first_request_hash != identity.request_hash) throw Refusal(contract::v1::PROBLEM_IDEMPOTENCY_KEY_REUSED);
  Outcome outcome;
  outcome.answer.reset(route.method->response->New());
  if (type != outcome.answer->GetDescriptor()->full_name() ||
      !outcome.answer->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::runtime_error("the journal holds an answer of " + route.method->name() +
                             " that cannot be read: " + std::string(type));
  }
  outcome.replayed = true;
  return outcome;
}

std::optional<Outcome> replay_committed(domain::ReadTx& tx, const RecentKeys& recent_keys, const Route& route,
                                        const CallIdentity& identity) {
  if (identity.key_hash.empty()) return std::nullopt;
  const std::optional<FirstAnswer> first = find_first_answer(tx, recent_keys, identity.key_hash);
  if (!first) return std::nullopt;
  Outcome outcome = replay(route, identity, first->request_hash, first->type, first->bytes);
  outcome.sequence = first->sequence;
  return outcome;
}

}  // namespace wenming::store
