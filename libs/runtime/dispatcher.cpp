#include "runtime/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "contract/json.h"
#include "contract/problem.h"
#include "contract/request.h"
#include "core/encoding.h"
#include "core/hash.h"
#include "core/log.h"
#include "runtime/edge_answer.h"

namespace wenming::runtime {
namespace {

namespace v1 = contract::v1;
using contract::Method;
using contract::Verb;
using domain::Refusal;

constexpr std::size_t kMaxIdempotencyKey = 255;

/// `Idempotency-Key` is a structured-header string, but is often sent bare.
std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return std::string(value);
}

std::string idempotency_key(const Method& method, const http::Request& request) {
  std::string key = unquoted(request.headers.get("Idempotency-Key"));
  if (key.size() > kMaxIdempotencyKey)
    throw Refusal(v1::PROBLEM_HEADER, {{"header", "Idempotency-Key"}, {"reason", "longer than 255"}});
  if (key.empty() && method.verb == Verb::Post && method.writes() && !method.rule.natural_key())
    throw Refusal(v1::PROBLEM_IDEMPOTENCY_KEY_REQUIRED);
  return key;
}

/// ETags of resources are their version in quotes. `*` asks for nothing that a command would not check itself.
std::optional<std::int64_t> if_match(const http::Request& request) {
  const std::string value = unquoted(request.headers.get("If-Match"));
  if (value.empty() || value == "*") return std::nullopt;
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), version);
  if (error != std::errc() || end != value.data() + value.size())
    throw Refusal(v1::PROBLEM_HEADER, {{"header", "If-Match"}, {"reason", value}});
  return version;
}

/// `application/json; charset=utf-8` is `application/json`.
std::string_view media_type(const http::Request& request) {
  std::string_view type = request.headers.get("Content-Type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

void check_media_type(const Method& method, const http::Request& request) {
  if (method.verb != Verb::Post && method.verb != Verb::Put && method.verb != Verb::Patch) return;
  const std::string_view given = media_type(request);
  if (const auto& file_types = method.rule.body_media_type(); !file_types.empty()) {
    if (std::find(file_types.begin(), file_types.end(), given) == file_types.end())
      throw Refusal(v1::PROBLEM_MEDIA_TYPE, {{"expected", fmt::format("{}", fmt::join(file_types, " / "))}});
    return;
  }
  const bool merge_patch = method.verb == Verb::Patch && given == "application/merge-patch+json";
  if (!request.body.empty() && !given.empty() && given != "application/json" && !merge_patch)
    throw Refusal(v1::PROBLEM_MEDIA_TYPE, {{"expected", "application/json"}});
}

std::string etag_of(const google::protobuf::Message& answer) {
  const auto* field = answer.GetDescriptor()->FindFieldByName("version");
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT64) return {};
  return fmt::format("\"{}\"", answer.GetReflection()->GetInt64(answer, field));
}

/// Of an answer that is no resource with a version. What it says decides, so it holds over restarts and rebuilds, after
/// which versions of the database begin anew. Short enough to be copied without an allocation.
std::string etag_of(const std::string& bytes) {
  constexpr std::size_t kBytes = 9;  // 72 bits: 12 characters
  return fmt::format("\"{}\"", core::base64url(core::bytes_of(core::sha256(bytes)).substr(0, kBytes)));
}

http::Response not_modified(std::string_view etag) {
  http::Response response;
  response.status = 304;
  response.headers.add("ETag", etag);
  return response;
}

std::string one_time_ticket(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("ticket");
  return field == nullptr ? std::string() : request.GetReflection()->GetString(request, field);
}

bool is_open_to_all(const Method& method) {
  const auto& rules = method.rule.allow();
  return std::any_of(rules.begin(), rules.end(), [](const v1::Allow& rule) {
    return std::find(rule.role().begin(), rule.role().end(), v1::ROLE_CITIZEN) != rule.role().end();
  });
}

http::Response kept_answer(const Method& method, const cache::Cached& cached, std::string_view if_none_match) {
  if (if_none_match == cached.etag) return not_modified(cached.etag);
  http::Response response;
  response.headers = http::Headers{{"Content-Type", "application/json"}, {"ETag", cached.etag}};
  response.body = http::Body(cached.bytes);
  response.route = method.name();
  return response;
}

Refusal verb_refused(const http::Request& request) {
  return Refusal(v1::PROBLEM_VERB_NOT_ALLOWED, {{"verb", request.verb}});
}

}  // namespace

