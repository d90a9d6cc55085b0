#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "domain/outside.h"
#include "media/child_media.h"

namespace wenming::testing {

/// What lies outside of a service under test: blobs in memory, the real program that looks at pictures, and other
/// systems that answer what the test says. Any thread may call; the test sets `reply` while nothing is under way.
///
/// That the real ones keep the same promises is shown by their own tests.
class TestOutside final : public domain::Outside {
 public:
  domain::Blobs& blobs() override { return blobs_; }
  domain::Outgoing& outgoing() override { return outgoing_; }
  domain::Media& media() override { return media_; }

  /// What other systems answer; at first, that they cannot be reached.
  std::function<domain::OutgoingReply(const domain::OutgoingRequest&)> reply;
  /// What they were asked, in order.
  [[nodiscard]] std::vector<domain::OutgoingRequest> asked() const;

 private:
  class MemoryBlobs final : public domain::Blobs {
   public:
    void put(std::string_view key, std::string_view bytes) override;
    std::string read(std::string_view key, std::uint64_t offset, std::size_t most) override;
    std::optional<std::uint64_t> size(std::string_view key) override;
    void join(std::string_view key, const std::vector<std::string>& parts) override;
    void remove(std::string_view key) override;
    std::vector<std::string> list(std::string_view prefix, std::string_view after, std::size_t most) override;

   private:
    const std::string& find(std::string_view key) const;

    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> blobs_;
  };
  class ScriptedOutgoing final : public domain::Outgoing {
   public:
    explicit ScriptedOutgoing(TestOutside& outside) : outside_(outside) {}
    domain::OutgoingReply send(const domain::OutgoingRequest& request) override;

   private:
    TestOutside& outside_;
  };

  MemoryBlobs blobs_;
  ScriptedOutgoing outgoing_{*this};
  media::ChildMedia media_{WENMING_PICTURE_PROGRAM};  // given by the build
  mutable std::mutex mutex_;
  std::vector<domain::OutgoingRequest> asked_;
};

}  // namespace wenming::testing
