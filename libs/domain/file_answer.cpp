#include "domain/file_answer.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace wenming::domain {
namespace {

struct Range {
  std::uint64_t first = 0, length = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `bytes=0-99`, `bytes=100-`, `bytes=-100`. Absent for what is not understood, which is as if it were not there; of no
/// length where nothing of the file lies in it.
std::optional<Range> parse_range(std::string_view text, std::uint64_t all) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) return std::nullopt;
    const std::uint64_t length = std::min(*last, all);
    return Range{all - length, length};
  }
  if (!first || (dash + 1 < text.size() && !last) || (last && *last < *first)) return std::nullopt;
  if (*first >= all) return Range{*first, 0};
  return Range{*first, std::min(last.value_or(all), all - 1) - *first + 1};
}

/// RFC 6266 and 8187: any characters for those who understand, and something for the others.
std::string disposition(const DownloadedFile& file) {
  std::string plain, encoded;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : file.name) {
    const bool safe =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    plain += safe ? c : '_';
    if (safe) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return std::string(file.is_shown ? "inline" : "attachment") + "; filename=\"" + plain + "\"; filename*=UTF-8''" +
         encoded;
}

}  // namespace

EdgeAnswer file_answer(const EdgeRequest& request, const DownloadedFile& file, Blobs& blobs) {
  EdgeAnswer answer;
  answer.headers = {{"ETag", file.etag},
                    {"Cache-Control", "private, no-cache"},
                    {"Accept-Ranges", "bytes"},
                    {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  if (request.header("If-None-Match") == file.etag) {
    answer.status = 304;
    return answer;
  }
  Range range{0, file.bytes};
  const std::string_view if_range = request.header("If-Range");
  if (if_range.empty() || if_range == file.etag) {
    if (const auto asked = parse_range(request.header("Range"), file.bytes)) {
      range = *asked;
      answer.status = range.length == 0 ? 416 : 206;
      const std::string which =
          range.length == 0 ? "*" : std::to_string(range.first) + '-' + std::to_string(range.first + range.length - 1);
      answer.headers.emplace_back("Content-Range", "bytes " + which + '/' + std::to_string(file.bytes));
      if (range.length == 0) return answer;
    }
  }
  answer.headers.emplace_back("Content-Type", file.media_type);
  answer.headers.emplace_back("Content-Disposition", disposition(file));
  answer.pieces = Pieces{.length = range.length,
                         .read = [&blobs, key = file.key, first = range.first](std::uint64_t offset, std::size_t most) {
                           return blobs.read(key, first + offset, most);
                         }};
  return answer;
}

}  // namespace wenming::domain
