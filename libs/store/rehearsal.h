#pragma once

#include <memory>
#include <string>

#include "domain/tx.h"
#include "store/read_ahead.h"
#include "store/surroundings.h"

namespace wenming::store {

/// What a command runs in before its time, to find out what it will ask: a query whose rows are not here yet is handed
/// in, and ends the run, as does the first statement that writes. Commands are re-runnable, so nobody notices.
class Rehearsal final : public domain::Tx {
 public:
  /// Thrown out of the command; no std::exception, because it is no fault that anybody could handle.
  struct End {
    bool asked;  // else it would have written
  };

  Rehearsal(ReadAhead& ahead, const Surroundings& surroundings, core::Timestamp now)
      : ahead_(ahead),
        surroundings_(surroundings),
        now_(now),
        offset_(surroundings.offset()),
        calendar_(surroundings.calendar()) {}

  [[nodiscard]] core::Timestamp now() const override { return now_; }
  [[nodiscard]] core::UtcOffset offset() const override { return offset_; }
  [[nodiscard]] const core::WorkingCalendar& calendar() const override { return *calendar_; }
  [[nodiscard]] domain::Keys& keys() const override { return surroundings_.keys(); }
  [[nodiscard]] std::string new_id() override { return "00000000-0000-7000-8000-000000000000"; }
  [[nodiscard]] std::string random_bytes(std::size_t count) override { return std::string(count, '\0'); }
  void publish(const google::protobuf::Message& /*event*/) override {}
  void schedule(std::string_view, core::Timestamp, const google::protobuf::Message&) override { throw End{false}; }
  void cancel(std::string_view /*key*/) override { throw End{false}; }
  void send_on_errand(std::string_view, core::Timestamp, const google::protobuf::Message&) override {
    throw End{false};
  }
  void recall(std::string_view /*key*/) override { throw End{false}; }
  void changed(std::string_view /*key*/) override {}

 private:
  std::unique_ptr<domain::Cursor> open(std::string_view sql, std::span<const domain::Value> values) override;
  void execute(std::string_view, std::span<const domain::Value>) override { throw End{false}; }
  std::int64_t touched() override { throw End{false}; }

  ReadAhead& ahead_;
  const Surroundings& surroundings_;
  const core::Timestamp now_;
  const core::UtcOffset offset_;
  const Surroundings::Calendar calendar_;
};

}  // namespace wenming::store
