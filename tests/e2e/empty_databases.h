#pragma once

#include <array>
#include <string>

#include "testing/postgres_server.h"

namespace wenming::e2e {

inline constexpr std::array kServices{"identity", "volunteer", "inspection", "hotline", "publicity", "dashboard"};

/// Of all services, on the server that tests share: `NAME-hotline` and so on.
class EmptyDatabases {
 public:
  explicit EmptyDatabases(std::string name) : name_(std::move(name)) {
    std::string connection;  // `host=FOLDER user=… dbname=…`
    for (const char* service : kServices) connection = testing::PostgresServer::shared().database(of(service));
    url_ = "postgresql:///" + of("{service}") + "?user=postgres&" + connection.substr(0, connection.find(' '));
  }

  /// The name of a service's database.
  [[nodiscard]] std::string of(const std::string& service) const { return name_ + "-" + service; }
  /// As `--store` wants it.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string name_, url_;
};

}  // namespace wenming::e2e