Dispatcher::Dispatcher(const contract::Contract& contract, std::vector<std::shared_ptr<RunningService>> services,
                       std::shared_ptr<auth::Authenticator> authenticator, std::shared_ptr<const core::Clock> clock,
                       std::shared_ptr<cache::Cache> cache, std::shared_ptr<cache::Cache> shared_cache, Options options)
    : contract_(contract),
      authenticator_(std::move(authenticator)),
      clock_(std::move(clock)),
      cache_(std::move(cache)),
      shared_cache_(std::move(shared_cache)),
      options_(options),
      live_{.offset = options.offset,
            .age = options.stream_age,
            .pace = std::make_shared<LivePace>(),
            .alarm = options.alarm},
      services_(std::move(services)) {
  for (const auto& service : services_) add_targets(service);
}

/// Operations stand outside a service's table.
void Dispatcher::add_targets(const std::shared_ptr<RunningService>& service) {
  const auto& bindings = service->table().bindings();
  for (const auto& method : contract_.methods())
    for (const auto* descriptor : service->table().contract()) {
      if (method->descriptor->service() != descriptor) continue;
      if (const auto found = bindings.find(method->name()); found != bindings.end())
        targets_[method.get()].push_back(Target{service, &found->second});
    }
}

void Dispatcher::add_operation(const google::protobuf::MethodDescriptor& rpc, OperationFunction function) {
  operations_[&rpc] = std::move(function);
}

void Dispatcher::check() const {
  std::string missing;
  for (const auto& method : contract_.methods())
    if (!targets_.contains(method.get()) && !operations_.contains(method->descriptor))
      missing.append(missing.empty() ? "" : ", ").append(method->descriptor->full_name());
  if (!missing.empty()) throw std::logic_error("nothing stands behind " + missing);
}

std::size_t Dispatcher::body_limit(std::string_view verb, std::string_view path) const {
  const auto match = contract_.match(contract::parse_verb(verb), path);
  if (match.method != nullptr && match.method->rule.max_body_bytes() > 0) return match.method->rule.max_body_bytes();
  return options_.body_bytes;
}

void Dispatcher::handle(http::Request&& request, http::Responder responder) {
  try {
    if (const auto page = pages_.find(request.path); page != pages_.end()) {
      if (request.verb != "GET" && request.verb != "HEAD") {
        http::Response refused = problem_response(verb_refused(request), request);
        refused.headers.add("Allow", "GET, HEAD");
        return responder.send(std::move(refused));
      }
      return page->second(request, std::move(responder));
    }
    const auto match = contract_.match(contract::parse_verb(request.verb), request.path);
    if (match.method != nullptr) {
      const Target* const target = target_of(match);  // refuses while the responder is still here
      return call(match, target, std::move(request), std::move(responder));
    }
    if (match.allowed.empty()) throw Refusal(v1::PROBLEM_NOT_FOUND, {{"resource", request.path}});
    http::Response refused = problem_response(verb_refused(request), request);
    std::string allow;
    for (const Verb verb : match.allowed) allow.append(allow.empty() ? "" : ", ").append(contract::to_text(verb));
    refused.headers.add("Allow", allow);
    responder.send(std::move(refused));
  } catch (const Refusal& refusal) {
    responder.send(problem_response(refusal, request));
  } catch (const contract::Malformed& malformed) {
    responder.send(problem_response(Refusal(v1::PROBLEM_MALFORMED, {{"reason", malformed.what()}}), request));
  }
}

/// Null for operations. Of a method that several services have, the path names the one.
const Dispatcher::Target* Dispatcher::target_of(const contract::Contract::Match& match) const {
  const auto targets = targets_.find(match.method);
  if (targets == targets_.end()) return nullptr;
  const auto* const field = match.method->service;
  if (field == nullptr) return &targets->second.front();
  for (const auto& [name, value] : match.path_fields) {
    if (name != field->name()) continue;
    for (const Target& target : targets->second)
      if (target.service->name() == value) return &target;
  }
  throw Refusal(v1::PROBLEM_NOT_FOUND, {{"resource", field->name()}});
}

void Dispatcher::call(const contract::Contract::Match& match, const Target* target, http::Request&& request,
                      http::Responder responder) {
  const bool is_edge = match.method->is_edge();
  const auto refuse = [&](const Refusal& refusal) {
    if (is_edge) return refuse_edge(*target, refusal, edge_request(request), ReplyContext(request), responder);
    responder.send(problem_response(refusal, request));
  };
  // `responder` must stay whole until the call is known to be sound: a refusal is answered through it by `handle`.
  ProvedCall proved;
  try {
    proved = read_call(match, request);
  } catch (const Refusal& refusal) {
    return refuse(refusal);
  } catch (const contract::Malformed& malformed) {
    return refuse(Refusal(v1::PROBLEM_MALFORMED, {{"reason", malformed.what()}}));
  } catch (const store::EngineError& fault) {  // nobody can tell whose token it is
    core::log::error("caller not known", {{"path", request.path}, {"error", fault.what()}});
    return refuse(Refusal(v1::PROBLEM_UNAVAILABLE));
  }
  if (target == nullptr) return run_operation(std::move(proved.call), request, std::move(responder));
  if (is_edge) return submit_edge(*target, std::move(proved.call), request, std::move(responder));
  if (match.method->is_live())
    return open_live_stream(target->service, *target->binding, std::move(proved.call), proved.ticket_id, live_, request,
                            std::move(responder));
  submit(*target, std::move(proved.call), request, std::move(responder));
}

