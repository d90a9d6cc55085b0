#pragma once

#include <cstdint>
#include <memory>
#include <streambuf>
#include <string>

#include "tables/table.h"

namespace wenming::tables {

/// The encoding of the text. A byte order mark decides; without one it is UTF-8 if more characters beyond ASCII are
/// well-formed UTF-8 than bytes are not: a text in GB18030 hardly ever holds any, and a text in UTF-8 with a damaged
/// cell stays one, so that the cell is named. Reads the whole source.
Encoding detect_encoding(Source& source);

/// A source as a stream of UTF-8, block by block. What is ill-formed in GB18030 becomes the byte 0xFF, which is none of
/// UTF-8 either, so that whoever reads finds it in its place. One thread; the source must outlive it.
class Utf8Stream final : public std::streambuf {
 public:
  Utf8Stream(Source& source, Encoding encoding);
  ~Utf8Stream() override;
  Utf8Stream(const Utf8Stream&) = delete;
  Utf8Stream& operator=(const Utf8Stream&) = delete;

 protected:
  int_type underflow() override;

 private:
  class Gb18030;

  Source& source_;
  std::uint64_t offset_ = 0;
  std::string block_;
  std::unique_ptr<Gb18030> decoder_;  // null: the source is UTF-8
};

}  // namespace wenming::tables
