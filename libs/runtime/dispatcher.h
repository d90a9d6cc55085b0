#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/authenticator.h"
#include "cache/cache.h"
#include "contract/contract.h"
#include "core/clock.h"
#include "http/responder.h"
#include "runtime/live_stream.h"
#include "runtime/problem_response.h"
#include "runtime/running_service.h"

namespace wenming::runtime {

/// Answers GET and HEAD of one path that is no method of the contract: `/livez`, `/docs`, a file of the page.
using Page = std::function<void(const http::Request&, http::Responder)>;

/// The function of a method of kind OPERATION, which the runtime itself provides. Runs on a thread that may block,
/// after the caller was admitted; throws Refusal like any other. `act` is what its work stands under in the journal.
using OperationFunction =
    std::function<domain::MessagePtr(const google::protobuf::Message& request, const store::WorkName& act)>;

/// Turns requests into calls and outcomes into answers: the one place for all that every method needs. Reads path,
/// query and body by the contract, proves who sends it, takes the headers that have a meaning, hands the call to the
/// service's store, and renders the answer or the refusal.
///
/// `handle` is called on IO threads and never blocks. Pages and operations are added before the first request.
class Dispatcher {
 public:
  struct Options {
    core::UtcOffset offset;            // of timestamps in answers
    std::size_t body_bytes = 1 << 20;  // where the method does not say
    std::chrono::milliseconds stream_age = std::chrono::minutes(30);
    Alarm* alarm = nullptr;  // for live streams; outlives them
  };

  Dispatcher(const contract::Contract& contract, std::vector<std::shared_ptr<RunningService>> services,
             std::shared_ptr<auth::Authenticator> authenticator, std::shared_ptr<const core::Clock> clock,
             std::shared_ptr<cache::Cache> cache, std::shared_ptr<cache::Cache> shared_cache, Options options);

  void add_page(std::string path, Page page) { pages_[std::move(path)] = std::move(page); }
  void add_operation(const google::protobuf::MethodDescriptor& rpc, OperationFunction function);
  /// Throws std::logic_error naming every method that nothing stands behind.
  void check() const;
  /// `run` executes a job on a thread that may block; false if it cannot take more.
  void set_executor(std::function<bool(std::function<void()>)> run) { run_ = std::move(run); }

  void handle(http::Request&& request, http::Responder responder);
  [[nodiscard]] std::size_t body_limit(std::string_view verb, std::string_view path) const;

 private:
  struct Target {
    std::shared_ptr<RunningService> service;
    const domain::Binding* binding = nullptr;
  };

  void add_targets(const std::shared_ptr<RunningService>& service);
  [[nodiscard]] const Target* target_of(const contract::Contract::Match& match) const;
  void call(const contract::Contract::Match& match, const Target* target, http::Request&& request,
            http::Responder responder);
  struct ProvedCall {
    store::Call call;
    std::string ticket_id;  // of the stream ticket that proved it, if one did
  };
  [[nodiscard]] ProvedCall read_call(const contract::Contract::Match& match, http::Request& request) const;
  static std::vector<domain::FieldError> read_message(const contract::Contract::Match& match, http::Request& request,
                                                      google::protobuf::Message& message);
  void submit_edge(const Target& target, store::Call call, http::Request& request, http::Responder responder);
  static void refuse_edge(const Target& target, const domain::Refusal& refusal, const domain::EdgeRequest& request,
                          const ReplyContext& context, http::Responder& responder);
  void submit(const Target& target, store::Call call, const http::Request& request, http::Responder responder);
  void run_operation(store::Call call, const http::Request& request, http::Responder responder);
  [[nodiscard]] http::Response render(const contract::Method& method, const store::Outcome& outcome,
                                      const ReplyContext& context) const;

  const contract::Contract& contract_;
  std::map<const contract::Method*, std::vector<Target>> targets_;
  const std::shared_ptr<auth::Authenticator> authenticator_;
  const std::shared_ptr<const core::Clock> clock_;
  const std::shared_ptr<cache::Cache> cache_;
  const std::shared_ptr<cache::Cache> shared_cache_;  // null where there is none
  const Options options_;
  const LiveStreamSettings live_;
  std::map<std::string, Page, std::less<>> pages_;
  std::map<const google::protobuf::MethodDescriptor*, OperationFunction> operations_;
  std::function<bool(std::function<void()>)> run_;
  std::vector<std::shared_ptr<RunningService>> services_;
};

}  // namespace wenming::runtime
