#include "store/postgres/parameters.h"

#include <bit>

#include "store/postgres/wire.h"

namespace wenming::store {

using domain::Value;

Parameters::Parameters(std::span<const Value> values) {
  texts_.reserve(9 * values.size());  // so that what is pointed at stays where it is
  for (const Value& value : values) std::visit([this](const auto& v) { add(v); }, value);
}

void Parameters::put(Oid type, const char* bytes, std::size_t size) {
  types_.push_back(type);
  values_.push_back(bytes);
  lengths_.push_back(static_cast<int>(size));
  formats_.push_back(1);
}

template <class Number>
void Parameters::put_number(Oid type, Number number) {
  const std::size_t from = texts_.size();
  wire::put_big_endian(texts_, number);
  put(type, texts_.data() + from, sizeof number);
}

void Parameters::add(std::monostate) {
  put(wire::kNull, nullptr, 0);
}
void Parameters::add(std::int64_t number) {
  put_number(wire::kInt8, static_cast<std::uint64_t>(number));
}
void Parameters::add(double number) {
  put_number(wire::kFloat8, std::bit_cast<std::uint64_t>(number));
}
void Parameters::add(bool truth) {
  put_number(wire::kBool, static_cast<std::uint8_t>(truth));
}
void Parameters::add(std::string_view text) {
  put(wire::kText, text.data() != nullptr ? text.data() : "", text.size());
}
void Parameters::add(domain::Blob blob) {
  put(wire::kBytes, blob.bytes.data() != nullptr ? blob.bytes.data() : "", blob.bytes.size());
}

std::string key_of_statement(std::string_view sql, std::span<const Value> values) {
  std::string key;
  key.reserve(values.size() + 1 + sql.size());
  for (const Value& value : values) key += static_cast<char>('a' + value.index());
  key += ' ';
  key += sql;
  return key;
}

std::string key_of_query(std::string_view statement, std::span<const Value> values) {
  std::string key(statement);
  const auto add = [&key](std::string_view bytes) {
    wire::put_big_endian(key, bytes.size());
    key += bytes;
  };
  for (const Value& value : values) {
    if (const auto* const number = std::get_if<std::int64_t>(&value))
      wire::put_big_endian(key, static_cast<std::uint64_t>(*number));
    if (const auto* const real = std::get_if<double>(&value))
      wire::put_big_endian(key, std::bit_cast<std::uint64_t>(*real));
    if (const auto* const truth = std::get_if<bool>(&value)) key += *truth ? '1' : '0';
    if (const auto* const text = std::get_if<std::string_view>(&value)) add(*text);
    if (const auto* const blob = std::get_if<domain::Blob>(&value)) add(blob->bytes);
  }
  return key;
}

}  // namespace wenming::store
