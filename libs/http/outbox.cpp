#include "http/outbox.h"

#include <algorithm>
#include <utility>

namespace wenming::http {
namespace {

/// Up to here a copy costs less than another element of the gather, and TLS gets one record instead of two.
constexpr std::size_t kShort = 8 * 1024;
/// A text that grew beyond this is given back once it is written, so that idle connections stay small.
constexpr std::size_t kKeptCapacity = 32 * 1024;

}  // namespace

void Outbox::append(Body body) {
  const std::string_view bytes = body.view();
  if (bytes.size() <= kShort) {
    text_ += bytes;
  } else {
    bodies_pending_ += bytes.size();
    bodies_.push_back({text_.size(), std::move(body)});
  }
}

const std::vector<boost::asio::const_buffer>& Outbox::buffers() {
  buffers_.clear();
  std::size_t text_at = text_written_;
  std::size_t body_at = body_written_;
  for (const LongBody& part : bodies_) {
    if (part.at > text_at) buffers_.emplace_back(text_.data() + text_at, part.at - text_at);
    text_at = part.at;
    const std::string_view bytes = part.body.view().substr(body_at);
    buffers_.emplace_back(bytes.data(), bytes.size());
    body_at = 0;
  }
  if (text_.size() > text_at) buffers_.emplace_back(text_.data() + text_at, text_.size() - text_at);
  return buffers_;
}

void Outbox::consume(std::size_t count) {
  std::size_t finished = 0;
  while (count > 0) {
    const bool has_body = finished < bodies_.size();
    const std::size_t text_end = has_body ? bodies_[finished].at : text_.size();
    const std::size_t of_text = std::min(count, text_end - text_written_);
    text_written_ += of_text;
    count -= of_text;
    if (!has_body) break;

    const std::size_t body_size = bodies_[finished].body.view().size();
    const std::size_t of_body = std::min(count, body_size - body_written_);
    body_written_ += of_body;
    bodies_pending_ -= of_body;
    count -= of_body;
    if (body_written_ < body_size) break;
    body_written_ = 0;
    ++finished;
  }
  bodies_.erase(bodies_.begin(), bodies_.begin() + static_cast<std::ptrdiff_t>(finished));
  if (empty()) {
    text_.clear();
    text_written_ = 0;
    if (text_.capacity() > kKeptCapacity) text_.shrink_to_fit();
  }
}

}  // namespace wenming::http
