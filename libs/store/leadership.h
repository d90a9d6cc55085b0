#pragma once

namespace wenming::store {

/// That this process, of all that share a database, does what only one may do at a time. Ends with the object, and by
/// itself with the connection to the database. Whoever leads asks every second or so whether it still stands, and loses
/// it by not asking for ten: others take over from a process that hangs.
class Leadership {
 public:
  virtual ~Leadership() = default;
  /// False once it is lost, or where that cannot be told. One thread at a time.
  [[nodiscard]] virtual bool stands() = 0;
};

/// Where no other process can be there.
class SoleLeadership final : public Leadership {
 public:
  [[nodiscard]] bool stands() override { return true; }
};

}  // namespace wenming::store
