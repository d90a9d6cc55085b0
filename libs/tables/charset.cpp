#include "tables/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <stdexcept>
#include <string_view>
#include <vector>

namespace wenming::tables {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";
constexpr std::string_view kGb18030Mark = "\x84\x31\x95\x33";

/// Counts what is well-formed UTF-8 beyond ASCII, a byte at a time, through any number of blocks.
class Utf8Count {
 public:
  void add(unsigned char byte) {
    if (missing_ > 0) {
      if (byte >= lowest_ && byte <= highest_) {
        lowest_ = 0x80;
        highest_ = 0xbf;
        if (--missing_ == 0) ++sound_;
        return;
      }
      missing_ = 0;
      ++ill_;
    }
    begin(byte);
  }
  [[nodiscard]] bool mostly_sound() const { return ill_ == 0 || sound_ > ill_; }

 private:
  void begin(unsigned char byte) {
    lowest_ = 0x80;
    highest_ = 0xbf;
    if (byte < 0x80) return;
    if (byte >= 0xc2 && byte <= 0xdf) {
      missing_ = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
      missing_ = 2;
      if (byte == 0xe0) lowest_ = 0xa0;   // shorter forms
      if (byte == 0xed) highest_ = 0x9f;  // surrogates
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      missing_ = 3;
      if (byte == 0xf0) lowest_ = 0x90;
      if (byte == 0xf4) highest_ = 0x8f;
    } else {
      ++ill_;
    }
  }

  int missing_ = 0;
  unsigned char lowest_ = 0x80, highest_ = 0xbf;  // of the next byte
  std::uint64_t sound_ = 0, ill_ = 0;
};

}  // namespace

/// From GB18030 to UTF-8, with what is left of a block kept for the next.
class Utf8Stream::Gb18030 {
 public:
  Gb18030() {
    UErrorCode status = U_ZERO_ERROR;
    converter_ = ucnv_open("gb18030", &status);
    if (U_FAILURE(status) != 0) throw std::runtime_error(std::string("no GB18030 in ICU: ") + u_errorName(status));
    ucnv_setToUCallBack(converter_, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  }
  ~Gb18030() { ucnv_close(converter_); }
  Gb18030(const Gb18030&) = delete;
  Gb18030& operator=(const Gb18030&) = delete;

  std::string decode(std::string_view bytes, bool last) {
    std::string text;
    const char* from = bytes.data();
    const char* const end = from + bytes.size();
    for (;;) {
      wide_.resize(kBlock);
      UChar* to = wide_.data();
      UErrorCode status = U_ZERO_ERROR;
      ucnv_toUnicode(converter_, &to, wide_.data() + wide_.size(), &from, end, nullptr, last ? 1 : 0, &status);
      append(text, {wide_.data(), static_cast<std::size_t>(to - wide_.data())});
      if (status == U_BUFFER_OVERFLOW_ERROR) continue;
      if (U_SUCCESS(status) != 0) return text;
      text += '\xff';
      // A character cut off by the end of the text is the last of it.
      if (status == U_TRUNCATED_CHAR_FOUND) return text;
    }
  }

 private:
  void append(std::string& text, std::u16string_view wide) {
    // One half of a pair may be all that there was room for.
    std::u16string joined = half_;
    joined += wide;
    half_.clear();
    if (!joined.empty() && U16_IS_LEAD(joined.back())) {
      half_ = joined.back();
      joined.pop_back();
    }
    const std::size_t before = text.size();
    text.resize(before + 3 * joined.size());
    int32_t written = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strToUTF8(text.data() + before, static_cast<int32_t>(3 * joined.size()), &written, joined.data(),
                static_cast<int32_t>(joined.size()), &status);
    text.resize(before + static_cast<std::size_t>(written));
  }

  UConverter* converter_ = nullptr;
  std::vector<UChar> wide_;
  std::u16string half_;
};

Encoding detect_encoding(Source& source) {
  const std::string head = source.read(0, kGb18030Mark.size());
  if (head.starts_with(kUtf8Mark)) return Encoding::Utf8;
  if (head == kGb18030Mark) return Encoding::Gb18030;
  Utf8Count count;
  for (std::uint64_t offset = 0; offset < source.size();) {
    const std::string block = source.read(offset, kBlock);
    if (block.empty()) break;
    for (const char c : block) count.add(static_cast<unsigned char>(c));
    offset += block.size();
  }
  return count.mostly_sound() ? Encoding::Utf8 : Encoding::Gb18030;
}

Utf8Stream::Utf8Stream(Source& source, Encoding encoding) : source_(source) {
  if (encoding != Encoding::Gb18030) return;
  decoder_ = std::make_unique<Gb18030>();
  if (source_.read(0, kGb18030Mark.size()) == kGb18030Mark) offset_ = kGb18030Mark.size();
}

Utf8Stream::~Utf8Stream() = default;

Utf8Stream::int_type Utf8Stream::underflow() {
  // A block may hold no more than the beginning of a character.
  while (gptr() == egptr() && offset_ < source_.size()) {
    block_ = source_.read(offset_, kBlock);
    if (block_.empty()) return traits_type::eof();
    offset_ += block_.size();
    if (decoder_) block_ = decoder_->decode(block_, offset_ >= source_.size());
    setg(block_.data(), block_.data(), block_.data() + block_.size());
  }
  return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
}

}  // namespace wenming::tables
