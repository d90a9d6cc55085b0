#include "http/host.h"

#include <utility>

namespace wenming::http {

Host::Host(Options given_options, Handler given_handler)
    : options(std::move(given_options)),
      handler(std::move(given_handler)),
      cors(options.cors_origins, options.cors_exposed_headers),
      trusted_proxies(options.trusted_proxies),
      body_room(std::make_shared<BodyRoom>(options.large_bodies_bytes)),
      observer_(options.observer ? options.observer : std::make_shared<Observer>()) {}

Response Host::refusal(unsigned status, const Request& about) const {
  Response response = options.error_response ? options.error_response(status, about) : Response();
  response.status = status;
  return response;
}

void Host::connection_opened() {
  ++open_;
  observer().connection_opened();
}

void Host::connection_closed() {
  observer().connection_closed();
  if (--open_ == 0) {
    // Under the mutex, or the notice could fall between the waiter's look and its sleep.
    const std::lock_guard lock(mutex_);
    closed_.notify_all();
  }
}

bool Host::wait_until_all_closed(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return closed_.wait_until(lock, deadline, [this] { return open_ == 0; });
}

}  // namespace wenming::http
