#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "http/body_room.h"
#include "http/message.h"

namespace wenming::http {

/// Reads one request straight into a Request: Beast's parser, and the checks that it leaves to its user. Lives for one
/// request; used on the connection's thread.
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  using BodyLimit = std::function<std::size_t(std::string_view verb, std::string_view path)>;

  RequestParser(std::size_t header_bytes, const BodyLimit& body_limit, std::shared_ptr<BodyRoom> room);

  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool is_http_1_0() const { return version_ == 10; }

  /// The status that answers a fault of `put`.
  [[nodiscard]] unsigned status_of(const boost::beast::error_code& fault) const;

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, Text text, Text target, int version, Error& error) override;
  void on_response_impl(int status, Text reason, int version, Error& error) override;
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override;
  std::size_t on_body_impl(Text body, Error& error) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, Text body, Error& error) override;
  void on_finish_impl(Error& error) override;
  bool append(Text body, Error& error);

  const std::size_t header_bytes_;
  const BodyLimit& limit_of_;
  const std::shared_ptr<BodyRoom> room_;
  std::shared_ptr<BodyRoom::Share> share_;  // null while the body is small
  bool no_room_ = false;
  Request request_;
  int version_ = 11;
  unsigned hosts_ = 0;
  bool expects_continue_ = false;
  bool expects_more_ = false;  // than this server does
};

}  // namespace wenming::http
