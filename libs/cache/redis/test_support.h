#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "cache/cache.h"
#include "core/log.h"

namespace wenming::cache {

/// For tests that are not about time: a busy machine must not look like a slow Redis.
inline constexpr std::chrono::milliseconds kPatient = std::chrono::seconds(20);

inline void put(Cache& cache, const std::string& key, std::uint64_t version, std::string bytes, std::string etag = {}) {
  cache.put(key, {version, std::make_shared<const std::string>(std::move(bytes)), std::move(etag)});
}

inline std::string get(Cache& cache, const std::string& key) {
  const auto cached = cache.get(key);
  return cached ? std::to_string(cached->version) + ":" + *cached->bytes : "nothing";
}

inline bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline std::chrono::milliseconds duration_of(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

/// Hears what is logged while it lives.
class Log {
 public:
  Log() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", core::log::make_sink({.format = core::log::Format::Text, .level = core::log::Level::Info, .offset = {}},
                                     lines_)));
  }
  ~Log() { spdlog::set_default_logger(before_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  [[nodiscard]] std::string text() const { return lines_.str(); }
  [[nodiscard]] std::size_t count(const std::string& message) const {
    const std::string all = text();
    std::size_t found = 0;
    for (std::size_t at = all.find(message); at != std::string::npos; at = all.find(message, at + 1)) ++found;
    return found;
  }

 private:
  std::ostringstream lines_;
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

}  // namespace wenming::cache
