#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "http/message.h"

namespace wenming::http {

/// What a connection has still to write, in order: heads and short bodies collected in one text, long bodies where they
/// lie, all written as one gather. Owned by a connection and used on its thread.
class Outbox {
 public:
  [[nodiscard]] std::size_t pending() const { return text_.size() - text_written_ + bodies_pending_; }
  [[nodiscard]] bool empty() const { return pending() == 0; }

  /// The text to append to. Nothing but appending.
  std::string& text() { return text_; }
  /// Appends a body: copied into the text if short, kept if not.
  void append(Body body);

  /// What to write next; good until something is appended or consumed.
  const std::vector<boost::asio::const_buffer>& buffers();
  /// The first `count` bytes are written.
  void consume(std::size_t count);

 private:
  struct LongBody {
    std::size_t at;  // its place: after so much of the text
    Body body;
  };

  std::string text_;
  std::size_t text_written_ = 0;
  std::vector<LongBody> bodies_;
  std::size_t body_written_ = 0;  // of the first
  std::size_t bodies_pending_ = 0;
  std::vector<boost::asio::const_buffer> buffers_;
};

}  // namespace wenming::http
