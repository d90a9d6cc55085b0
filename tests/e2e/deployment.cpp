#include "e2e/deployment.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "e2e/sample_files.h"

namespace wenming::e2e {
namespace {

using ::testing::EndsWith;

constexpr int kConnections = 8;

std::string with(const std::string& target, const std::string& parameters) {
  return target + (target.find('?') == std::string::npos ? '?' : '&') + parameters;
}

}  // namespace

Deployment::Deployment(const std::filesystem::path& samples)
    : server_(folder_.path() / "data"), admin_(server_.admin()) {
  import_divisions(samples / "org/dazu_divisions.csv");
  read_ids();
}

void Deployment::import_divisions(const std::filesystem::path& file) {
  const SampleFile divisions(file);
  for (const SampleRow& row : divisions.rows()) parents_.emplace(row["code"], row["parent_code"]);
  timed("import 338 divisions", [&] {
    EXPECT_THAT(command({"import", "organisations", file.string()}), EndsWith("338 taken, 0 unchanged, 0 refused\n"));
  });
  timed("import 338 divisions again", [&] {
    EXPECT_THAT(command({"import", "organisations", file.string()}), EndsWith("0 taken, 338 unchanged, 0 refused\n"));
  });
  settle();
}

void Deployment::read_ids() {
  each_item(admin_, "/v1/organisations", "organisations", [&](const auto& organisation) {
    ids_.emplace(runtime::text_of(organisation, "code"), runtime::text_of(organisation, "id"));
  });
  EXPECT_EQ(ids_.size(), parents_.size());
}

void Deployment::add_unit(const std::string& code, const std::string& name, const std::string& parent_code,
                          const std::string& level) {
  const auto made = admin_.post("/v1/organisations",
                                fmt::format(R"({{"code":"{}","name":"{}","parent_id":"{}","level":"{}"}})", code, name,
                                            ids_.at(parent_code), level),
                                "add-" + code);
  ids_.emplace(code, runtime::text_of(made, "id"));
  parents_.emplace(code, parent_code);
}

std::string Deployment::command(std::vector<std::string> arguments) {
  const CommandResult result = run_as_admin(server_, std::move(arguments));
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.output;
}

void Deployment::settle() {
  ASSERT_TRUE(all_events_applied(server_)) << server_.log();
}

void Deployment::stop_and_verify() {
  const auto verify = [&] {
    timed("verify the audit trail", [&] {
      const auto verified = run_wenming({"audit", "verify", "--store", server_.store_url()});
      EXPECT_EQ(verified.exit_code, 0) << verified.output;
    });
  };
  if (tests_cluster()) verify();  // its databases stop with it
  EXPECT_EQ(server_.stop(), 0);
  if (!tests_cluster()) verify();
}

void timed(std::string_view step, const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  fmt::print("[ {:7.2f} s] {}\n", taken.count(), step);
}

void in_parallel(const runtime::ApiClient& client, std::size_t count,
                 const std::function<void(runtime::ApiClient&, std::size_t)>& job) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::future<void>> workers;
  for (int i = 0; i < kConnections; ++i)
    workers.push_back(std::async(std::launch::async, [&, own = client.another()]() mutable {
      for (std::size_t n = next++; n < count; n = next++) job(own, n);
    }));
  for (auto& worker : workers) worker.get();
}

void each_item(runtime::ApiClient& client, const std::string& target, const char* items,
               const std::function<void(const rapidjson::Value&)>& visit) {
  std::string token;
  do {
    const auto page = client.get(with(target, "page_size=500&page_token=" + token));
    for (const auto& item : page[items].GetArray()) visit(item);
    token = runtime::text_of(page, "next_page_token");
  } while (!token.empty());
}

std::int64_t total_of(runtime::ApiClient& client, const std::string& target) {
  return runtime::number_of(client.get(with(target, "page_size=1&include_total=true")), "total");
}

}  // namespace wenming::e2e
