#pragma once

#include <rapidjson/document.h>
#include <CLI/CLI.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

#include "http/client.h"

namespace wenming::runtime {

/// How a command finds and enters a running server: `--url` or WENMING_URL, and `--token` or WENMING_TOKEN, or an
/// account with its password.
struct Access {
  std::string url = "http://127.0.0.1:8080";
  std::string token;
  std::string account;
  std::string password_file;  // empty with an account: the password is asked for on the terminal

  void add_to(CLI::App& command);
};

/// The server refused; `what()` is a sentence for the user, with every offending field on a line of its own.
class ApiRefused : public std::runtime_error {
 public:
  ApiRefused(unsigned status, std::string code, const std::string& text)
      : std::runtime_error(text), status_(status), code_(std::move(code)) {}
  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  unsigned status_;
  std::string code_;
};

/// Speaks to the API for the command line. Signs in at the first request that needs it, and again when the token has
/// run out; waits and tries again where the server says that it is busy. One thread at a time; `another` makes a client
/// with a connection of its own for a further thread.
class ApiClient {
 public:
  explicit ApiClient(Access access);

  /// Answers as JSON. Throws ApiRefused where the server refuses, std::runtime_error where it cannot be reached.
  rapidjson::Document get(std::string_view target);
  /// `key` makes repeating the request harmless; it must be the same for the same thing to do.
  rapidjson::Document post(std::string_view target, std::string_view json, std::string_view key);
  rapidjson::Document put(std::string_view target, std::string_view json);
  /// A file as the body of an import.
  rapidjson::Document upload(std::string_view target, std::string_view media_type, std::string_view content,
                             std::string_view key);

  /// The answer as it came, whatever its status.
  http::Reply send(std::string_view verb, std::string_view target, const http::Headers& headers, std::string_view body);

  [[nodiscard]] ApiClient another() const;

 private:
  void sign_in();
  rapidjson::Document checked(const http::Reply& reply) const;

  Access access_;
  std::string password_;
  http::Client client_;
};

/// Text as a JSON string, quotes included.
std::string json_string(std::string_view text);
/// A member that is a string; empty where it is absent.
std::string_view text_of(const rapidjson::Value& object, const char* member);
std::int64_t number_of(const rapidjson::Value& object, const char* member);

}  // namespace wenming::runtime
