#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wenming::cache {

/// Bytes that were rendered at a version of the data.
struct Cached {
  std::uint64_t version = 0;
  std::shared_ptr<const std::string> bytes;
  std::string etag = {};  // of the bytes; reckoned once, when they are kept
};

/// Keeps rendered answers. A cache may forget everything at any moment and nobody notices but by the time it takes:
/// whoever reads compares the version with that of the data, and renders anew where it differs.
///
/// Any thread may call. An implementation that is away behaves as one that is empty; it does not throw.
class Cache {
 public:
  virtual ~Cache() = default;

  [[nodiscard]] virtual std::optional<Cached> get(std::string_view key) = 0;
  /// Keeps the answer unless it holds one of the same or a newer version: a slow writer never hides a fast one's
  /// answer.
  virtual void put(std::string_view key, Cached answer) = 0;
  /// Forgets everything.
  virtual void clear() = 0;
};

}  // namespace wenming::cache
