#include "runtime/application.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <utility>

#include "auth/token_authenticator.h"
#include "cache/in_process/in_process_cache.h"
#include "cache/redis/redis_cache.h"
#include "core/log.h"
#include "reference/reference.h"
#include "runtime/alarm.h"
#include "runtime/background.h"
#include "runtime/dispatcher.h"
#include "runtime/key_file.h"
#include "runtime/metrics.h"
#include "runtime/migration.h"
#include "runtime/node.h"
#include "runtime/open_files.h"
#include "runtime/operations.h"
#include "runtime/outside.h"
#include "runtime/pages.h"
#include "wenming/operations/v1/operations.pb.h"

namespace wenming::runtime {
namespace {

/// Operators' methods and pages that ask databases: rare, and slow enough to stay off the IO threads.
constexpr std::size_t kBackgroundThreads = 2;
constexpr std::size_t kMaxBackgroundWork = 64;

std::vector<const google::protobuf::ServiceDescriptor*> descriptors_of(const std::vector<domain::Service>& services) {
  std::vector<const google::protobuf::ServiceDescriptor*> all;
  for (const auto& service : services) all.insert(all.end(), service.contract().begin(), service.contract().end());
  all.push_back(operations::v1::OperationsService::descriptor());
  return all;
}

/// Answers are asked for again within the minute in which they were kept, or never (Dispatcher's keys).
constexpr std::chrono::minutes kKeptInRedis{2};

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("cannot read the password of Redis from " + path);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::shared_ptr<cache::RedisCache> open_shared_cache(const ServerSettings& settings) {
  if (settings.cache_url.empty()) return nullptr;
  cache::RedisCacheOptions options;
  options.time_to_live = kKeptInRedis;
  options.ca_file = settings.cache_ca_file;
  if (!settings.cache_password_file.empty()) options.password = first_line(settings.cache_password_file);
  return std::make_shared<cache::RedisCache>(settings.cache_url, options);
}

}  // namespace

Program::Program(core::Settings& settings, const std::vector<ServiceFactory>& factories) {
  for (const ServiceFactory make : factories) services_.push_back(make(settings));
  contract_ = std::make_unique<contract::Contract>(descriptors_of(services_));
  for (const auto& service : services_) service.check(*contract_);
}

class Application::Impl {
 public:
  Impl(const Program& program, const ServerSettings& settings);
  ~Impl() { stop_nodes(); }

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  bool stop();

 private:
  void open_nodes();
  void start_consumers();
  void make_dispatcher();
  void listen();
  void stop_nodes();
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] Node& key_owner() const;

  const Program& program_;
  const ServerSettings settings_;
  const std::shared_ptr<const core::Clock> clock_ = std::make_shared<core::SystemClock>();
  const std::unique_ptr<Databases> databases_;
  const std::shared_ptr<cache::RedisCache> shared_cache_;
  Metrics metrics_;
  Alarm alarm_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Operations> operations_;
  std::unique_ptr<Pages> pages_;
  std::unique_ptr<http::Server> server_;
  Background background_{kBackgroundThreads, kMaxBackgroundWork};
};

Application::Impl::Impl(const Program& program, const ServerSettings& settings)
    : program_(program),
      settings_(settings),
      databases_(open_databases(settings.store_url)),
      shared_cache_(open_shared_cache(settings)) {
  if (databases_->shared()) require_migrated(program_.services(), *databases_);
  try {
    open_nodes();
    start_consumers();
    make_dispatcher();
    listen();
  } catch (...) {
    stop_nodes();  // those that run already lean on the rest
    throw;
  }
}

void Application::Impl::open_nodes() {
  NodeSettings common;
  common.contract = &program_.contract();
  common.databases = databases_.get();
  common.kafka = settings_.kafka;
  common.max_streams = settings_.streams;
  common.alarm = &alarm_;
  common.background = [this](std::function<void()> work) { return background_.run(std::move(work)); };
  common.store.clock = clock_;
  common.store.outside = open_outside(settings_.blobs, settings_.outgoing);
  common.store.keys = open_keys(program_.services(), settings_, *databases_);
  common.store.offset = settings_.offset;
  common.store.calendar = [offset = settings_.offset, hours = settings_.working_hours](domain::ReadTx& tx) {
    return std::make_shared<const core::WorkingCalendar>(reference::working_calendar(tx, offset, hours));
  };
  common.store.limits.writer_queue = settings_.queue_length;
  common.store.limits.lanes = static_cast<unsigned>(settings_.lanes);
  common.store.limits.reader_threads = static_cast<unsigned>(settings_.reader_threads);
  for (const auto& service : program_.services()) {
    nodes_.push_back(std::make_unique<Node>(service, common, metrics_.store(service.name())));
    if (const auto& notice = service.first_start_notice())
      if (const std::string line = notice(); !line.empty()) {
        fmt::print("{}\n", line);
        std::fflush(stdout);  // where it goes to a file, nobody shall wait for the rest of the buffer
      }
  }
}

