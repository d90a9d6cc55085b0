#pragma once

#include <cstdint>
#include <string>

#include "domain/edge.h"
#include "domain/outside.h"

namespace wenming::domain {

/// A blob as somebody downloads it.
struct DownloadedFile {
  std::string key;
  std::uint64_t bytes = 0;
  std::string media_type;
  std::string name;      // as it is to be saved; from a stranger, so in any characters
  std::string etag;      // in quotes; names these very bytes
  bool is_shown = true;  // by the browser, where it can; otherwise saved
};

/// Gives it out: whole or the range that is asked for (RFC 9110, one range; several are answered whole), nothing where
/// the client has these bytes, and never to be kept by caches between. What strangers have sent is given out so that no
/// browser takes it for a page. The blobs outlive the answer.
EdgeAnswer file_answer(const EdgeRequest& request, const DownloadedFile& file, Blobs& blobs);

}  // namespace wenming::domain
