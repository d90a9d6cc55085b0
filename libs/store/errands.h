#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "domain/service.h"
#include "store/options.h"
#include "store/reader_pool.h"
#include "store/workers.h"
#include "store/writer.h"

namespace wenming::store {

/// Reads for slow work, and hands it what lies outside.
class SlowReader final : public domain::Reader {
 public:
  SlowReader(ReaderPool& pool, const Surroundings& surroundings, domain::Outside* outside)
      : pool_(pool), surroundings_(surroundings), outside_(outside) {}
  [[nodiscard]] core::Timestamp now() const override { return surroundings_.now(); }

 private:
  void run(const std::function<void(domain::ReadTx&)>& body) override { pool_.read(body); }
  [[nodiscard]] domain::Outside& outside() const override;

  ReaderPool& pool_;
  const Surroundings& surroundings_;
  domain::Outside* const outside_;
};

/// Runs a service's errands: a thread claims what is due, as many as there are threads free to do it, and they bring
/// what came of it to the writer.
///
/// To claim an errand is to move its `run_at` to the end of a lease, in a transaction: of several processes one gets
/// it, and if that one dies somebody begins again when the lease is over. To settle it is to delete its row, if it
/// still bears the number and lease that were claimed, in the transaction of the effect: so it happens once, and not at
/// all for an errand that was replaced or taken back meanwhile. One that fails is put off, longer each time, up to an
/// hour.
///
/// Owned by the store, whose parts outlive it. `sent` and `run_due` may be called from any thread.
class Errands {
 public:
  struct Parts {
    const domain::Service& service;
    Writer& writer;
    ReaderPool& pool;
    const Surroundings& surroundings;
    std::shared_ptr<domain::Outside> outside;
    Limits limits;
    Observer* observer;  // may be null
  };
  explicit Errands(Parts parts);
  /// Stops.
  ~Errands();
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  /// In a transaction before the start, where no other process has to do with the database: whoever was on the way is
  /// not any more, and need not be waited for.
  void release_all(domain::Tx& tx) const;
  void start();
  /// Says that a commit may have sent somebody on an errand.
  void sent();
  void run_due();
  /// Takes up nothing more and waits for what is under way. While the writer still runs. Idempotent.
  void stop();

 private:
  struct Claimed {
    std::string key, number, type, command;
    std::int64_t attempts = 0;
    core::Timestamp lease_ends;
  };
  using ClaimedPtr = std::shared_ptr<const Claimed>;

  void run();
  [[nodiscard]] std::chrono::microseconds lease_of(const std::string& type) const;
  [[nodiscard]] std::optional<core::Timestamp> next_due();
  std::vector<ClaimedPtr> claim(std::size_t most);
  void carry_out(const ClaimedPtr& claimed);
  using CommandPtr = std::shared_ptr<const google::protobuf::Message>;
  using Effect = std::function<void(domain::Tx&)>;
  void settle(const ClaimedPtr& claimed, const CommandPtr& command, const domain::Errand& errand, const Effect& effect);
  void settle_failed(const ClaimedPtr& claimed, const CommandPtr& command, const domain::Errand& errand,
                     const std::exception_ptr& reason);
  void settle_refused(const ClaimedPtr& claimed, const CommandPtr& command, const domain::Errand& errand,
                      const domain::Refusal& refusal);
  void put_off(const ClaimedPtr& claimed, const std::exception_ptr& reason);
  void came_home();

  const Parts parts_;
  Workers workers_;
  std::mutex mutex_;
  std::condition_variable wakes_, idle_;
  std::size_t under_way_ = 0;
  bool looks_ = true;  // there may be something due that nobody has looked at
  bool looking_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wenming::store
