#include "tables/old_workbook.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/refusal.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

// Of the header of a compound file: where the sector size and the first sector of the directory stand.
constexpr std::size_t kSectorShift = 30;
constexpr std::size_t kDirectory = 48;
constexpr std::size_t kDirectoryBytes = 4096;  // of the directory, as much as tells what is inside

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = count; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

/// Names in the directory are UTF-16.
std::string utf16(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide.append({c, '\0'});
  return wide;
}

}  // namespace

void refuse_compound_file(Source& source) {
  using namespace contract::v1;
  const std::string header = source.read(0, kDirectory + 4);
  if (header.size() < kDirectory + 4) throw domain::Refusal(PROBLEM_TABLE_KIND);
  const std::uint32_t shift = little_endian(header, kSectorShift, 2);
  if (shift < 7 || shift > 16) throw domain::Refusal(PROBLEM_TABLE_KIND);
  const std::uint64_t directory = (std::uint64_t{little_endian(header, kDirectory, 4)} + 1) << shift;
  const std::string names = source.read(directory, kDirectoryBytes);
  if (names.find(utf16("EncryptedPackage")) != std::string::npos) throw domain::Refusal(PROBLEM_TABLE_ENCRYPTED);
  for (const std::string_view name : {"Workbook", "Book"}) {
    if (names.find(utf16(name)) != std::string::npos) throw domain::Refusal(PROBLEM_TABLE_OLD_WORKBOOK);
  }
  throw domain::Refusal(PROBLEM_TABLE_KIND);
}

}  // namespace wenming::tables
