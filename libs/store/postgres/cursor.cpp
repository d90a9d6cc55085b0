#include "store/postgres/cursor.h"

#include <bit>

#include "store/engine.h"
#include "store/postgres/wire.h"

namespace wenming::store {
namespace {

using domain::Value;
using Kind = EngineError::Kind;

/// What sums and averages come as: digits to the base 10,000, the first of them worth 10,000 to the power of `weight`.
/// A whole number is one here too, as in every other database.
Value from_numeric(const char* bytes) {
  const auto word = [&](int index) { return static_cast<std::int16_t>(wire::big_endian(bytes + 2 * index, 2)); };
  const int digits = word(0), weight = word(1), scale = word(3);
  constexpr int kHeader = 4, kBase = 10'000;
  const bool negative = word(2) != 0;
  std::int64_t whole = 0;
  for (int i = 0; i <= weight; ++i) {
    const std::int64_t digit = i < digits ? word(kHeader + i) : 0;
    if (__builtin_mul_overflow(whole, kBase, &whole) || __builtin_add_overflow(whole, digit, &whole))
      throw EngineError(Kind::Mistake, "a sum does not fit into 64 bits");
  }
  if (scale == 0) return negative ? -whole : whole;
  double real = static_cast<double>(whole), worth = 1;
  for (int i = weight + 1; i < 0; ++i) worth /= kBase;
  for (int i = std::max(weight + 1, 0); i < digits; ++i) real += word(kHeader + i) * (worth /= kBase);
  return negative ? -real : real;
}

}  // namespace

Value PostgresCursor::at(int column) const {
  if (PQgetisnull(result_.get(), row_, column) != 0) return std::monostate{};
  const char* const bytes = PQgetvalue(result_.get(), row_, column);
  const int size = PQgetlength(result_.get(), row_, column);
  switch (PQftype(result_.get(), column)) {
    case wire::kInt8:
      return static_cast<std::int64_t>(wire::big_endian(bytes, size));
    case wire::kInt4:
      return static_cast<std::int64_t>(static_cast<std::int32_t>(wire::big_endian(bytes, size)));
    case wire::kInt2:
      return static_cast<std::int64_t>(static_cast<std::int16_t>(wire::big_endian(bytes, size)));
    case wire::kBool:
      return static_cast<std::int64_t>(wire::big_endian(bytes, size));
    case wire::kFloat8:
      return std::bit_cast<double>(wire::big_endian(bytes, size));
    case wire::kNumeric:
      return from_numeric(bytes);
    case wire::kText:
    case wire::kVarchar:
      return std::string_view(bytes, static_cast<std::size_t>(size));
    case wire::kBytes:
      return domain::Blob{{bytes, static_cast<std::size_t>(size)}};
    default:
      throw EngineError(Kind::Mistake, "column " + std::string(name(column)) +
                                           " has a type that not every database has; cast it, in: " + statement_->text);
  }
}

}  // namespace wenming::store
