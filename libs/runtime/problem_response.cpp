#include "runtime/problem_response.h"

#include <algorithm>
#include <string>

#include "contract/problem.h"

namespace wenming::runtime {
namespace {

namespace v1 = contract::v1;

/// How long a client told "busy" should wait: the queue of a writer empties in less.
constexpr std::string_view kBusyRetrySeconds = "1";

std::string_view retry_after(const domain::Refusal& refusal) {
  for (const auto& [name, value] : refusal.arguments())
    if (name == "seconds") return value;
  return kBusyRetrySeconds;
}

v1::Problem problem_of_status(unsigned status) {
  switch (status) {
    case 408:
      return v1::PROBLEM_REQUEST_TIMEOUT;
    case 413:
      return v1::PROBLEM_TOO_LARGE;
    case 431:
      return v1::PROBLEM_HEADERS_TOO_LARGE;
    case 500:
      return v1::PROBLEM_INTERNAL;
    case 503:
      return v1::PROBLEM_BUSY;
    default:
      return v1::PROBLEM_MALFORMED;
  }
}

}  // namespace

ReplyContext::ReplyContext(const http::Request& request)
    : path(request.path),
      accept_language(request.headers.get("Accept-Language")),
      if_none_match(request.headers.get("If-None-Match")) {}

http::Response problem_response(const domain::Refusal& refusal, const ReplyContext& context) {
  http::Response response;
  response.status = refusal.status();
  const contract::Language language = contract::choose_language(context.accept_language);
  response.headers.add("Content-Type", "application/problem+json");
  response.headers.add("Content-Language", language == contract::Language::English ? "en" : "zh");
  response.headers.add("Vary", "Accept-Language");
  response.headers.add("Cache-Control", "no-store");
  if (response.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  if (response.status == 429 || response.status == 503) response.headers.add("Retry-After", retry_after(refusal));
  response.body =
      contract::problem_json(refusal.problem(), language, refusal.arguments(), refusal.fields(), context.path);
  return response;
}

http::Response problem_response(const domain::Refusal& refusal, const http::Request& request) {
  return problem_response(refusal, ReplyContext(request));
}

http::Response server_refusal(unsigned status, const http::Request& request) {
  return problem_response(domain::Refusal(problem_of_status(status), {{"reason", "HTTP"}}), request);
}

}  // namespace wenming::runtime
