#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What lies outside of the service's database: files and other systems. Only slow work reaches it (`Reader`), never a
/// transaction: what is done there cannot be taken back with a batch.
namespace wenming::domain {

/// Files that are too large for rows: attachments, imported files, exports. The domain chooses the keys, parts of
/// letters, digits, `-`, `_` and `.` joined by `/`, mostly from ids; whoever may read the row that names a key may read
/// the blob. Any thread may call; all but NoSuchBlob throws std::runtime_error with what went wrong.
class Blobs {
 public:
  virtual ~Blobs() = default;

  /// Stores the bytes, whole or not at all; on return they are durable. A blob of the same key is replaced.
  virtual void put(std::string_view key, std::string_view bytes) = 0;
  /// Up to so many bytes from an offset on; fewer at the end of the blob. Throws NoSuchBlob.
  virtual std::string read(std::string_view key, std::uint64_t offset, std::size_t most) = 0;
  /// Its length in bytes; nullopt where there is no such blob.
  virtual std::optional<std::uint64_t> size(std::string_view key) = 0;
  /// Stores the parts, one after the other, as one blob; they stay.
  virtual void join(std::string_view key, const std::vector<std::string>& parts) = 0;
  /// Nothing happens where there is none.
  virtual void remove(std::string_view key) = 0;
  /// Keys that begin so and come behind `after`, in order, at most so many.
  virtual std::vector<std::string> list(std::string_view prefix, std::string_view after, std::size_t most) = 0;
};

class NoSuchBlob : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A picture drawn anew from the pixels of another: upright, in sRGB, with nothing else of what was in the file.
struct Picture {
  std::string media_type;  // `image/jpeg`; `image/png` where parts are transparent
  std::string bytes;
  std::string thumbnail;  // JPEG, at most 320 pixels wide and high
  int width = 0, height = 0;
};

/// The file is no picture, or broken, or larger unpacked than anybody can bear.
class BadPicture : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What can be told of files that strangers sent. Any thread may call; a call may take seconds. Throws
/// std::runtime_error where it could not be found out.
class Media {
 public:
  virtual ~Media() = default;
  /// By the first bytes of a file (64 KiB suffice), whatever it is called: `image/jpeg`, `application/pdf`,
  /// `application/octet-stream` for what nobody knows.
  virtual std::string type_of(std::string_view beginning) = 0;
  /// Throws BadPicture.
  virtual Picture redraw(std::string_view bytes) = 0;
};

/// A request to another system.
struct OutgoingRequest {
  /// Who chose the address. One that was typed in by a user is called only if it is a public one or on the operator's
  /// list, and it is the checked address itself that is called.
  enum class Address { Configured, Given };

  std::string verb = "POST";
  std::string url;
  Address address = Address::Given;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout{10'000};  // for all of it
  std::size_t reply_bytes = 64 * 1024;        // longer replies are an OutgoingError
};

struct OutgoingReply {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// No reply came.
class OutgoingError : public std::runtime_error {
 public:
  enum class Kind {
    Forbidden,  // the address may not be called
    Failed      // not reachable, timed out, cut off, too long
  };
  OutgoingError(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// HTTP to other systems. Redirects are not followed. Any thread may call; a call blocks until the reply is there.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  /// Throws OutgoingError where no reply came; a reply of any status is one.
  virtual OutgoingReply send(const OutgoingRequest& request) = 0;
};

/// All of it, as a process has it.
class Outside {
 public:
  virtual ~Outside() = default;
  virtual Blobs& blobs() = 0;
  virtual Outgoing& outgoing() = 0;
  virtual Media& media() = 0;
};

}  // namespace wenming::domain
