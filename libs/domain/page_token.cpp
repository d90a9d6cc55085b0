#include "domain/page_token.h"

#include <bit>
#include <stdexcept>

#include "core/encoding.h"
#include "core/text.h"
#include "domain/refusal.h"

namespace wenming::domain {
namespace {

constexpr std::size_t kNumberSize = 8;
// What the key is; stands in the token.
constexpr char kWhole = 'i';
constexpr char kReal = 'r';
constexpr char kText = 't';

void put(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < kNumberSize; ++i, number >>= 8) out += static_cast<char>(number & 0xff);
}

/// Takes a token apart from the front; anything missing makes it none of ours.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    const std::string_view bytes = take(kNumberSize);
    for (std::size_t i = kNumberSize; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
    return number;
  }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) throw Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// What a database takes for a text.
std::string_view text_of(std::string_view bytes) {
  if (!core::is_utf8(bytes) || bytes.find('\0') != std::string_view::npos)
    throw Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
  return bytes;
}

}  // namespace

PageToken::PageToken(Value key, Value id) {
  if (const auto* const whole = std::get_if<std::int64_t>(&key)) {
    key_ = *whole;
  } else if (const auto* const real = std::get_if<double>(&key)) {
    key_ = *real;
  } else if (const auto* const text = std::get_if<std::string_view>(&key)) {
    key_ = std::string(*text);
  } else {
    throw std::logic_error("a list is ordered by a column that is NULL or no number or text");
  }
  id_ = std::get<std::string_view>(id);
}

std::optional<PageToken> PageToken::read(std::string_view text, std::uint64_t query) {
  if (text.empty()) return std::nullopt;
  const std::optional<std::string> bytes = core::from_base64url(text);
  if (!bytes) throw Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
  Parts parts(*bytes);
  if (parts.number() != query) throw Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
  PageToken token;
  switch (parts.take(1)[0]) {
    case kWhole:
      token.key_ = static_cast<std::int64_t>(parts.number());
      break;
    case kReal:
      token.key_ = std::bit_cast<double>(parts.number());
      break;
    case kText:
      token.key_ = std::string(text_of(parts.take(parts.number())));
      break;
    default:
      throw Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
  }
  token.id_ = text_of(parts.rest());
  return token;
}

std::string PageToken::text(std::uint64_t query) const {
  std::string bytes;
  put(bytes, query);
  if (const auto* const whole = std::get_if<std::int64_t>(&key_)) {
    bytes += kWhole;
    put(bytes, static_cast<std::uint64_t>(*whole));
  } else if (const auto* const real = std::get_if<double>(&key_)) {
    bytes += kReal;
    put(bytes, std::bit_cast<std::uint64_t>(*real));
  } else {
    const std::string& key = std::get<std::string>(key_);
    bytes += kText;
    put(bytes, key.size());
    bytes += key;
  }
  return core::base64url(bytes += id_);
}

Value PageToken::key() const {
  return std::visit([](const auto& key) { return to_value(key); }, key_);
}

std::uint64_t fingerprint(std::string_view sql, std::span<const Value> values) {
  // FNV-1a: short, and the same everywhere.
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  mix(sql);
  for (const Value& value : values) {
    std::string number;
    if (const auto* const text = std::get_if<std::string_view>(&value)) {
      mix(*text);
    } else if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
      put(number, static_cast<std::uint64_t>(*whole));
    } else if (const auto* const real = std::get_if<double>(&value)) {
      put(number, std::bit_cast<std::uint64_t>(*real));
    } else if (const auto* const truth = std::get_if<bool>(&value)) {
      put(number, *truth ? 1 : 0);
    }
    mix(number);
    mix(std::string_view("\0", 1));  // so that neighbours cannot lend each other letters
  }
  return hash;
}

}  // namespace wenming::domain