Dispatcher::ProvedCall Dispatcher::read_call(const contract::Contract::Match& match, http::Request& request) const {
  const Method& method = *match.method;
  store::Call call;
  call.method = &method;
  call.request.reset(method.request->New());

  auto errors = read_message(match, request, *call.request);

  // Who calls comes before what is wrong: a stranger learns nothing about a method's fields.
  const std::string ticket = method.is_live() ? one_time_ticket(*call.request) : std::string();
  auth::Proof proof = authenticator_->authenticate(
      auth::Credentials{.authorization = request.headers.get("Authorization"), .ticket = ticket}, clock_->now());
  call.principal = std::move(proof.principal);
  const bool is_nobody = call.principal.user_id.empty() && call.principal.key_hash.empty();
  if (is_nobody && !is_open_to_all(method)) throw Refusal(v1::PROBLEM_NOT_SIGNED_IN);
  if (!errors.empty()) throw Refusal(v1::PROBLEM_INVALID_FIELDS, {}, std::move(errors));

  call.idempotency_key = idempotency_key(method, request);
  if (!method.is_edge()) call.if_match = if_match(request);
  call.route = fmt::format("{} {}", contract::to_text(method.verb), request.path);
  call.origin = request.remote_address;
  call.traceparent = request.traceparent;
  call.body_room = std::move(request.body_room);
  return {std::move(call), std::move(proof.ticket_id)};
}

std::vector<domain::FieldError> Dispatcher::read_message(const contract::Contract::Match& match, http::Request& request,
                                                         google::protobuf::Message& message) {
  const Method& method = *match.method;
  contract::RequestText text{.path_fields = match.path_fields, .query = request.query, .body = {}};
  if (method.is_edge()) {  // which keeps its body
    if (method.takes_form() && media_type(request) == method.rule.body_media_type(0)) text.body = request.body;
    return contract::read_edge_request(method, text, message);
  }
  check_media_type(method, request);
  text.body = std::move(request.body);
  return contract::read_request(method, std::move(text), message);
}

void Dispatcher::refuse_edge(const Target& target, const Refusal& refusal, const domain::EdgeRequest& request,
                             const ReplyContext& context, http::Responder& responder) {
  const domain::Binding& binding = *target.binding;
  if (binding.edge_refused)
    return send_edge_answer(binding.edge_refused(request, refusal), request.verb, binding.rpc, nullptr,
                            std::move(responder));
  http::Response response = problem_response(refusal, context);
  response.route = binding.rpc;
  responder.send(std::move(response));
}

void Dispatcher::submit_edge(const Target& target, store::Call call, http::Request& request,
                             http::Responder responder) {
  const auto shared = std::make_shared<http::Responder>(std::move(responder));
  const ReplyContext context(request);
  const std::string verb = request.verb;
  store::EdgeCall edge;
  edge.call = std::move(call);
  edge.request = edge_request(request);
  edge.prove = [this](std::string_view api_key) {
    const std::string bearer = fmt::format("Bearer {}", api_key);
    return authenticator_->authenticate(auth::Credentials{.authorization = bearer, .ticket = {}}, clock_->now())
        .principal;
  };
  // As much of it as a refusal is answered by.
  const auto about = std::make_shared<const domain::EdgeRequest>(
      domain::EdgeRequest{edge.request.verb, edge.request.path, edge.request.query, edge.request.headers, {}});
  const std::shared_ptr<store::Store> store = target.service->store();
  const bool taken = store->submit_edge(std::move(edge), [=, &target](store::EdgeOutcome outcome) {
    if (outcome.refusal) return refuse_edge(target, *outcome.refusal, *about, context, *shared);
    send_edge_answer(*std::move(outcome.answer), verb, target.binding->rpc, store, std::move(*shared));
  });
  if (!taken) refuse_edge(target, Refusal(v1::PROBLEM_BUSY), *about, context, *shared);
}

