#include "e2e/small_county.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <utility>

#include "core/clock.h"
#include "core/time.h"

namespace wenming::e2e {
namespace {

constexpr core::UtcOffset kOffset;

DirectClient signed_in_admin(const ServerProcess& server) {
  std::string password;
  std::ifstream file(server.password_file());
  std::getline(file, password);
  const Answer tokens = expect_success(
      DirectClient(server.url())
          .post("/v1/sessions", fmt::format(R"({{"account":"admin","password":{}}})", runtime::json_string(password))));
  return DirectClient(server.url(), tokens.text("/access_token"));
}

}  // namespace

SmallCounty::SmallCounty(const ServerProcess& server) : server_(server), admin_(signed_in_admin(server)) {
  district = organisation("D", "", "DISTRICT");
  east = organisation("E", district, "TOWNSHIP");
  east_community = organisation("E1", east, "COMMUNITY");
  west = organisation("W", district, "TOWNSHIP");
  west_community = organisation("W1", west, "COMMUNITY");
  settle();
}

DirectClient SmallCounty::caller(std::string_view role, std::string_view unit_id) {
  const Answer made = expect_success(admin_.post(
      "/v1/api-keys", fmt::format(R"({{"name":"{0} of {1}","role":"{0}","unit_id":"{1}","expires_at":"{2}"}})", role,
                                  unit_id, moment(std::chrono::hours(1)))));
  return DirectClient(server_.url(), made.text("/secret"));
}

std::string SmallCounty::organisation(std::string_view code, std::string_view parent_id, std::string_view level) {
  return expect_success(admin_.post("/v1/organisations",
                                    fmt::format(R"({{"code":"{0}","name":"unit {0}","parent_id":"{1}","level":"{2}"}})",
                                                code, parent_id, level)))
      .text("/id");
}

std::string SmallCounty::user(std::string_view account, std::string_view unit_id) {
  return expect_success(
             admin_.post("/v1/users",
                         fmt::format(R"({{"account":"{0}","display_name":"{0}","password":"{1}","unit_id":"{2}"}})",
                                     account, kPassword, unit_id)))
      .text("/id");
}

void SmallCounty::grant(std::string_view user_id, std::string_view role, std::string_view unit_id) {
  expect_success(admin_.post("/v1/grants",
                             fmt::format(R"({{"user_id":"{}","role":"{}","unit_id":"{}"}})", user_id, role, unit_id)));
}

Answer SmallCounty::sign_in(std::string_view account) {
  return expect_success(
      nobody().post("/v1/sessions", fmt::format(R"({{"account":"{}","password":"{}"}})", account, kPassword)));
}

void SmallCounty::settle() const {
  if (!all_events_applied(server_)) throw std::runtime_error("events are not applied:\n" + server_.log());
}

Answer expect_success(Answer answer) {
  if (answer.status < 200 || answer.status > 299)
    throw std::runtime_error(fmt::format("answered {}: {}", answer.status, answer.body));
  return answer;
}

std::string moment(std::chrono::minutes from_now) {
  const core::Timestamp now = core::SystemClock().now();
  constexpr std::int64_t kMicrosPerMinute = 60'000'000;
  const core::Timestamp whole_minute(now.micros() / kMicrosPerMinute * kMicrosPerMinute);
  return core::to_rfc3339(whole_minute + from_now, kOffset);
}

std::string day(int from_today) {
  return core::to_text(kOffset.date_of(core::SystemClock().now()) + std::chrono::days(from_today));
}

}  // namespace wenming::e2e
