#include "store/postgres/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "core/log.h"
#include "store/postgres/connection.h"

namespace wenming::store {
namespace {

/// The longest time between two looks.
constexpr std::chrono::milliseconds kLookEvery{500};

}  // namespace

PostgresWatch::PostgresWatch(std::string url, std::string schema, std::shared_ptr<const OwnBackends> own,
                             std::function<void()> changed)
    : url_(std::move(url)),
      schema_(std::move(schema)),
      own_(std::move(own)),
      changed_(std::move(changed)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

PostgresWatch::~PostgresWatch() {
  thread_.request_stop();
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(wake_);
}

void PostgresWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      listen(stop);
    } catch (const EngineError& fault) {
      core::log::debug("commits of other processes are not heard of", {{"error", fault.what()}});
      pollfd stopped{wake_, POLLIN, 0};
      ::poll(&stopped, 1, static_cast<int>(kLookEvery.count()));
    }
  }
}

void PostgresWatch::listen(const std::stop_token& stop) {
  PostgresConnection connection(url_, PostgresConnection::Role::Reader, schema_);
  connection.listen();
  while (!stop.stop_requested()) {
    changed_();
    connection.wait_for_announcement(kLookEvery, wake_, *own_);
  }
}

}  // namespace wenming::store
