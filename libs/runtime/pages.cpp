#include "runtime/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "contract/openapi.h"
#include "contract/problem.h"
#include "core/log.h"
#include "http/client.h"
#include "runtime/problem_response.h"
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

/// A page whose bytes never change while the process runs: compressed once.
Page constant_page(std::string_view media_type, std::string_view content, std::string_view security) {
  const auto plain = std::make_shared<const std::string>(content);
  const auto zipped = std::make_shared<const std::string>(http::gzip(content));
  return [=, media_type = std::string(media_type)](const http::Request&, http::Responder responder) {
    http::Response response;
    response.headers = http::Headers{{"Content-Type", media_type}, {"Cache-Control", "no-cache"}};
    if (!security.empty()) response.headers.add("Content-Security-Policy", security);
    response.body = http::Body(plain, zipped);
    responder.send(std::move(response));
  };
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

std::string_view state_text(events::ConsumerStatus::State state) {
  switch (state) {
    case events::ConsumerStatus::State::Running:
      return "running";
    case events::ConsumerStatus::State::Pausing:
      return "pausing";
    case events::ConsumerStatus::State::Stopped:
      return "stopped";
  }
  return "unknown";
}

/// Nullopt where the database cannot be asked: the other figures are worth having all the same.
std::optional<std::int64_t> open_dead_letters(const Node& node) {
  try {
    return node.dead_letters().open_count();
  } catch (const std::exception& fault) {
    core::log::warning("dead letters could not be counted", {{"service", node.name()}, {"error", fault.what()}});
    return std::nullopt;
  }
}

}  // namespace

Pages::Pages(const contract::Contract& contract, std::vector<Node*> nodes, Metrics& metrics,
             std::vector<std::string> peers, std::function<bool(std::function<void()>)> background)
    : contract_(contract),
      nodes_(std::move(nodes)),
      metrics_(metrics),
      peers_(std::move(peers)),
      background_(std::move(background)) {}

void Pages::bind(Dispatcher& dispatcher) {
  bind_health(dispatcher);
  bind_contract(dispatcher);
  bind_assets(dispatcher);
}

void Pages::bind_health(Dispatcher& dispatcher) {
  dispatcher.add_page("/livez", [](const http::Request&, http::Responder responder) {
    responder.send(text_response("text/plain; charset=utf-8", "ok\n"));
  });
  // Asking databases takes a thread that may wait.
  const auto in_background = [this](std::function<http::Response(const std::string& query)> make) {
    return [this, make = std::move(make)](const http::Request& request, http::Responder responder) {
      auto shared = std::make_shared<http::Responder>(std::move(responder));
      if (!background_([shared, make, query = request.query] { shared->send(make(query)); }))
        shared->send(problem_response(domain::Refusal(contract::v1::PROBLEM_BUSY), request));
    };
  };
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
  const bool all = asks_for(query, "all");
  std::string report = draining_ ? "draining\n" : "";
  const bool settled = asks_for(query, "settled");
  bool ready = nodes_ready(settled, report) && !draining_;
  if (all) ready = peers_ready(settled, report) && ready;
  const bool verbose = asks_for(query, "verbose");
  return text_response("text/plain; charset=utf-8", verbose ? report : (ready ? "ok\n" : "not ready\n"),
                       ready ? 200 : 503);
}

bool Pages::nodes_ready(bool settled, std::string& report) const {
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
    if (const auto relay = node->relay()) {
      const std::int64_t lag = relay->leads ? relay->head - relay->sent : 0;
      if (settled && lag != 0) ready = false;
      report += fmt::format("{}: to Kafka {}, lag {}{}{}\n", node->name(), relay->leads ? "sending" : "standing by",
                            lag, relay->error.empty() ? "" : ": ", relay->error);
    }
    if (const std::string error = node->reception_error(); !error.empty()) {
      if (settled) ready = false;
      report += fmt::format("{}: from Kafka nothing: {}\n", node->name(), error);
    }
    for (const auto& consumer : node->consumers()) {
      if (settled && (consumer.lag() != 0 || consumer.state != events::ConsumerStatus::State::Running)) ready = false;
      report += fmt::format("{}: from {} {}, lag {}{}{}{}\n", node->name(), consumer.source, state_text(consumer.state),
                            consumer.lag(), consumer.lag() > kWorthyLag ? " (far behind)" : "",
                            consumer.error.empty() ? "" : ": ", consumer.error);
    }
  }
  return ready;
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
  for (const Node* node : nodes_) {
    for (const auto& consumer : node->consumers()) metrics_.set_lag(node->name(), consumer.source, consumer.lag());
    metrics_.set_dead_letters(node->name(), open_dead_letters(*node));
    if (const auto* live = node->running()->live()) metrics_.set_live_streams(node->name(), live->subscriptions());
  }
  return text_response("text/plain; version=0.0.4; charset=utf-8", metrics_.text());
}

void Pages::bind_contract(Dispatcher& dispatcher) {
  dispatcher.add_page("/openapi.json", constant_page("application/json", contract::openapi(contract_, kVersion), {}));
  dispatcher.add_page("/docs", constant_page("text/html; charset=utf-8", contract::docs_page(), kDocsSecurity));
}

void Pages::bind_assets(Dispatcher& dispatcher) {
  for (const Node* node : nodes_)
    for (const auto& asset : node->running()->table().assets())
      dispatcher.add_page(std::string(asset.path), constant_page(asset.media_type, asset.content, kPageSecurity));
}

}  // namespace wenming::runtime
