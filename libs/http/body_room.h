#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace wenming::http {

/// The memory that large bodies may have together, so that files sent at the same time are turned away before they fill
/// it. Small bodies are left out: the bound on connections is theirs. Any thread may call.
class BodyRoom {
 public:
  static constexpr std::size_t kSmall = std::size_t{1} << 20;

  explicit BodyRoom(std::size_t bytes) : left_(bytes) {}

  /// What one body has of it; given back at its end, wherever that is.
  class Share {
   public:
    explicit Share(std::shared_ptr<BodyRoom> room) : room_(std::move(room)) {}
    ~Share() { room_->left_ += taken_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// False where there is no room for so many bytes.
    bool grow_to(std::size_t bytes) {
      while (taken_ < bytes) {
        std::size_t left = room_->left_;
        do {
          if (left < kSmall) return false;
        } while (!room_->left_.compare_exchange_weak(left, left - kSmall));
        taken_ += kSmall;
      }
      return true;
    }

   private:
    const std::shared_ptr<BodyRoom> room_;
    std::size_t taken_ = 0;
  };

 private:
  std::atomic<std::size_t> left_;
};

}  // namespace wenming::http
