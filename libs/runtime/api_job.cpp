#include "runtime/api_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace wenming::runtime {
namespace {

constexpr std::chrono::milliseconds kFirstLook{20};
constexpr std::chrono::milliseconds kLongestPause{500};

bool goes_on(const rapidjson::Value& job) {
  const std::string_view state = text_of(job, "state");
  return state == "QUEUED" || state == "RUNNING";
}

std::string address_of(const rapidjson::Value& job) {
  return fmt::format("/v1/jobs/{}/{}", text_of(job, "service"), text_of(job, "id"));
}

}  // namespace

rapidjson::Document run_job(ApiClient& client, std::string_view target, std::string_view media_type,
                            std::string_view content,
                            const std::function<void(std::int64_t done, std::int64_t total)>& tell) {
  rapidjson::Document job = client.upload(target, media_type, content, {});
  const std::string address = address_of(job);
  for (auto pause = kFirstLook; goes_on(job); pause = std::min(pause * 2, kLongestPause)) {
    std::this_thread::sleep_for(pause);
    job = client.get(address);
    if (job.HasMember("total")) tell(number_of(job, "done"), number_of(job, "total"));
  }
  if (text_of(job, "state") == "FAILED")
    throw ApiRefused(422, std::string(text_of(job, "problem")), std::string(text_of(job, "reason")));
  return job;
}

std::string job_errors(ApiClient& client, const rapidjson::Value& job) {
  if (!job.HasMember("errors")) return {};
  http::Reply reply = client.send("GET", address_of(job) + "/errors", {}, {});
  if (reply.status != 200) throw std::runtime_error(fmt::format("the error file was answered with {}", reply.status));
  return std::move(reply.body);
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string_view media_type_of(std::string_view file_name) {
  return file_name.ends_with(".xlsx") ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                                      : "text/csv";
}

}  // namespace wenming::runtime
