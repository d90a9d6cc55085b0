#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tables/source.h"

namespace wenming::tables {

/// One part of a ZIP file, unpacked block by block. Throws Refusal: `table_damaged` where it cannot be unpacked,
/// `table_encrypted`, and `table_too_large` once it has grown beyond the bound, whatever the file says of its size.
class ZipPart {
 public:
  /// Null where the file has no part of that name; case does not matter (ASCII). The source must outlive it.
  static std::unique_ptr<ZipPart> open(Source& source, std::string_view name, std::uint64_t most_bytes);
  ~ZipPart();
  ZipPart(const ZipPart&) = delete;
  ZipPart& operator=(const ZipPart&) = delete;

  /// The next bytes, valid until the next call; empty at the end.
  std::string_view next();

 private:
  struct Archive;
  ZipPart(std::unique_ptr<Archive> archive, std::uint64_t most_bytes);

  std::unique_ptr<Archive> archive_;
  std::uint64_t most_bytes_;
  std::uint64_t bytes_ = 0;  // so far
  std::string block_;
};

}  // namespace wenming::tables
