#include "runtime/background.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "core/log.h"

namespace wenming::runtime {
namespace {

/// Gives a place back, however the work ends.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(taken) {}
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::atomic<std::size_t>& taken_;
};

}  // namespace

bool Background::run(std::function<void()> work) {
  if (taken_.fetch_add(1) >= most_) {
    taken_.fetch_sub(1);
    return false;
  }
  boost::asio::post(pool_, [this, work = std::move(work)] {
    const Place place(taken_);
    try {
      work();
    } catch (const std::exception& fault) {
      core::log::error("work in the background failed", {{"error", fault.what()}});
    }
  });
  return true;
}

}  // namespace wenming::runtime
