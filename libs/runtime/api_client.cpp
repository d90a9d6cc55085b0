#include "runtime/api_client.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <termios.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

namespace wenming::runtime {
namespace {

/// A busy server is asked again this often before the command gives up.
constexpr int kBusyTries = 30;

std::string read_secret_file(const std::string& path) {
  std::ifstream in(path);
  std::string secret;
  if (!std::getline(in, secret) || secret.empty()) throw std::runtime_error(fmt::format("{} holds no password", path));
  return secret;
}

/// Asks on the terminal without showing what is typed.
std::string ask_password(const std::string& account) {
  if (::isatty(STDIN_FILENO) == 0)
    throw std::runtime_error("no password: give --password-file, or --token, or run on a terminal");
  fmt::print(stderr, "Password of {}: ", account);
  termios shown{};
  ::tcgetattr(STDIN_FILENO, &shown);
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string password;
  std::getline(std::cin, password);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  fmt::print(stderr, "\n");
  return password;
}

std::chrono::seconds retry_after(const http::Reply& reply) {
  const std::string_view value = reply.headers.get("Retry-After");
  int seconds = 1;
  std::from_chars(value.data(), value.data() + value.size(), seconds);
  return std::chrono::seconds(seconds);
}

bool is_busy(const http::Reply& reply) {
  return reply.status == 503 || reply.status == 429;
}

}  // namespace

void Access::add_to(CLI::App& command) {
  command.add_option("--url", url, "The server, http://HOST:PORT")->envname("WENMING_URL")->capture_default_str();
  command.add_option("--token", token, "An access token or API key")->envname("WENMING_TOKEN");
  command.add_option("--account", account, "Signs in as this account");
  command.add_option("--password-file", password_file, "Its password, on the first line")->check(CLI::ExistingFile);
}

ApiClient::ApiClient(Access access) : access_(std::move(access)), client_(access_.url) {
  if (!access_.account.empty() && !access_.password_file.empty()) password_ = read_secret_file(access_.password_file);
}

ApiClient ApiClient::another() const {
  ApiClient client(access_);
  client.password_ = password_;
  return client;
}

void ApiClient::sign_in() {
  if (password_.empty()) password_ = ask_password(access_.account);
  const std::string body =
      fmt::format("{{\"account\":{},\"password\":{}}}", json_string(access_.account), json_string(password_));
  const http::Headers headers{{"Content-Type", "application/json"}, {"Accept-Language", "en"}};
  const rapidjson::Document tokens = checked(client_.request("POST", "/v1/sessions", headers, body));
  access_.token = text_of(tokens, "access_token");
}

http::Reply ApiClient::send(std::string_view verb, std::string_view target, const http::Headers& headers,
                            std::string_view body) {
  if (access_.token.empty() && !access_.account.empty()) sign_in();
  for (int attempt = 0;; ++attempt) {
    http::Headers all = headers;
    all.add("Accept-Language", "en");
    if (!access_.token.empty()) all.add("Authorization", "Bearer " + access_.token);
    http::Reply reply = client_.request(verb, target, all, body);
    if (reply.status == 401 && !access_.account.empty() && attempt == 0) {
      sign_in();
    } else if (is_busy(reply) && attempt < kBusyTries) {
      std::this_thread::sleep_for(retry_after(reply));
    } else {
      return reply;
    }
  }
}

rapidjson::Document ApiClient::checked(const http::Reply& reply) const {
  rapidjson::Document document;
  document.Parse(reply.body.data(), reply.body.size());
  const bool readable = !document.HasParseError() && document.IsObject();
  if (reply.status >= 200 && reply.status < 300) {
    if (!readable) throw std::runtime_error(fmt::format("{} answered something that is not JSON", access_.url));
    return document;
  }
  if (!readable) throw ApiRefused(reply.status, "", fmt::format("{} answered {}", access_.url, reply.status));
  std::string text(text_of(document, "detail"));
  if (document.HasMember("errors"))
    for (const auto& error : document["errors"].GetArray())
      text += fmt::format("\n  {} {}", text_of(error, "pointer"), text_of(error, "detail"));
  throw ApiRefused(reply.status, std::string(text_of(document, "code")), text);
}

rapidjson::Document ApiClient::get(std::string_view target) {
  return checked(send("GET", target, {}, {}));
}

rapidjson::Document ApiClient::post(std::string_view target, std::string_view json, std::string_view key) {
  return upload(target, "application/json", json, key);
}

rapidjson::Document ApiClient::put(std::string_view target, std::string_view json) {
  return checked(send("PUT", target, http::Headers{{"Content-Type", "application/json"}}, json));
}

rapidjson::Document ApiClient::upload(std::string_view target, std::string_view media_type, std::string_view content,
                                      std::string_view key) {
  return checked(send("POST", target, http::Headers{{"Content-Type", media_type}, {"Idempotency-Key", key}}, content));
}

std::string json_string(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

std::string_view text_of(const rapidjson::Value& object, const char* member) {
  const auto found = object.FindMember(member);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

std::int64_t number_of(const rapidjson::Value& object, const char* member) {
  const auto found = object.FindMember(member);
  return found != object.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : 0;
}

}  // namespace wenming::runtime
