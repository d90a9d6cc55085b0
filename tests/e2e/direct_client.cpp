#include "e2e/direct_client.h"

#include <rapidjson/pointer.h>

#include <random>
#include <utility>

#include "core/encoding.h"

namespace wenming::e2e {
namespace {

const rapidjson::Value* member(const rapidjson::Document& json, std::string_view pointer) {
  return rapidjson::Pointer(pointer.data(), pointer.size()).Get(json);
}

Answer answer_of(http::Reply reply) {
  Answer answer{reply.status, std::move(reply.headers), std::move(reply.body), {}};
  answer.json.Parse(answer.body.data(), answer.body.size());
  if (answer.json.HasParseError()) answer.json.SetNull();
  return answer;
}

}  // namespace

std::string Answer::text(std::string_view pointer) const {
  const rapidjson::Value* value = member(json, pointer);
  return value != nullptr && value->IsString() ? std::string(value->GetString(), value->GetStringLength())
                                               : std::string();
}

std::int64_t Answer::number(std::string_view pointer) const {
  const rapidjson::Value* value = member(json, pointer);
  return value != nullptr && value->IsInt64() ? value->GetInt64() : 0;
}

DirectClient::DirectClient(std::string url, std::string token)
    : url_(std::move(url)), token_(std::move(token)), client_(url_) {}

http::Headers DirectClient::completed(const http::Headers& headers) const {
  http::Headers all = headers;
  if (!all.has("Accept-Language")) all.add("Accept-Language", "en");
  if (!token_.empty()) all.add("Authorization", "Bearer " + token_);
  return all;
}

Answer DirectClient::send(std::string_view verb, std::string_view target, const http::Headers& headers,
                          std::string_view body) {
  return answer_of(client_.request(verb, target, completed(headers), body));
}

Answer DirectClient::post(std::string_view target, std::string_view json) {
  return send("POST", target, {{"Content-Type", "application/json"}, {"Idempotency-Key", fresh_key()}}, json);
}

http::Reply DirectClient::read_lines(std::string_view target, const http::Headers& headers,
                                     const std::function<bool(std::string_view)>& line) {
  return client_.read_lines(target, completed(headers), line);
}

std::string fresh_key() {
  return "test-" + fresh_uuid();
}

std::string fresh_uuid() {
  thread_local std::mt19937_64 chance(std::random_device{}());
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(chance() & 0xff);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text = core::hex(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
  return text;
}

}  // namespace wenming::e2e
