#include "events/dead_letters.h"

#include <utility>

#include "contract/json.h"
#include "events/delivery.h"

namespace wenming::events {
namespace {

constexpr std::string_view kColumns =
    "SELECT number, parked, source, epoch, sequence, event_index, hops, type, key, payload, published_at, traceparent, "
    "reason, detail, attempts, laid_down_at, position FROM dead_letters WHERE settled_at IS NULL ";

DeadLetter letter_of(const domain::Row& row) {
  DeadLetter letter;
  letter.number = row.integer(0);
  letter.parked = row.boolean(1);
  letter.source = row.text(2);
  letter.epoch = row.text(3);
  letter.sequence = row.integer(4);
  letter.index = static_cast<int>(row.integer(5));
  letter.hops = static_cast<int>(row.integer(6));
  letter.type = row.text(7);
  letter.key = row.text(8);
  letter.payload = row.blob(9);
  letter.published_at = row.timestamp(10);
  letter.traceparent = row.text(11);
  letter.reason = row.text(12);
  letter.detail = row.text(13);
  letter.attempts = static_cast<int>(row.integer(14));
  letter.laid_down_at = row.timestamp(15);
  letter.position = row.integer(16);
  return letter;
}

std::optional<DeadLetter> first_of(domain::Rows rows) {
  for (const domain::Row& row : rows) return letter_of(row);
  return std::nullopt;
}

Record record_of(const DeadLetter& letter) {
  Record record;
  record.position = letter.position;
  record.source = letter.source;
  record.epoch = letter.epoch;
  record.sequence = letter.sequence;
  record.index = letter.index;
  record.hops = letter.hops;
  record.type = letter.type;
  record.key = letter.key;
  record.payload = letter.payload;
  record.time = letter.published_at;
  record.traceparent = letter.traceparent;
  return record;
}

/// Another operator may have settled the letter in the meantime: the row decides. Thrown, so that nothing is
/// journalled.
class NotOpen : public std::exception {};

store::WorkName about(store::WorkName act, std::int64_t number) {
  act.subject = std::to_string(number);
  return act;
}

/// False: the letter was not open.
bool settle(store::Store& store, const store::WorkName& act, std::int64_t number,
            std::function<void(domain::Tx&)> body) {
  try {
    commit(store, about(act, number), std::move(body));
    return true;
  } catch (const NotOpen&) {
    return false;
  }
}

}  // namespace

DeadLetters::DeadLetters(std::shared_ptr<store::Store> store, std::shared_ptr<const Handlers> handlers)
    : store_(std::move(store)), handlers_(std::move(handlers)) {}

std::vector<DeadLetter> DeadLetters::list(std::int64_t after, std::size_t limit) const {
  std::vector<DeadLetter> letters;
  store_->read([&](domain::ReadTx& tx) {
    letters.clear();
    for (const domain::Row& row :
         tx.query(std::string(kColumns) + "AND number > $1 ORDER BY number LIMIT $2", after, limit)) {
      letters.push_back(letter_of(row));
    }
  });
  return letters;
}

std::optional<DeadLetter> DeadLetters::find(std::int64_t number) const {
  std::optional<DeadLetter> letter;
  store_->read(
      [&](domain::ReadTx& tx) { letter = first_of(tx.query(std::string(kColumns) + "AND number = $1", number)); });
  return letter;
}

std::string DeadLetters::payload_text(const DeadLetter& letter) const {
  std::string text;
  store_->read([&](domain::ReadTx& tx) {
    text.clear();
    try {
      contract::write_json(*handlers_->decode(record_of(letter)), text, {.offset = tx.offset()});
    } catch (const Undecodable&) {
      text.clear();
    }
  });
  return text;
}

std::int64_t DeadLetters::open_count() const {
  std::int64_t count = 0;
  store_->read([&](domain::ReadTx& tx) {
    count = tx.value<std::int64_t>("SELECT COUNT(*) FROM dead_letters WHERE settled_at IS NULL").value_or(0);
  });
  return count;
}

DeadLetters::Replayed DeadLetters::replay(std::int64_t number, const store::WorkName& act) {
  Replayed replayed;
  const auto named = find(number);
  if (!named) return replayed;
  while (const auto letter = oldest_of(named->source, named->key)) {
    try {
      if (apply(*letter, act)) ++replayed.applied;
    } catch (...) {
      const auto fault = event_fault(std::current_exception());
      if (!fault) throw;
      note_failure(*letter, *fault, act);
      replayed.stuck = letter->number;
      replayed.reason = fault->reason;
      return replayed;
    }
  }
  return replayed;
}

std::optional<DeadLetter> DeadLetters::oldest_of(std::string_view source, std::string_view key) const {
  std::optional<DeadLetter> letter;
  store_->read([&](domain::ReadTx& tx) {
    letter =
        first_of(tx.query(std::string(kColumns) + "AND source = $1 AND key = $2 ORDER BY number LIMIT 1", source, key));
  });
  return letter;
}

bool DeadLetters::apply(const DeadLetter& letter, const store::WorkName& act) {
  // What follows from it begins a new chain of reactions: the row bears the operator's name, not that of a reaction.
  return settle(*store_, act, letter.number, [&](domain::Tx& tx) {
    const auto settled = tx.run(
        "UPDATE dead_letters SET settled_at = $1, settled_as = 'REPLAYED' WHERE number = $2 AND settled_at IS NULL",
        tx.now(), letter.number);
    if (settled != 1) throw NotOpen();
    const auto batch = handlers_->new_batch();
    handlers_->handle(tx, batch, record_of(letter));
    Handlers::flush(tx, batch);
  });
}

void DeadLetters::note_failure(const DeadLetter& letter, const EventFault& fault, const store::WorkName& act) {
  commit(*store_, about(act, letter.number), [&](domain::Tx& tx) {
    tx.run("UPDATE dead_letters SET parked = $1, reason = $2, detail = $3, attempts = attempts + 1 WHERE number = $4",
           false, fault.reason, fault.detail, letter.number);
  });
}

bool DeadLetters::discard(std::int64_t number, std::string_view reason, const store::WorkName& act) {
  return settle(*store_, act, number, [&](domain::Tx& tx) {
    const auto settled = tx.run(
        "UPDATE dead_letters SET settled_at = $1, settled_as = 'DISCARDED', settled_because = $2 "
        "WHERE number = $3 AND settled_at IS NULL",
        tx.now(), reason, number);
    if (settled != 1) throw NotOpen();
  });
}

}  // namespace wenming::events
