#pragma once

#include <postgres_ext.h>

#include <cstdint>
#include <string>

namespace wenming::store::wire {

// Numbers of types in PostgreSQL's catalogue (pg_type.dat); the client library has no header with them.
enum : Oid {
  kBool = 16,
  kBytes = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat8 = 701,
  kVarchar = 1043,
  kNumeric = 1700,
  kNull = 0,
};

// Numbers travel with their highest byte first.
template <class Number>
void put_big_endian(std::string& out, Number number) {
  for (int shift = 8 * (static_cast<int>(sizeof number) - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

inline std::uint64_t big_endian(const char* bytes, int size) {
  std::uint64_t number = 0;
  for (int i = 0; i < size; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

}  // namespace wenming::store::wire