void Application::Impl::start_consumers() {
  std::vector<std::shared_ptr<events::EventSource>> sources;
  for (const auto& node : nodes_)
    if (node->source()) sources.push_back(node->source());
  for (const auto& node : nodes_) node->consume(sources);
}

Node& Application::Impl::key_owner() const {
  for (const auto& node : nodes_)
    if (node->running()->table().is_reference_owner()) return *node;
  return *nodes_.front();  // a replica
}

void Application::Impl::make_dispatcher() {
  std::vector<std::shared_ptr<RunningService>> services;
  services.reserve(nodes_.size());
  for (const auto& node : nodes_) services.push_back(node->running());
  const auto keys = [running = key_owner().running()] {
    std::vector<auth::PublicKey> known;
    running->store()->read([&](domain::ReadTx& tx) { known = reference::signing_keys(tx); });
    return known;
  };
  const auto background = [this](std::function<void()> work) { return background_.run(std::move(work)); };
  constexpr std::size_t kProvedTokens = 20'000;
  dispatcher_ =
      std::make_unique<Dispatcher>(program_.contract(), std::move(services),
                                   std::make_shared<auth::TokenAuthenticator>(keys, kProvedTokens, background), clock_,
                                   std::make_shared<cache::InProcessCache>(settings_.cache_bytes), shared_cache_,
                                   Dispatcher::Options{.offset = settings_.offset,
                                                       .body_bytes = settings_.body_bytes,
                                                       .stream_age = settings_.stream_age,
                                                       .alarm = &alarm_});
  dispatcher_->set_executor(background);

  std::vector<Node*> nodes;
  nodes.reserve(nodes_.size());
  for (const auto& node : nodes_) nodes.push_back(node.get());
  operations_ = std::make_unique<Operations>(nodes);
  operations_->bind(*dispatcher_);
  dispatcher_->check();
  pages_ = std::make_unique<Pages>(nodes, metrics_, shared_cache_.get(), settings_.peers, background);
  pages_->bind(*dispatcher_);
}

/// As many as the settings say, unless the system lets the process open too few files for them.
std::size_t Application::Impl::connections() const {
  const std::size_t open_files = raise_open_files();
  const std::size_t bound =
      connections_within(open_files, settings_.connections, own_files(nodes_.size(), settings_.reader_threads));
  if (bound < settings_.connections)
    core::log::warning("http.max_connections is more than the process may open: raise its bound of open files",
                       {{"wanted", std::to_string(settings_.connections)},
                        {"taken", std::to_string(bound)},
                        {"open_files", std::to_string(open_files)}});
  return bound;
}

void Application::Impl::listen() {
  http::Options options;
  options.address = settings_.listen_address;
  options.port = settings_.listen_port;
  options.io_threads = settings_.io_threads;
  options.connections = connections();
  options.cors_origins = settings_.cors_origins;
  options.trusted_proxies = settings_.trusted_proxies;
  options.tls_certificate_file = settings_.tls_certificate_file;
  options.tls_key_file = settings_.tls_key_file;
  options.body_limit = [this](std::string_view verb, std::string_view path) {
    return dispatcher_->body_limit(verb, path);
  };
  options.error_response = server_refusal;
  options.observer = metrics_.http();
  server_ =
      std::make_unique<http::Server>(std::move(options), [this](http::Request&& request, http::Responder responder) {
        dispatcher_->handle(std::move(request), std::move(responder));
      });
}

bool Application::Impl::stop() {
  pages_->set_draining();
  const bool whole = server_->drain(settings_.drain);
  stop_nodes();
  return whole;
}

/// Consumers first: they read from one store and write to another.
void Application::Impl::stop_nodes() {
  server_.reset();
  alarm_.stop();  // what it calls may hand work on
  background_.join();
  for (const auto& node : nodes_) node->stop_consuming();
  for (const auto& node : nodes_) node->stop();
}

Application::Application(const Program& program, const ServerSettings& settings)
    : impl_(std::make_unique<Impl>(program, settings)) {}
Application::~Application() = default;

std::uint16_t Application::port() const {
  return impl_->port();
}
bool Application::stop() {
  return impl_->stop();
}

}  // namespace wenming::runtime
