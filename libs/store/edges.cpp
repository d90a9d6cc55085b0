#include "store/edges.h"

#include <algorithm>
#include <exception>
#include <future>
#include <stdexcept>
#include <utility>

#include "contract/mask.h"
#include "contract/validate.h"
#include "domain/visibility.h"
#include "store/tasks.h"

namespace wenming::store {
namespace {

using domain::Refusal;

bool has_edges(const domain::Service& service) {
  const auto& bindings = service.bindings();
  return std::any_of(bindings.begin(), bindings.end(), [](const auto& entry) { return entry.second.edge != nullptr; });
}

/// One request at an edge, while its function runs.
class CurrentEdge final : public domain::Edge {
 public:
  CurrentEdge(const Edges::Parts& parts, EdgeCall& call) : parts_(parts), call_(call) { resolve(); }

  /// Throws Refusal where the caller may not come in.
  void admit_to(const Route& route) {
    parts_.pool.read([&](domain::ReadTx& tx) { admit(tx, route, call_.call, caller_); });
  }

  [[nodiscard]] const domain::EdgeRequest& request() const override { return call_.request; }
  [[nodiscard]] const domain::Caller& caller() const override { return caller_; }
  [[nodiscard]] core::Timestamp now() const override { return parts_.surroundings.now(); }

  void sign_in(std::string_view api_key) override {
    call_.call.principal = call_.prove(api_key);
    resolve();
  }

 private:
  void resolve() {
    parts_.pool.read([this](domain::ReadTx& tx) { caller_ = domain::resolve(tx, call_.call.principal); });
  }
  [[nodiscard]] const contract::Method& method(std::string_view rpc) const;
  std::unique_ptr<google::protobuf::Message> call_method(std::string_view rpc, const google::protobuf::Message& request,
                                                         const domain::EdgeCallOptions& options) override;
  void work(const std::function<void(domain::Tx&)>& body) override;
  void run(const std::function<void(domain::ReadTx&)>& body) override { parts_.pool.read(body); }
  [[nodiscard]] domain::Outside& outside() const override {
    if (parts_.outside == nullptr) throw std::logic_error("this store was opened without anything outside");
    return *parts_.outside;
  }

  const Edges::Parts& parts_;
  EdgeCall& call_;
  domain::Caller caller_;
};

const contract::Method& CurrentEdge::method(std::string_view rpc) const {
  const auto* const service = call_.call.method->descriptor->file();
  for (const auto& one : parts_.contract.methods())
    if (one->name() == rpc && one->descriptor->file()->package() == service->package() && !one->is_edge()) return *one;
  throw std::logic_error("an edge calls " + std::string(rpc) + ", which is no method of its service");
}

std::unique_ptr<google::protobuf::Message> CurrentEdge::call_method(std::string_view rpc,
                                                                    const google::protobuf::Message& request,
                                                                    const domain::EdgeCallOptions& options) {
  const contract::Method& called = method(rpc);
  if (request.GetDescriptor() != called.descriptor->input_type())
    throw std::logic_error(std::string(rpc) + " takes no " + request.GetDescriptor()->full_name());
  if (auto faults = contract::validate(request); !faults.empty())
    throw Refusal(contract::v1::PROBLEM_INVALID_FIELDS, {}, std::move(faults));
  Call call;
  call.method = &called;
  call.request.reset(request.New());
  call.request->CopyFrom(request);
  call.principal = call_.call.principal;
  call.idempotency_key = options.idempotency_key;
  call.if_match = options.if_match;
  call.route = call_.call.route;  // of the edge: its keys are those of its own clients
  call.origin = call_.call.origin;
  call.traceparent = call_.call.traceparent;

  const auto answered = std::make_shared<std::promise<Outcome>>();
  auto answer = answered->get_future();
  if (!parts_.store.submit(std::move(call), [answered](Outcome o) { answered->set_value(std::move(o)); }))
    throw Refusal(contract::v1::PROBLEM_BUSY);
  Outcome outcome = answer.get();
  if (outcome.refusal) throw Refusal(*outcome.refusal);
  if (!outcome.answer) throw Refusal(contract::v1::PROBLEM_INTERNAL);
  if (!outcome.unmasked) contract::mask_personal(*outcome.answer);
  return std::move(outcome.answer);
}

void CurrentEdge::work(const std::function<void(domain::Tx&)>& body) {
  const auto done = std::make_shared<std::promise<void>>();
  auto committed = done->get_future();
  const bool taken =
      parts_.store.work(call_.call.method->descriptor->full_name(), body, [done](const std::exception_ptr& reason) {
        if (reason) {
          done->set_exception(reason);
        } else {
          done->set_value();
        }
      });
  if (!taken) throw Refusal(contract::v1::PROBLEM_BUSY);
  committed.get();
}

}  // namespace

Edges::Edges(Parts parts, const domain::Service& service, const Limits& limits)
    : parts_(std::move(parts)), workers_(has_edges(service) ? limits.edge_threads : 0, limits.edge_queue) {}

bool Edges::submit(EdgeCall call, EdgeDone done) {
  // In a shared box, because the queue's jobs are copyable and a call is not.
  const auto box = std::make_shared<EdgeCall>(std::move(call));
  return workers_.submit([this, box, done = std::move(done)] { done(answer(*box)); });
}

EdgeOutcome Edges::answer(EdgeCall& call) const {
  const contract::Method& method = *call.call.method;
  EdgeOutcome outcome;
  try {
    const Route& route = parts_.methods.route_of(method);
    CurrentEdge edge(parts_, call);
    edge.admit_to(route);
    outcome.answer = route.binding->edge(edge, *call.call.request);
  } catch (const std::exception&) {
    outcome.refusal = outcome_of(std::current_exception(), method).refusal;
    if (!outcome.refusal) outcome.refusal = Refusal(contract::v1::PROBLEM_INTERNAL);
  }
  return outcome;
}

}  // namespace wenming::store
