#include "runtime/operations.h"

#include <charconv>
#include <string>
#include <utility>

#include "domain/key_ring.h"
#include "domain/person_keys.h"
#include "domain/value.h"
#include "events/delivery.h"
#include "wenming/operations/v1/operations.pb.h"

namespace wenming::runtime {
namespace {

namespace v1 = operations::v1;

constexpr std::size_t kDefaultPage = 50;

std::int64_t number_of(const std::string& page_token) {
  std::int64_t after = 0;
  if (page_token.empty()) return after;
  const char* end = page_token.data() + page_token.size();
  const auto [rest, error] = std::from_chars(page_token.data(), end, after);
  if (error != std::errc() || rest != end) throw domain::Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
  return after;
}

v1::ListDeadLettersResponse list(const events::DeadLetters& letters, const v1::ListDeadLettersRequest& request) {
  const std::size_t limit = request.page_size() > 0 ? static_cast<std::size_t>(request.page_size()) : kDefaultPage;
  v1::ListDeadLettersResponse response;
  const auto page = letters.list(number_of(request.page_token()), limit);
  for (const auto& letter : page) {
    auto& shown = *response.add_dead_letters();
    shown.set_dead_letter_id(letter.number);
    shown.set_source(letter.source);
    shown.set_position(letter.position);
    shown.set_type(letter.type);
    shown.set_key(letter.key);
    shown.set_reason(letter.reason);
    shown.set_detail(letter.detail);
    shown.set_parked(letter.parked);
    shown.set_attempts(letter.attempts);
    *shown.mutable_laid_down_at() = domain::to_proto(letter.laid_down_at);
    shown.set_payload(letters.payload_text(letter));
  }
  if (page.size() == limit) response.set_next_page_token(std::to_string(page.back().number));
  if (request.include_total()) response.set_total(letters.open_count());
  return response;
}

v1::ReplayDeadLetterResponse replay(events::DeadLetters letters, const v1::ReplayDeadLetterRequest& request,
                                    const store::WorkName& act) {
  if (!letters.find(request.dead_letter_id())) throw domain::not_found("dead letter");
  const auto replayed = letters.replay(request.dead_letter_id(), act);
  v1::ReplayDeadLetterResponse response;
  response.set_applied(replayed.applied);
  if (replayed.stuck) response.set_stuck_id(*replayed.stuck);
  response.set_reason(replayed.reason);
  response.set_remaining(letters.open_count());
  return response;
}

v1::DiscardDeadLetterResponse discard(events::DeadLetters letters, const v1::DiscardDeadLetterRequest& request,
                                      const store::WorkName& act) {
  if (!letters.discard(request.dead_letter_id(), request.reason(), act)) throw domain::not_found("dead letter");
  v1::DiscardDeadLetterResponse response;
  response.set_remaining(letters.open_count());
  return response;
}

v1::Rebuild rebuild(const Node::RebuildState& state) {
  v1::Rebuild rebuild;
  rebuild.set_lag(state.lag);
  rebuild.set_failure(state.failure);
  switch (state.phase) {
    case Node::RebuildState::None:
      break;
    case Node::RebuildState::Running:
      rebuild.set_state(v1::REBUILD_STATE_RUNNING);
      break;
    case Node::RebuildState::Switched:
      rebuild.set_state(v1::REBUILD_STATE_SWITCHED);
      break;
    case Node::RebuildState::Failed:
      rebuild.set_state(v1::REBUILD_STATE_FAILED);
      break;
  }
  return rebuild;
}

/// So many at a time keep nobody waiting who wants to write in between.
constexpr int kRewrappedAtOnce = 500;

v1::RewrapKeysResponse rewrap(const Node& node, store::WorkName act) {
  if (!node.running()->table().has_personal_data())
    throw domain::Refusal(v1::PROBLEM_NO_PERSONAL_DATA, {{"service", node.name()}});
  const auto store = node.running()->store();
  // Only this process is told that the file has changed; others read it when they meet the key.
  store->read([](domain::ReadTx& tx) { tx.keys().read_anew(); });
  v1::RewrapKeysResponse response;
  act.subject = "keys";
  events::commit(*store, std::move(act), [&response](domain::Tx& tx) {
    response.set_rewrapped(domain::rewrap_person_keys(tx, kRewrappedAtOnce).rewrapped);
    response.set_key_id(tx.keys().ring()->current());
  });
  store->read([&response](domain::ReadTx& tx) { response.set_remaining(domain::person_keys_to_rewrap(tx)); });
  return response;
}

/// An operation from a function on the messages of one rpc.
template <class Request, class F>
OperationFunction operation(F function) {
  return [function](const google::protobuf::Message& request, const store::WorkName& act) -> domain::MessagePtr {
    auto answer = function(static_cast<const Request&>(request), act);
    return std::make_unique<decltype(answer)>(std::move(answer));
  };
}

}  // namespace

Node& Operations::node(std::string_view service) const {
  for (Node* node : nodes_)
    if (node->name() == service) return *node;
  throw domain::not_found("service");
}

/// The journal of a read model goes with the copy that is replaced, so the row stands in one that stays.
Node& Operations::journal_for(Node& read_model) const {
  Node* keeper = &read_model;
  for (Node* node : nodes_) {
    const domain::Service& table = node->running()->table();
    if (table.is_reference_owner()) return *node;
    if (keeper == &read_model && !table.is_read_model()) keeper = node;
  }
  return *keeper;
}

Node::RebuildState Operations::start_rebuild(Node& node, store::WorkName act) const {
  if (node.rebuilds()) return node.rebuild_state();
  auto claim = node.claim_rebuild();
  act.subject = node.name();
  events::commit(*journal_for(node).running()->store(), std::move(act), [](domain::Tx&) {});
  return node.start_rebuild(std::move(claim));
}

void Operations::bind(Dispatcher& dispatcher) {
  const auto rpc = [](const char* name) -> const google::protobuf::MethodDescriptor& {
    return *v1::OperationsService::descriptor()->FindMethodByName(name);
  };
  dispatcher.add_operation(rpc("ListDeadLetters"),
                           operation<v1::ListDeadLettersRequest>([this](const auto& request, const auto&) {
                             return list(node(request.service()).dead_letters(), request);
                           }));
  dispatcher.add_operation(rpc("ReplayDeadLetter"),
                           operation<v1::ReplayDeadLetterRequest>([this](const auto& request, const auto& act) {
                             return replay(node(request.service()).dead_letters(), request, act);
                           }));
  dispatcher.add_operation(rpc("DiscardDeadLetter"),
                           operation<v1::DiscardDeadLetterRequest>([this](const auto& request, const auto& act) {
                             return discard(node(request.service()).dead_letters(), request, act);
                           }));
  dispatcher.add_operation(rpc("StartRebuild"),
                           operation<v1::StartRebuildRequest>([this](const auto& request, const auto& act) {
                             return rebuild(start_rebuild(node(request.service()), act));
                           }));
  dispatcher.add_operation(rpc("GetRebuild"),
                           operation<v1::GetRebuildRequest>([this](const auto& request, const auto&) {
                             return rebuild(node(request.service()).rebuild_state());
                           }));
  dispatcher.add_operation(rpc("RewrapKeys"),
                           operation<v1::RewrapKeysRequest>([this](const auto& request, const auto& act) {
                             return rewrap(node(request.service()), act);
                           }));
}

}  // namespace wenming::runtime