void Dispatcher::submit(const Target& target, store::Call call, const http::Request& request,
                        http::Responder responder) {
  const Method& method = *call.method;
  const std::shared_ptr<store::Store> store = target.service->store();
  std::string cache_key;
  std::uint64_t version = 0;
  if (method.rule.shared_answer()) {
    // The version is read before the answer is computed: the answer is at least as new as what it is kept under. The
    // minute bounds how long time-dependent grants and default periods are believed.
    version = store->version();
    cache_key = fmt::format("{}|{}{}{}|{}?{}|{}", store->epoch(), call.principal.user_id, call.principal.session_id,
                            call.principal.key_hash, request.path, request.query, clock_->now().micros() / 60'000'000);
    const auto cached = cache_->get(cache_key);
    if (cached && cached->version >= version)
      return responder.send(kept_answer(method, *cached, request.headers.get("If-None-Match")));
  }

  auto shared = std::make_shared<http::Responder>(std::move(responder));
  ReplyContext context(request);
  if (!cache_key.empty() && shared_cache_ != nullptr) {
    // On a thread that may wait, because that cache is at the other end of a network.
    call.answered_elsewhere = [this, shared, context, &method, cache_key, version] {
      const auto cached = shared_cache_->get(cache_key);
      if (!cached || cached->version < version) return false;
      cache_->put(cache_key, *cached);
      shared->send(kept_answer(method, *cached, context.if_none_match));
      return true;
    };
  }
  const bool taken = store->submit(std::move(call), [this, shared, context, &method, store, cache_key,
                                                     version](store::Outcome outcome) {
    // Answers of queries are rendered here, on a reader's thread; but the writer must not be held up.
    if (method.writes()) {
      return shared->send_made([this, context, &method, kept = std::make_shared<store::Outcome>(std::move(outcome))] {
        return render(method, *kept, context);
      });
    }
    http::Response response = render(method, outcome, context);
    if (!cache_key.empty() && response.status == 200) {
      const auto bytes = std::make_shared<const std::string>(std::move(response.body.own));
      const std::string etag = etag_of(*bytes);
      cache_->put(cache_key, {version, bytes, etag});
      if (shared_cache_ != nullptr) shared_cache_->put(cache_key, {version, bytes, etag});
      if (context.if_none_match == etag) {
        response = not_modified(etag);
        response.route = method.name();
      } else {
        response.body = http::Body(bytes);
        response.headers.add("ETag", etag);
      }
    }
    shared->send(std::move(response));
  });
  if (!taken) {
    http::Response response = problem_response(Refusal(v1::PROBLEM_BUSY), context);
    response.route = method.name();
    shared->send(std::move(response));
  }
}

http::Response Dispatcher::render(const Method& method, const store::Outcome& outcome,
                                  const ReplyContext& context) const {
  http::Response response;
  if (outcome.refusal) {
    response = problem_response(*outcome.refusal, context);
  } else if (!outcome.answer) {
    response = problem_response(Refusal(v1::PROBLEM_INTERNAL), context);
  } else {
    const std::string etag = etag_of(*outcome.answer);
    if (method.verb == Verb::Get && !etag.empty() && context.if_none_match == etag) {
      response = not_modified(etag);
    } else {
      if (method.rule.success_status() != 0) response.status = method.rule.success_status();
      response.headers.add("Content-Type", "application/json");
      if (!etag.empty()) response.headers.add("ETag", etag);
      if (outcome.replayed) response.headers.add("Idempotency-Replayed", "true");
      contract::write_json(*outcome.answer, response.body.own,
                           {.offset = options_.offset, .mask_personal = !outcome.unmasked});
    }
  }
  response.route = method.name();
  return response;
}

void Dispatcher::run_operation(store::Call call, const http::Request& request, http::Responder responder) {
  auto shared = std::make_shared<http::Responder>(std::move(responder));
  auto shared_call = std::make_shared<store::Call>(std::move(call));
  ReplyContext context(request);
  const bool taken = run_([this, shared, shared_call, context] {
    const Method& method = *shared_call->method;
    store::Outcome outcome;
    try {
      // Any service knows the grants; the first one is asked.
      store::WorkName act(method.descriptor->full_name());
      act.origin = shared_call->origin;
      act.traceparent = shared_call->traceparent;
      services_.front()->store()->read([&](domain::ReadTx& tx) {
        const domain::Caller caller = resolve(tx, shared_call->principal);
        authorise(tx, method, caller, nullptr);
        act.caller = caller.id;
      });
      outcome.answer = operations_.at(method.descriptor)(*shared_call->request, act);
    } catch (const Refusal& refusal) {
      outcome.refusal = refusal;
    } catch (const std::exception& fault) {
      core::log::error("operation failed", {{"method", method.name()}, {"error", fault.what()}});
    }
    shared->send(render(method, outcome, context));
  });
  if (!taken) shared->send(problem_response(Refusal(v1::PROBLEM_BUSY), context));
}

}  // namespace wenming::runtime
