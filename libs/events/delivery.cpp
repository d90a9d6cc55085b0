#include "events/delivery.h"

#include <future>
#include <memory>

#include "domain/refusal.h"
#include "store/engine.h"

namespace wenming::events {

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

void move_mark(domain::Tx& tx, std::string_view source, int partition, const std::optional<Mark>& expected,
               const Mark& next) {
  std::int64_t moved = 0;
  if (expected) {
    moved = tx.run(
        "UPDATE consumer_positions SET epoch = $1, position = $2, event_epoch = $3, sequence = $4, event_index = $5 "
        "WHERE source = $6 AND log_partition = $7 "
        "AND epoch = $8 AND position = $9 AND event_epoch = $10 AND sequence = $11 AND event_index = $12",
        next.position.epoch, next.position.number, next.epoch, next.sequence, next.index, source, partition,
        expected->position.epoch, expected->position.number, expected->epoch, expected->sequence, expected->index);
  } else {
    moved = tx.run(
        "INSERT INTO consumer_positions (source, log_partition, epoch, position, event_epoch, sequence, event_index) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        source, partition, next.position.epoch, next.position.number, next.epoch, next.sequence, next.index);
  }
  if (moved != 1) throw Overtaken("another consumer has moved the position of " + std::string(source));
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
