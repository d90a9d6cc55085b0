// How long an acknowledged write takes to reach the open stream of a dashboard: submits hours at a steady rate through
// several connections and watches the county's live stream. A write is seen with the first value that counts it.
//   lag_bench URL TOKEN WRITER_TOKEN UNIT VOLUNTEERS_FILE RATE SECONDS [FIRST_DAY]
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/time.h"
#include "http/client.h"

namespace {

using namespace wenming;
using Steady = std::chrono::steady_clock;

constexpr int kConnections = 16;

struct Load {
  std::string url, token, writer_token, unit;
  std::vector<std::string> volunteers;
  int rate = 0, seconds = 0;
  int first_day = 0;  // days before two years ago; what an earlier run filled would overlap
};

/// Counts of the stream with the moment at which each arrived, in order.
struct Seen {
  std::int64_t pending;
  Steady::time_point at;
};

std::int64_t pending_of(std::string_view json) {
  rapidjson::Document value;
  value.Parse(json.data(), json.size());
  return value["figures"]["hour_entries_pending"].GetInt64();
}

/// One entry a day and volunteer, backwards from the first day, so that none overlaps another.
std::string body_of(const Load& load, std::size_t number) {
  const auto day = std::chrono::hours(24) * (730 + load.first_day + static_cast<int>(number / load.volunteers.size()));
  const auto now = std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now()) - day;
  const core::Timestamp at(std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
  return fmt::format(R"({{"starts_at":"{}","minutes":30,"description":"measured"}})",
                     core::to_rfc3339(at, core::UtcOffset()));
}

double percentile(std::vector<double>& values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}

int run(const Load& load) {
  std::vector<Seen> seen;
  std::mutex mutex;
  std::atomic<bool> watching = true;
  std::jthread watcher([&] {
    http::Client client(load.url);
    const std::string target = fmt::format("/v1/dashboard/stream?unit_id={}", load.unit);
    const http::Headers headers{{"Authorization", "Bearer " + load.token}};
    client.read_lines(target, headers, [&](std::string_view line) {
      if (line.starts_with("data: {\"unit_id")) {
        const std::int64_t pending = pending_of(line.substr(6));
        const std::lock_guard lock(mutex);
        seen.push_back({pending, Steady::now()});
      }
      return watching.load();
    });
  });
  const auto last_seen = [&] {
    const std::lock_guard lock(mutex);
    return seen.empty() ? std::int64_t{-1} : seen.back().pending;
  };
  while (last_seen() < 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::int64_t before = last_seen();

  std::vector<Steady::time_point> acknowledged;
  std::vector<double> writes;  // milliseconds from sending to the answer
  std::atomic<std::size_t> next = 0;
  const auto count = static_cast<std::size_t>(load.rate) * static_cast<std::size_t>(load.seconds);
  const auto start = Steady::now();
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kConnections; ++i)
      writers.emplace_back([&] {
        http::Client client(load.url);
        for (std::size_t n = next++; n < count; n = next++) {
          std::this_thread::sleep_until(start + std::chrono::microseconds(1'000'000) * n / load.rate);
          const std::string target =
              fmt::format("/v1/volunteers/{}/hours", load.volunteers[n % load.volunteers.size()]);
          const http::Headers headers{{"Authorization", "Bearer " + load.writer_token},
                                      {"Content-Type", "application/json"},
                                      {"Idempotency-Key", fmt::format("lag-{}-{}", before, n)}};
          const auto sent = Steady::now();
          const http::Reply reply = client.request("POST", target, headers, body_of(load, n));
          if (reply.status != 201) continue;
          const std::lock_guard lock(mutex);
          acknowledged.push_back(Steady::now());
          writes.push_back(std::chrono::duration<double, std::milli>(acknowledged.back() - sent).count());
        }
      });
  }
  const auto deadline = Steady::now() + std::chrono::seconds(10);
  while (last_seen() < before + static_cast<std::int64_t>(acknowledged.size()) && Steady::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  watching = false;

  // The n-th acknowledged write is seen with the first value that counts n more than before.
  std::vector<double> lags;
  std::size_t value = 0;
  const std::lock_guard lock(mutex);
  for (std::size_t n = 0; n < acknowledged.size(); ++n) {
    while (value < seen.size() && seen[value].pending < before + static_cast<std::int64_t>(n) + 1) ++value;
    if (value == seen.size()) break;
    const std::chrono::duration<double, std::milli> lag = seen[value].at - acknowledged[n];
    lags.push_back(std::max(0.0, lag.count()));
  }
  if (lags.empty()) return EXIT_FAILURE;
  fmt::print("{} written: p50 {:.1f} ms, p99 {:.1f} ms; {} seen: p50 {:.1f} ms, p99 {:.1f} ms\n", writes.size(),
             percentile(writes, 0.5), percentile(writes, 0.99), lags.size(), percentile(lags, 0.5),
             percentile(lags, 0.99));
  std::fflush(stdout);
  std::_Exit(EXIT_SUCCESS);  // the stream has no end of its own
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8 && argc != 9) {
    fmt::print(stderr, "usage: lag_bench URL TOKEN WRITER_TOKEN UNIT VOLUNTEERS_FILE RATE SECONDS [FIRST_DAY]\n");
    return 2;
  }
  Load load{argv[1],
            argv[2],
            argv[3],
            argv[4],
            {},
            std::atoi(argv[6]),
            std::atoi(argv[7]),
            argc == 9 ? std::atoi(argv[8]) : 0};
  std::ifstream file(argv[5]);
  for (std::string line; std::getline(file, line);) load.volunteers.push_back(line);
  return run(load);
}
