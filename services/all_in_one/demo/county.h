#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace wenming::all_in_one {

/// Chance that depends on nothing but its key: the same fact comes out the same however often and in whatever order it
/// is made.
class Dice {
 public:
  /// `kind` and the numbers name the fact.
  Dice(std::uint64_t seed, std::string_view kind, std::int64_t a, std::int64_t b = 0);

  std::uint64_t next();
  /// 0 … sides - 1.
  std::int64_t roll(std::int64_t sides) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(sides));
  }
  bool chance(int percent) { return roll(100) < percent; }
  template <class List>
  const auto& pick(const List& list) {
    return list[static_cast<std::size_t>(roll(static_cast<std::int64_t>(std::size(list))))];
  }

 private:
  std::uint64_t state_;
};

/// The made county: what it consists of. Longitude and latitude lie around a point of no meaning.
struct County {
  struct Node {
    std::string code, name, parent_code, level;
    double longitude = 0, latitude = 0;
    std::string id;  // given by the server
  };

  County();
  /// The file that `organisations:import` takes.
  [[nodiscard]] std::string csv() const;

  std::vector<Node> nodes;         // parents before children; the county comes first
  std::vector<std::size_t> units;  // those that facts are about: townships and functional units
  std::vector<std::size_t> communities;
};

/// A case as another system's file would hold it.
struct DemoCase {
  std::string message_id, user_id, subject, detail, reply;
  core::Timestamp received_at, replied_at;
};
/// The case of a day, settled with its reply.
DemoCase demo_case(std::uint64_t seed, core::Date day, int number, core::UtcOffset offset);
/// A subject and a text of a case that came in just now.
std::string demo_subject(Dice& dice);

struct DemoFinding {
  std::string_view category, description, severity;
};
const std::vector<DemoFinding>& demo_findings();
const std::vector<std::string_view>& demo_point_types();
const std::vector<std::string_view>& demo_services();
const std::vector<std::string_view>& demo_themes();

}  // namespace wenming::all_in_one
