#include "runtime/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "contract/contract.h"
#include "contract/descriptors.h"
#include "contract/openapi.h"
#include "contract/problem.h"
#include "http/client.h"
#include "runtime/problem_response.h"
#include "runtime/readings.h"
#include "runtime/version.h"

namespace wenming::runtime {
namespace {

/// A consumer this far behind does not make a service unready (its own facts are right), but is worth a word.
constexpr std::int64_t kWorthyLag = 10'000;
constexpr std::chrono::milliseconds kPeerPatience{2'000};

/// Nothing from elsewhere, nothing inline: what an injected text could do ends here.
constexpr std::string_view kPageSecurity =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The documentation page carries its script and style in itself.
constexpr std::string_view kDocsSecurity =
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; frame-ancestors 'none'";

http::Response text_response(std::string_view media_type, std::string body, unsigned status = 200) {
  http::Response response;
  response.status = status;
  response.headers = http::Headers{{"Content-Type", media_type}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

/// What never changes while the process runs: compressed once.
http::Response constant_response(std::string_view media_type, std::string_view content, std::string_view security) {
  http::Response response;
  response.headers = http::Headers{{"Content-Type", media_type}, {"Cache-Control", "no-cache"}};
  if (!security.empty()) response.headers.add("Content-Security-Policy", security);
  response.body = http::Body(std::make_shared<const std::string>(content),
                             std::make_shared<const std::string>(http::gzip(content)));
  return response;
}

Page constant_page(std::string_view media_type, std::string_view content, std::string_view security) {
  return [response = constant_response(media_type, content, security)](
             const http::Request&, http::Responder responder) { responder.send(http::Response(response)); };
}

/// Whether `a&b=1` names the parameter.
bool asks_for(std::string_view query, std::string_view parameter) {
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    if (one.substr(0, one.find('=')) == parameter) return true;
  }
  return false;
}

}  // namespace

Pages::Pages(std::vector<Node*> nodes, const Metrics& metrics, cache::RedisCache* shared_cache,
             std::vector<std::string> peers, std::function<bool(std::function<void()>)> background)
    : nodes_(std::move(nodes)),
      metrics_(metrics),
      shared_cache_(shared_cache),
      peers_(std::move(peers)),
      background_(std::move(background)) {}

void Pages::bind(Dispatcher& dispatcher) {
  bind_health(dispatcher);
  bind_contract(dispatcher);
  bind_assets(dispatcher);
}

/// What takes its time, on a thread that may wait.
Page Pages::in_background(std::function<http::Response(const std::string& query)> make) const {
  return [this, make = std::move(make)](const http::Request& request, http::Responder responder) {
    auto shared = std::make_shared<http::Responder>(std::move(responder));
    if (!background_([shared, make, query = request.query] { shared->send(make(query)); }))
      shared->send(problem_response(domain::Refusal(contract::v1::PROBLEM_BUSY), request));
  };
}

void Pages::bind_health(Dispatcher& dispatcher) {
  dispatcher.add_page("/livez", [](const http::Request&, http::Responder responder) {
    responder.send(text_response("text/plain; charset=utf-8", "ok\n"));
  });
  dispatcher.add_page("/readyz", [this](const http::Request& request, http::Responder responder) {
    answer_readiness(request, std::move(responder));
  });
  dispatcher.add_page("/metrics", in_background([this](const std::string&) { return metrics_text(); }));
}

/// Peers ask each other. Were all threads of two processes waiting for peers, none would be left to answer them.
void Pages::answer_readiness(const http::Request& request, http::Responder responder) {
  std::shared_ptr<void> turn;
  if (asks_for(request.query, "all")) {
    if (asking_peers_.exchange(true))
      return responder.send(problem_response(domain::Refusal(contract::v1::PROBLEM_BUSY), request));
    turn.reset(this, [](Pages* pages) { pages->asking_peers_ = false; });  // however it ends
  }
  auto shared = std::make_shared<http::Responder>(std::move(responder));
  const bool taken = background_([this, shared, turn = std::move(turn), query = request.query]() mutable {
    http::Response answer = readiness(query);
    turn.reset();  // before somebody who has the answer asks again
    shared->send(std::move(answer));
  });
  if (!taken) shared->send(problem_response(domain::Refusal(contract::v1::PROBLEM_BUSY), request));
}

http::Response Pages::readiness(std::string_view query) const {
  const bool verbose = asks_for(query, "verbose"), settled = asks_for(query, "settled");
  std::string report = draining_ ? "draining\n" : "";
  bool ready = nodes_ready(report) && !draining_;
  // What brokers have to be asked for does not keep those waiting who only want to know where to send requests.
  if (verbose || settled) ready = (nodes_settled(report) || !settled) && ready;
  if (asks_for(query, "all")) ready = peers_ready(settled, report) && ready;
  return text_response("text/plain; charset=utf-8", verbose ? report : (ready ? "ok\n" : "not ready\n"),
                       ready ? 200 : 503);
}

bool Pages::nodes_ready(std::string& report) const {
  bool ready = true;
  for (const Node* node : nodes_) {
    std::string store = "ok";
    try {
      node->running()->store()->read([](domain::ReadTx& tx) { (void)tx.value<int>("SELECT 1"); });
    } catch (const std::exception& fault) {
      store = fault.what();
      ready = false;
    }
    report += fmt::format("{}: store {}, journal {}\n", node->name(), store, node->running()->store()->journal_head());
  }
  return ready;
}

bool Pages::nodes_settled(std::string& report) const {
  bool settled = true;
  for (const Node* node : nodes_) {
    if (const auto relay = node->relay()) {
      if (relay->lag() != 0 || !relay->error.empty()) settled = false;
      report += fmt::format("{}: to Kafka {}, lag {}{}{}\n", node->name(), relay->leads ? "sending" : "standing by",
                            relay->lag(), relay->error.empty() ? "" : ": ", relay->error);
    }
    if (const std::string error = node->reception_error(); !error.empty()) {
      settled = false;
      report += fmt::format("{}: from Kafka nothing: {}\n", node->name(), error);
    }
    for (const auto& consumer : node->consumers()) {
      const auto lag = consumer.lag();
      if (lag != 0 || consumer.state != events::ConsumerStatus::State::Running) settled = false;
      report += fmt::format("{}: from {} {}, lag {}{}{}{}\n", node->name(), consumer.source, name_of(consumer.state),
                            lag ? std::to_string(*lag) : "unknown", lag > kWorthyLag ? " (far behind)" : "",
                            consumer.error.empty() ? "" : ": ", consumer.error);
    }
  }
  return settled;
}

bool Pages::peers_ready(bool settled, std::string& report) const {
  bool ready = true;
  for (const std::string& peer : peers_) {
    report += fmt::format("{}:\n", peer);
    try {
      const http::Reply reply = http::Client(peer, {.timeout = kPeerPatience})
                                    .request("GET", settled ? "/readyz?verbose&settled" : "/readyz?verbose");
      ready = ready && reply.status == 200;
      report += reply.body;
    } catch (const std::exception& fault) {
      ready = false;
      report += fmt::format("{}\n", fault.what());
    }
  }
  return ready;
}

http::Response Pages::metrics_text() const {
  return text_response("text/plain; version=0.0.4; charset=utf-8", metrics_.text(readings(nodes_, shared_cache_)));
}

void Pages::bind_contract(Dispatcher& dispatcher) {
  dispatcher.add_page("/openapi.json", in_background([this](const std::string&) { return document(); }));
  dispatcher.add_page("/docs", constant_page("text/html; charset=utf-8", contract::docs_page(), kDocsSecurity));
}

/// Of all services, whichever this process is of. Made when first asked for: few processes ever are.
http::Response Pages::document() {
  std::call_once(document_made_, [this] {
    document_ = constant_response("application/json",
                                  contract::openapi(contract::Contract(contract::all_services()), kVersion), {});
  });
  return document_;
}

void Pages::bind_assets(Dispatcher& dispatcher) {
  for (const Node* node : nodes_)
    for (const auto& asset : node->running()->table().assets())
      dispatcher.add_page(std::string(asset.path), constant_page(asset.media_type, asset.content, kPageSecurity));
}

}  // namespace wenming::runtime
