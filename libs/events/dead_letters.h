#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "events/handlers.h"
#include "store/store.h"

namespace wenming::events {

struct EventFault;

/// An event that could not be applied, or that waits behind one of the same source and key.
struct DeadLetter {
  std::int64_t number = 0;  // in the order in which they were laid down
  bool parked = false;      // waits behind an older one; nothing is known to be wrong with it
  std::string reason;       // the refusal's code, `undecodable`, `hop_limit` or `fault`; empty for a parked one
  std::string detail;       // what the exception said
  int attempts = 0;
  core::Timestamp laid_down_at;

  // The event, as Record describes it.
  std::string source;
  std::string epoch;
  std::int64_t position = 0;
  std::int64_t sequence = 0;
  int index = 0;
  int hops = 0;
  std::string type;
  std::string key;
  std::string payload;
  core::Timestamp published_at;
  std::string traceparent;
};

/// The dead letters of one service's database, for the command line and for metrics. Any thread may call; changes go
/// through the store's writer, so they may be made while the consumer runs.
class DeadLetters {
 public:
  /// Keeps the store alive, though not open: a rebuild may replace it while letters are replayed.
  DeadLetters(std::shared_ptr<store::Store> store, std::shared_ptr<const Handlers> handlers);

  /// The open ones, oldest first, after the given number.
  [[nodiscard]] std::vector<DeadLetter> list(std::int64_t after = 0, std::size_t limit = 100) const;
  /// Nullopt where there is no open letter of this number.
  [[nodiscard]] std::optional<DeadLetter> find(std::int64_t number) const;
  /// The payload as JSON with personal fields masked; empty where it cannot be decoded.
  [[nodiscard]] std::string payload_text(const DeadLetter& letter) const;
  [[nodiscard]] std::int64_t open_count() const;

  struct Replayed {
    std::int64_t applied = 0;           // letters that are settled now
    std::optional<std::int64_t> stuck;  // the letter that failed again, if one did
    std::string reason;
  };
  /// Applies the letters of this letter's source and key, in order, each in a transaction of its own, until none is
  /// open or one fails again. `act` says who has it done; each letter leaves a row in the journal.
  Replayed replay(std::int64_t number, const store::WorkName& act);

  /// Gives an event up. Those parked behind it stay until they are replayed. False: no open letter of this number.
  bool discard(std::int64_t number, std::string_view reason, const store::WorkName& act);

 private:
  std::optional<DeadLetter> oldest_of(std::string_view source, std::string_view key) const;
  bool apply(const DeadLetter& letter, const store::WorkName& act);
  void note_failure(const DeadLetter& letter, const EventFault& fault, const store::WorkName& act);

  std::shared_ptr<store::Store> store_;
  std::shared_ptr<const Handlers> handlers_;
};

}  // namespace wenming::events
