#include "events/delivery.h"

#include <future>
#include <memory>
#include <vector>

#include "domain/many.h"
#include "domain/refusal.h"
#include "store/engine.h"

namespace wenming::events {
namespace {

const auto kFirstMarks = domain::Many::rows(
    "INSERT INTO consumer_positions (source, log_partition, epoch, position, event_epoch, sequence, event_index) "
    "VALUES",
    7, "ON CONFLICT DO NOTHING");
const auto kFurtherMarks = domain::Many::repeatable_rows(
    "WITH moves (source, log_partition, epoch, position, event_epoch, sequence, event_index, "
    "from_epoch, from_position, from_event_epoch, from_sequence, from_event_index) AS (VALUES",
    12,
    ") UPDATE consumer_positions AS mark SET epoch = moves.epoch, position = moves.position, "
    "event_epoch = moves.event_epoch, sequence = moves.sequence, event_index = moves.event_index FROM moves "
    "WHERE mark.source = moves.source AND mark.log_partition = moves.log_partition "
    "AND mark.epoch = moves.from_epoch AND mark.position = moves.from_position "
    "AND mark.event_epoch = moves.from_event_epoch AND mark.sequence = moves.from_sequence "
    "AND mark.event_index = moves.from_event_index");

/// Its columns, in the order of the table.
void put(std::vector<domain::Value>& row, const Mark& mark) {
  for (const domain::Value& value :
       {domain::to_value(mark.position.epoch), domain::to_value(mark.position.number), domain::to_value(mark.epoch),
        domain::to_value(mark.sequence), domain::to_value(mark.index)})
    row.push_back(value);
}

}  // namespace

std::optional<Mark> find_mark(domain::ReadTx& tx, std::string_view source, int partition) {
  for (const domain::Row& row :
       tx.query("SELECT epoch, position, event_epoch, sequence, event_index FROM consumer_positions "
                "WHERE source = $1 AND log_partition = $2",
                source, partition)) {
    return Mark{{std::string(row.text(0)), row.integer(1)},
                std::string(row.text(2)),
                row.integer(3),
                static_cast<int>(row.integer(4))};
  }
  return std::nullopt;
}

void move_marks(domain::Tx& tx, std::span<const MarkMove> moves) {
  std::vector<domain::Value> first, further;
  for (const MarkMove& move : moves) {
    auto& rows = move.from ? further : first;
    rows.push_back(domain::to_value(move.source));
    rows.push_back(domain::to_value(move.partition));
    put(rows, move.to);
    if (move.from) put(rows, *move.from);
  }
  std::int64_t moved = 0;
  const auto count = [&](std::string_view sql, std::span<const domain::Value> rows) {
    moved += tx.run_values(sql, rows);
  };
  kFirstMarks.each(first, count);
  kFurtherMarks.each(further, count);
  if (moved == static_cast<std::int64_t>(moves.size())) return;
  throw Overtaken("another consumer has moved a position" +
                  (moves.size() == 1 ? " of " + std::string(moves[0].source) : std::string()));
}

std::optional<EventFault> event_fault(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const domain::Refusal& refusal) {
    if (refusal.status() >= 500) return std::nullopt;
    std::string detail;
    for (const auto& [name, value] : refusal.arguments()) {
      if (!detail.empty()) detail += ", ";
      detail.append(name).append("=").append(value);
    }
    return EventFault{refusal.code(), detail};
  } catch (const Undecodable& e) {
    return EventFault{"undecodable", e.what()};
  } catch (const HopLimit& e) {
    return EventFault{"hop_limit", e.what()};
  } catch (const store::EngineError& e) {
    using Kind = store::EngineError::Kind;
    if (e.kind() != Kind::Constraint && e.kind() != Kind::Mistake) return std::nullopt;
    return EventFault{"fault", e.what()};
  } catch (const std::logic_error& e) {
    return EventFault{"fault", e.what()};
  } catch (...) {
    return std::nullopt;
  }
}

bool any_open_letter(domain::ReadTx& tx) {
  return tx.value<int>("SELECT 1 FROM dead_letters WHERE settled_at IS NULL LIMIT 1").has_value();
}

bool is_parked(domain::ReadTx& tx, std::string_view source, std::string_view key) {
  return tx
      .value<int>("SELECT 1 FROM dead_letters WHERE source = $1 AND key = $2 AND settled_at IS NULL LIMIT 1", source,
                  key)
      .has_value();
}

void lay_down(domain::Tx& tx, int partition, const Record& record, const EventFault* fault, std::int64_t limit) {
  if (tx.value<std::int64_t>("SELECT COUNT(*) FROM dead_letters WHERE settled_at IS NULL").value_or(0) >= limit) {
    throw std::runtime_error(std::to_string(limit) + " dead letters are open, which is the limit: settle some of them");
  }
  const auto newest = tx.value<std::int64_t>("SELECT MAX(number) FROM dead_letters");
  tx.run(
      "INSERT INTO dead_letters (number, source, epoch, log_partition, position, sequence, event_index, hops, type, "
      "key, "
      "payload, published_at, traceparent, parked, reason, detail, attempts, laid_down_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
      newest.value_or(0) + 1, record.source, record.epoch, partition, record.position, record.sequence, record.index,
      record.hops, record.type, record.key, domain::Blob{record.payload}, record.time, record.traceparent,
      fault == nullptr, fault ? fault->reason : "", fault ? fault->detail : "", fault ? 1 : 0, tx.now());
}

void commit(store::Store& store, store::WorkName name, std::function<void(domain::Tx&)> body) {
  // Shared with the callback: `set_value` may still be running when the waiting thread has moved on.
  const auto done = std::make_shared<std::promise<void>>();
  auto committed = done->get_future();
  const bool taken = store.work(std::move(name), std::move(body), [done](const std::exception_ptr& exception) {
    if (exception) {
      done->set_exception(exception);
    } else {
      done->set_value();
    }
  });
  if (!taken) throw std::runtime_error("the store takes no more work at the moment");
  committed.get();
}

}  // namespace wenming::events
