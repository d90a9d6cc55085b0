#include "tables/text_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace wenming::tables {
namespace {

constexpr std::size_t kPage = std::size_t{64} << 10;
constexpr std::size_t kPages = 32;

[[noreturn]] void fail() {
  throw std::system_error(errno, std::generic_category(), "a temporary file for the texts of a workbook");
}

}  // namespace

TextStore::TextStore() : file_(std::tmpfile()) {
  if (!file_) fail();
}

void TextStore::add(std::string_view text) {
  buffer_ += text;
  ends_.push_back((ends_.empty() ? 0 : ends_.back()) + text.size());
  if (buffer_.size() >= kPage) flush();
}

void TextStore::finish() {
  flush();
  if (std::fflush(file_.get()) != 0) fail();
}

void TextStore::flush() {
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) fail();
  buffer_.clear();
}

std::optional<std::string> TextStore::find(std::size_t number) {
  if (number >= ends_.size()) return std::nullopt;
  std::uint64_t from = number == 0 ? 0 : ends_[number - 1];
  const std::uint64_t end = ends_[number];
  std::string text;
  while (from < end) {
    const std::size_t within = from % kPage;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(end - from, kPage - within));
    text.append(page(from / kPage), within, count);
    from += count;
  }
  return text;
}

/// Texts are asked for nearly in the order in which they were first used, so a few pages do.
const std::string& TextStore::page(std::uint64_t number) {
  ++uses_;
  const auto known = std::find_if(pages_.begin(), pages_.end(), [&](const Page& p) { return p.number == number; });
  if (known != pages_.end()) {
    known->used = uses_;
    return known->bytes;
  }
  if (pages_.size() < kPages) pages_.emplace_back();
  Page& page = *std::min_element(pages_.begin(), pages_.end(), [](auto& a, auto& b) { return a.used < b.used; });
  page.number = number;
  page.used = uses_;
  page.bytes.resize(kPage);
  const ssize_t count = pread(fileno(file_.get()), page.bytes.data(), kPage, static_cast<off_t>(number * kPage));
  if (count < 0) fail();
  page.bytes.resize(static_cast<std::size_t>(count));
  return page.bytes;
}

}  // namespace wenming::tables
