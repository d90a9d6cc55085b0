#include "http/response_head.h"

#include <array>
#include <charconv>

namespace wenming::http {
namespace {

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "";  // a reason phrase may be empty
  }
}

void append_number(std::string& text, std::size_t value, int base) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), value, base).ptr;
  text.append(digits.begin(), end);
}

}  // namespace

void append_decimal(std::string& text, std::size_t value) {
  append_number(text, value, 10);
}
void append_hexadecimal(std::string& text, std::size_t value) {
  append_number(text, value, 16);
}

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

void append_head(std::string& wire, const Response& response, const HeadFacts& facts) {
  wire += "HTTP/1.1 ";
  append_decimal(wire, response.status);
  wire += ' ';
  wire += reason_of(response.status);
  wire += "\r\nDate: ";
  wire += facts.date;
  wire += "\r\n";
  wire += response.headers.wire();
  if (facts.content_length) {
    wire += "Content-Length: ";
    append_decimal(wire, *facts.content_length);
    wire += "\r\n";
  } else if (facts.chunked) {
    wire += "Transfer-Encoding: chunked\r\n";
  }
  if (!facts.request_id.empty()) wire.append("X-Request-Id: ").append(facts.request_id).append("\r\n");
  if (!response.headers.has("X-Content-Type-Options")) wire += "X-Content-Type-Options: nosniff\r\n";
  if (facts.close) {
    wire += "Connection: close\r\n";
  } else if (facts.http_1_0) {
    wire += "Connection: keep-alive\r\n";
  }
}

}  // namespace wenming::http
