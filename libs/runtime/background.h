#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>

namespace wenming::runtime {

/// A few threads for what may block and is asked for seldom: operators' methods, pages that ask databases. What such a
/// piece of work throws is its own misfortune: it is logged, and the process lives on. Any thread may call `run`.
class Background {
 public:
  /// Takes no more than `most` pieces at a time, waiting and running.
  Background(std::size_t threads, std::size_t most) : pool_(threads), most_(most) {}
  /// Drops what has not begun.
  ~Background() = default;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// False: it takes no more at the moment.
  bool run(std::function<void()> work);
  /// Finishes what was taken; what is handed in afterwards never runs.
  void join() { pool_.join(); }

 private:
  boost::asio::thread_pool pool_;
  const std::size_t most_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace wenming::runtime
