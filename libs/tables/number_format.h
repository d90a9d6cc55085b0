#pragma once

#include <string>
#include <string_view>

#include "tables/table.h"

namespace wenming::tables {

/// How a sheet shows the numbers of a cell, as far as it changes what they mean.
struct NumberFormat {
  enum class Shows { Number, Day, Moment, TimeOfDay };
  Shows shows = Shows::Number;
  std::size_t digits = 0;  // numbers with zeros in front, such as codes (`0000`); 0: none

  /// By number, for those that every workbook has: among them the Chinese ones of dates.
  static NumberFormat builtin(int id);
  /// By its code, `yyyy"年"m"月"d"日"`.
  static NumberFormat custom(std::string_view code);
};

/// The number of a cell as a text, as people read it. `from_1904`: how the workbook counts days.
Cell number_cell(std::string_view number, NumberFormat format, bool from_1904);

}  // namespace wenming::tables
