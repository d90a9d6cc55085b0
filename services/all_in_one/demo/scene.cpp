#include "all_in_one/demo/scene.h"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "runtime/progress.h"

namespace wenming::all_in_one {

using runtime::ApiClient;
using runtime::Progress;
using runtime::text_of;

std::string Scene::key(std::string_view kind, std::string_view what) const {
  return fmt::format("demo-{}-{}-{}", options.seed, kind, what);
}

const County::Node& Scene::unit(std::size_t i) const {
  return county.nodes[county.units[i % county.units.size()]];
}

Crew::Crew(const ApiClient& client, int size) {
  for (int i = 0; i < size; ++i) clients_.push_back(client.another());
}

void Crew::run(const std::string& label, std::size_t count, const std::function<void(ApiClient&, std::size_t)>& job) {
  Progress progress(label, static_cast<std::int64_t>(count));
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  {
    std::vector<std::jthread> workers;
    for (ApiClient& client : clients_)
      workers.emplace_back([&] {
        try {
          for (std::size_t i = next++; i < count; i = next++) {
            job(client, i);
            progress.advance();
          }
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
          next = count;
        }
      });
  }
  if (failure) std::rethrow_exception(failure);
}

void each(ApiClient& client, const std::string& target, const char* items,
          const std::function<void(const rapidjson::Value&)>& visit) {
  std::string token;
  const char* joint = target.find('?') == std::string::npos ? "?" : "&";
  do {
    const auto page = client.get(fmt::format("{}{}page_size=500&page_token={}", target, joint, token));
    for (const auto& item : page[items].GetArray()) visit(item);
    token = text_of(page, "next_page_token");
  } while (!token.empty());
}

void unless_there(std::string_view code, const std::function<void()>& request) {
  try {
    request();
  } catch (const runtime::ApiRefused& refused) {
    if (refused.code() != code) throw;
  }
}

std::string position_json(double longitude, double latitude) {
  return fmt::format(R"({{"datum":"WGS84","longitude":{:.6f},"latitude":{:.6f}}})", longitude, latitude);
}

std::int64_t day_number(core::Date day) {
  return day.days().time_since_epoch().count();
}

}  // namespace wenming::all_in_one
