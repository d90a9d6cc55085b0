#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "e2e/small_county.h"

namespace wenming::e2e {

/// A running server with a small county and callers in the east.
class ConventionsTest : public ::testing::Test {
 protected:
  ConventionsTest() { county_.settle(); }

  static std::string point_json(std::string_view name, std::string_view unit_id) {
    return fmt::format(R"({{"name":"{}","unit_id":"{}"}})", name, unit_id);
  }
  static std::string organisation_json(std::string_view code, std::string_view parent_id) {
    return fmt::format(R"({{"code":"{0}","name":"{0}","parent_id":"{1}","level":"COMMUNITY"}})", code, parent_id);
  }
  static std::string credentials_json(std::string_view account, std::string_view password) {
    return fmt::format(R"({{"account":"{}","password":"{}"}})", account, password);
  }
  static http::Headers json_with_key(std::string_view key) {
    return {{"Content-Type", "application/json"}, {"Idempotency-Key", key}};
  }

  /// The total of a list, counted by the server.
  static std::int64_t total(DirectClient& by, std::string_view list) {
    return expect_success(by.get(fmt::format("{}?include_total=true", list))).number("/total");
  }

  const TemporaryFolder folder_;
  ServerProcess server_{folder_.path() / "data", {"http.cors_origins=https://front.example"}};
  SmallCounty county_{server_};
  DirectClient office_ = county_.caller("OFFICE", county_.east);
};

}  // namespace wenming::e2e
