#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.h"
#include "core/time.h"

namespace wenming::core {

/// Makes UUIDs of version 7 (RFC 9562): 48 bits of milliseconds, 12 bits of a counter, 62 bits of chance. The texts of
/// one generator grow strictly, whatever the clock does, so that rows of new ids go to the end of their index; two
/// generators never make the same one, because of the 62 bits.
///
/// More than 2,048 ids in one millisecond, or a clock that was set back, make the generator run ahead of the clock
/// until time has caught up. One thread at a time; the source of chance must outlive it.
class IdGenerator {
 public:
  explicit IdGenerator(RandomSource& random) : random_(random) {}

  /// `019cbb5e-8400-7a31-9f0c-2d1c8a51e7b4`
  std::string next(Timestamp now);

 private:
  std::uint64_t draw();

  RandomSource& random_;
  std::int64_t millisecond_ = -1;
  std::uint64_t counter_ = 0;
  // Drawn ahead: asking the system for every id would cost more than all the rest.
  std::array<unsigned char, 1024> drawn_;
  std::size_t used_ = drawn_.size();
};

/// Whether the text is a UUID of version 4 or 7 as this system and its clients write them: in lower case, with hyphens.
bool is_uuid(std::string_view text);

}  // namespace wenming::core
