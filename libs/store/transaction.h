#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/id.h"
#include "domain/sealed.h"
#include "domain/tx.h"
#include "store/engine.h"
#include "store/sql_text.h"
#include "store/surroundings.h"
#include "wenming/store/v1/journal.pb.h"

namespace wenming::store {

/// A read transaction on a connection that somebody else begins and ends.
class ReadTransaction final : public domain::ReadTx {
 public:
  ReadTransaction(Connection& connection, const Surroundings& surroundings)
      : connection_(connection),
        surroundings_(surroundings),
        now_(surroundings.now()),
        offset_(surroundings.offset()),
        calendar_(surroundings.calendar()) {}

  [[nodiscard]] core::Timestamp now() const override { return now_; }
  [[nodiscard]] core::UtcOffset offset() const override { return offset_; }
  [[nodiscard]] const core::WorkingCalendar& calendar() const override { return *calendar_; }
  [[nodiscard]] domain::Keys& keys() const override { return surroundings_.keys(); }

 private:
  std::unique_ptr<domain::Cursor> open(std::string_view sql, std::span<const domain::Value> values) override {
    return connection_.query(sql, values);
  }

  Connection& connection_;
  const Surroundings& surroundings_;
  const core::Timestamp now_;
  const core::UtcOffset offset_;
  const Surroundings::Calendar calendar_;
};

/// One command inside the writer's batch. What it publishes and which live keys it changes is collected here, and taken
/// by the writer only if the command is not undone.
class Transaction final : public domain::Tx {
 public:
  Transaction(Connection& connection, const Surroundings& surroundings, core::Timestamp now, core::IdGenerator& ids,
              core::RandomSource& random)
      : connection_(connection),
        surroundings_(surroundings),
        ids_(ids),
        random_(random),
        now_(now),
        offset_(surroundings.offset()),
        calendar_(surroundings.calendar()) {}

  [[nodiscard]] core::Timestamp now() const override { return now_; }
  [[nodiscard]] core::UtcOffset offset() const override { return offset_; }
  [[nodiscard]] const core::WorkingCalendar& calendar() const override { return *calendar_; }
  [[nodiscard]] domain::Keys& keys() const override { return surroundings_.keys(); }
  [[nodiscard]] std::string new_id() override { return ids_.next(now_); }
  [[nodiscard]] std::string random_bytes(std::size_t count) override { return random_.bytes(count); }
  void publish(const google::protobuf::Message& event) override;
  void schedule(std::string_view key, core::Timestamp due, const google::protobuf::Message& command) override;
  void cancel(std::string_view key) override;
  void send_on_errand(std::string_view key, core::Timestamp due, const google::protobuf::Message& command) override;
  void recall(std::string_view key) override;
  void changed(std::string_view key) override { changed_.emplace_back(key); }

  [[nodiscard]] const v1::PublishedEvents& events() const { return events_; }
  [[nodiscard]] const std::vector<std::string>& changed_keys() const { return changed_; }
  /// Whether anything would have to be undone.
  [[nodiscard]] bool wrote() const { return wrote_; }
  [[nodiscard]] bool touched_timers() const { return touched_timers_; }
  [[nodiscard]] bool sent_on_errands() const { return sent_on_errands_; }

 private:
  std::unique_ptr<domain::Cursor> open(std::string_view sql, std::span<const domain::Value> values) override {
    if (!written_table(sql).empty()) {  // … RETURNING
      wrote_ = true;
      domain::require_sealed(sql, values);
    }
    return connection_.query(sql, values);
  }
  void execute(std::string_view sql, std::span<const domain::Value> values) override {
    wrote_ = true;
    domain::require_sealed(sql, values);
    connection_.execute(sql, values);
  }
  std::int64_t touched() override { return connection_.touched(); }

  Connection& connection_;
  const Surroundings& surroundings_;
  core::IdGenerator& ids_;
  core::RandomSource& random_;
  const core::Timestamp now_;
  const core::UtcOffset offset_;
  const Surroundings::Calendar calendar_;
  v1::PublishedEvents events_;
  std::vector<std::string> changed_;
  bool touched_timers_ = false;
  bool sent_on_errands_ = false;
  bool wrote_ = false;
};

}  // namespace wenming::store
