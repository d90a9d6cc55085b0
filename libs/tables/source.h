#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/outside.h"

namespace wenming::tables {

/// Bytes that can be read from any place: a workbook keeps its directory at the end. One thread.
class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual std::uint64_t size() = 0;
  /// Up to so many bytes from an offset on; fewer at the end only.
  virtual std::string read(std::uint64_t offset, std::size_t most) = 0;
};

/// A text in memory, which must outlive it.
class TextSource final : public Source {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  [[nodiscard]] std::uint64_t size() override { return text_.size(); }
  std::string read(std::uint64_t offset, std::size_t most) override {
    return std::string(text_.substr(std::min<std::size_t>(offset, text_.size()), most));
  }

 private:
  std::string_view text_;
};

/// A blob that nobody changes meanwhile. Throws what `Blobs` throws.
class BlobSource final : public Source {
 public:
  BlobSource(domain::Blobs& blobs, std::string key) : blobs_(blobs), key_(std::move(key)) {
    const auto size = blobs_.size(key_);
    if (!size) throw domain::NoSuchBlob("no blob " + key_);
    size_ = *size;
  }
  [[nodiscard]] std::uint64_t size() override { return size_; }
  std::string read(std::uint64_t offset, std::size_t most) override { return blobs_.read(key_, offset, most); }

 private:
  domain::Blobs& blobs_;
  const std::string key_;
  std::uint64_t size_ = 0;
};

}  // namespace wenming::tables
