#pragma once

#include <postgres_ext.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/value.h"

namespace wenming::store {

/// Parameters in the binary form of the protocol.
class Parameters {
 public:
  explicit Parameters(std::span<const domain::Value> values);

  [[nodiscard]] int count() const { return static_cast<int>(types_.size()); }
  [[nodiscard]] const Oid* types() const { return types_.data(); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  template <class Number>
  void put_number(Oid type, Number number);
  void put(Oid type, const char* bytes, std::size_t size);
  void add(std::monostate);
  void add(std::int64_t number);
  void add(double number);
  void add(bool truth);
  void add(std::string_view text);
  void add(domain::Blob blob);

  std::string texts_;
  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

/// What tells statements apart: the types of their parameters and their text.
std::string key_of_statement(std::string_view sql, std::span<const domain::Value> values);
/// What tells queries apart: their statement and their values.
std::string key_of_query(std::string_view statement, std::span<const domain::Value> values);

}  // namespace wenming::store
