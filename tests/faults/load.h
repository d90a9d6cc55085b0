#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "faults/county.h"
#include "faults/story.h"

namespace wenming::faults {

/// How the requests of a client, or of all, ended.
struct Tally {
  std::int64_t acknowledged = 0;  // 2xx to what keeps the rules
  std::int64_t refused = 0;       // 4xx to what breaks them
  std::int64_t faults = 0;        // 5xx: nothing was changed
  std::int64_t lost = 0;          // no answer
  std::int64_t repeated = 0;      // a key sent again on purpose, answered as at first

  Tally& operator+=(const Tally& other);
  [[nodiscard]] std::int64_t requests() const { return acknowledged + refused + faults + lost + repeated; }
  [[nodiscard]] std::string text() const;
};

/// One client with a connection of its own: plays story after story and writes down what it was told. One thread at a
/// time; any thread may ask for the tally.
class LoadClient {
 public:
  /// `county` must outlive it.
  LoadClient(const County& county, std::string url, std::uint64_t seed, std::size_t number, std::size_t clients);

  /// Plays until `enough` is set or an answer is lost. After a 5xx it goes on with another story.
  void play(const std::atomic<bool>& enough);
  /// Ends the doubts: sends every step whose answer was lost again, with the same key, and what follows it. Repeats
  /// some that were answered long ago, too, whose first answer must come back.
  void settle();
  /// Takes every lost answer for a promise that nothing was changed.
  void trust_that_lost_is_not_done();

  [[nodiscard]] const std::deque<Story>& stories() const { return stories_; }
  [[nodiscard]] Tally tally() const;
  /// Answers that no rule explains.
  [[nodiscard]] const std::vector<std::string>& surprises() const { return surprises_; }

 private:
  enum class Outcome { Answered, Fault, Lost };

  Outcome take_next_step(Story& story);
  void repeat(const Story& story, std::size_t step);
  void surprise(Story& story, std::size_t step, const http::Reply& reply);
  http::Reply send(const Story& story, std::size_t step);
  void count(std::int64_t Tally::*kind);

  const County& county_;
  Storyteller storyteller_;
  std::mt19937_64 random_;
  http::Client connection_;
  std::deque<Story> stories_;  // grows while references to older ones are held
  std::vector<std::string> surprises_;
  mutable std::mutex mutex_;
  Tally tally_;
};

/// Several clients, each on a thread of its own.
class Load {
 public:
  Load(const County& county, const e2e::ServerProcess& server, std::uint64_t seed, std::size_t clients);

  /// Plays on all clients while `meanwhile` runs on the calling thread, and until each has lost an answer or, once
  /// `meanwhile` is over, has the one under way.
  void play_while(const std::function<void()>& meanwhile);
  void settle();
  void trust_that_lost_is_not_done();

  /// Calls with every story of every client.
  void each_story(const std::function<void(const Story&)>& visit) const;
  [[nodiscard]] Tally tally() const;
  [[nodiscard]] std::vector<std::string> surprises() const;

 private:
  void on_all(const std::function<void(LoadClient&)>& job);

  std::vector<std::unique_ptr<LoadClient>> clients_;
};

/// The number in an environment variable, which is taken out: the server would refuse it as a setting that it does not
/// know.
std::uint64_t taken_from_environment(const char* variable, std::uint64_t otherwise);

/// From WENMING_SEED, so that a run can be repeated, else by chance. Printed.
std::uint64_t seed_of_this_run();

}  // namespace wenming::faults
