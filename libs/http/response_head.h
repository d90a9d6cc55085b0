#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace wenming::http {

/// What the server itself has to say in the head of an answer.
struct HeadFacts {
  std::string_view date;                      // RFC 9110
  std::string_view request_id;                // empty: none could be read
  std::optional<std::size_t> content_length;  // none: a stream, or a status that has no body
  bool chunked = false;
  bool close = false;
  bool http_1_0 = false;
};

/// Appends status line and fields, but not the empty line after them, so that more fields can follow.
void append_head(std::string& wire, const Response& response, const HeadFacts& facts);

/// Whether an answer of this status may have a body.
bool may_have_body(unsigned status);

void append_decimal(std::string& text, std::size_t value);
void append_hexadecimal(std::string& text, std::size_t value);

}  // namespace wenming::http
