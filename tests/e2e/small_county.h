#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "e2e/direct_client.h"
#include "e2e/server_process.h"

namespace wenming::e2e {

/// A district with two townships, each with a community, on a fresh server; and callers of every kind. Throws
/// std::runtime_error with the answer where the server does not do what it should.
class SmallCounty {
 public:
  explicit SmallCounty(const ServerProcess& server);

  std::string district, east, east_community, west, west_community;  // ids

  /// Signed in as `admin`.
  DirectClient& admin() { return admin_; }
  /// Whoever has an API key with this role (`LIAISON`) on this unit; empty: on the whole deployment. Known to every
  /// service once `settle` has returned.
  DirectClient caller(std::string_view role, std::string_view unit_id);
  /// Signed in with `kPassword`.
  DirectClient person(std::string_view account) {
    return DirectClient(server_.url(), sign_in(account).text("/access_token"));
  }
  [[nodiscard]] DirectClient nobody() const { return DirectClient(server_.url()); }

  /// Makes an organisation and returns its id.
  std::string organisation(std::string_view code, std::string_view parent_id, std::string_view level);
  /// Makes a user whose password is `kPassword` and returns the id.
  std::string user(std::string_view account, std::string_view unit_id);
  void grant(std::string_view user_id, std::string_view role, std::string_view unit_id);
  /// Signs in with `kPassword`; the answer holds the tokens.
  Answer sign_in(std::string_view account);

  /// Waits until every service has applied what happened so far.
  void settle() const;

  static constexpr std::string_view kPassword = "a long enough password";

 private:
  const ServerProcess& server_;
  DirectClient admin_;
};

/// The answer if it is a success. Throws std::runtime_error with status and body otherwise.
Answer expect_success(Answer answer);

/// `2026-03-05T09:00:00+08:00`, so far from now.
std::string moment(std::chrono::minutes from_now);
/// `2026-03-05`, so far from today.
std::string day(int from_today);

}  // namespace wenming::e2e
