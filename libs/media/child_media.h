#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "domain/outside.h"

namespace wenming::media {

/// Looks at files by means of the program `wenming-picture`, one process for each: what strangers send is read by
/// libmagic and libvips, and a fault of theirs must not be one of the services. The process gets the bytes and two
/// empty files in memory, and nothing else; it bounds its own memory, processor time and files before it looks at them,
/// and is ended when it takes too long. Nothing touches a disk.
///
/// A JPEG that ends too early is drawn as far as it goes; other kinds are refused then.
///
/// Any thread may call; the call blocks until the process has ended. Holds input and output in memory, besides what the
/// process takes (bounded at 1.5 GiB of addresses).
class ChildMedia final : public domain::Media {
 public:
  explicit ChildMedia(std::filesystem::path program, std::chrono::milliseconds patience = std::chrono::seconds(30));

  std::string type_of(std::string_view beginning) override;
  domain::Picture redraw(std::string_view bytes) override;

 private:
  struct Result;
  [[nodiscard]] Result run(const char* what, std::string_view input) const;

  const std::filesystem::path program_;
  const std::chrono::milliseconds patience_;
};

}  // namespace wenming::media
