#pragma once

#include "tables/source.h"

namespace wenming::tables {

/// Says what a compound file is that stands where a workbook should: one of Excel 97 to 2003, or one under a password,
/// which is wrapped in such a file. Throws Refusal.
[[noreturn]] void refuse_compound_file(Source& source);

}  // namespace wenming::tables
