#pragma once

#include <string_view>

#include "domain/refusal.h"
#include "http/message.h"

namespace wenming::runtime {

/// A refusal as an RFC 9457 answer in the language that the request asks for, with the headers that its status calls
/// for
/// (`Retry-After`, `WWW-Authenticate`).
http::Response problem_response(const domain::Refusal& refusal, const http::Request& request);

/// What of a request an answer needs after the request itself has gone on its way.
struct ReplyContext {
  explicit ReplyContext(const http::Request& request);

  std::string path;
  std::string accept_language;
  std::string if_none_match;
};
http::Response problem_response(const domain::Refusal& refusal, const ReplyContext& context);

/// The refusals that the HTTP server makes itself.
http::Response server_refusal(unsigned status, const http::Request& request);

}  // namespace wenming::runtime
