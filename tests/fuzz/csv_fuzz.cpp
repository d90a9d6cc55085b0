// Whatever bytes come as CSV: the reader ends, stays within its bounds, names a line of the text for every fault, reads
// a stream as it reads a text, and reads back what the writer makes of the sound records.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv.h"
#include "core/text.h"

namespace {

using wenming::core::CsvError;
using wenming::core::CsvLimits;
using wenming::core::CsvReader;
using wenming::core::CsvRecord;
using Record = std::vector<std::string>;

// Small, so that short inputs reach them.
constexpr CsvLimits kLimits{.field_bytes = 64, .record_bytes = 256};

void require(bool truth) {
  if (!truth) std::abort();
}

struct Outcome {
  std::vector<Record> records;  // the header first
  std::vector<std::string> faults;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

template <class Text>
Outcome read(Text& text, std::size_t lines) {
  Outcome outcome;
  const auto note = [&](const CsvError& error) {
    require(error.line() >= 1 && error.line() <= lines);
    outcome.faults.emplace_back(error.what());
  };
  try {
    CsvReader csv(text, kLimits);
    outcome.records.emplace_back(csv.columns());
    while (true) {
      try {
        const CsvRecord* record = csv.next();
        if (!record) break;
        require(record->fields().size() == csv.columns().size());
        require(record->line() >= 1 && record->line() <= lines);
        for (const std::string_view field : record->fields()) {
          require(field.size() <= kLimits.field_bytes);
          require(wenming::core::is_utf8(field));
        }
        outcome.records.emplace_back(record->fields().begin(), record->fields().end());
      } catch (const CsvError& error) {
        note(error);
      }
    }
  } catch (const CsvError& error) {
    note(error);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  const Outcome outcome = read(text, lines);

  std::istringstream stream{std::string(text)};
  require(read(stream, lines) == outcome);

  std::string written;
  for (const Record& record : outcome.records) {
    wenming::core::append_csv_record(written, std::vector<std::string_view>(record.begin(), record.end()));
  }
  if (!outcome.records.empty()) {
    std::string_view again = written;
    const Outcome reread = read(again, static_cast<std::size_t>(std::count(written.begin(), written.end(), '\n')) + 1);
    require(reread.faults.empty() && reread.records == outcome.records);
  }
  return 0;
}
