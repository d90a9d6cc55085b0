#include "media/child_media.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "media/memory_file.h"
#include "media/protocol.h"

namespace wenming::media {
namespace {

/// The files of the process and how they got their places. Nothing else of this process is open there.
class Handed {
 public:
  Handed() { ::posix_spawn_file_actions_init(&actions_); }
  ~Handed() { ::posix_spawn_file_actions_destroy(&actions_); }
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;

  void put(const MemoryFile& file, int place) { ::posix_spawn_file_actions_adddup2(&actions_, file.number(), place); }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// Waits for the process to end, or ends it. Its status as `waitpid` has it.
int wait_for(pid_t pid, std::chrono::milliseconds patience) {
  const int watched = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  pollfd end{.fd = watched, .events = POLLIN, .revents = 0};
  const bool ended = watched >= 0 && ::poll(&end, 1, static_cast<int>(patience.count())) == 1;
  if (watched >= 0) ::close(watched);
  if (!ended) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

struct ChildMedia::Result {
  int status = 0;
  std::string output, picture, thumbnail;

  [[nodiscard]] bool succeeded() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
  /// The program itself says that the file is bad, or it was too much for its bounds.
  [[nodiscard]] bool is_bad_file() const {
    return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == kBadFile);
  }
};

ChildMedia::ChildMedia(std::filesystem::path program, std::chrono::milliseconds patience)
    : program_(std::move(program)), patience_(patience) {}

ChildMedia::Result ChildMedia::run(const char* what, std::string_view input) const {
  const MemoryFile nothing, output, complaints, in(input), picture, thumbnail;
  Handed handed;
  handed.put(nothing, STDIN_FILENO);
  handed.put(output, STDOUT_FILENO);
  handed.put(complaints, STDERR_FILENO);
  handed.put(in, kInput);
  handed.put(picture, kPicture);
  handed.put(thumbnail, kThumbnail);
  std::string name = program_.string(), verb = what;
  std::array<char*, 3> arguments{name.data(), verb.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, name.c_str(), handed.actions(), nullptr, arguments.data(), environment.data());
  if (error != 0) throw std::runtime_error("cannot run " + name + ": " + std::generic_category().message(error));
  Result result;
  result.status = wait_for(pid, patience_);
  result.output = output.content();
  if (!result.succeeded() && !result.is_bad_file()) throw std::runtime_error(name + " failed: " + complaints.content());
  result.picture = picture.content();
  result.thumbnail = thumbnail.content();
  return result;
}

std::string ChildMedia::type_of(std::string_view beginning) {
  Result result = run(kTypeOf, beginning);
  if (!result.succeeded()) return "application/octet-stream";
  return std::move(result.output);
}

domain::Picture ChildMedia::redraw(std::string_view bytes) {
  Result result = run(kRedraw, bytes);
  if (!result.succeeded())
    throw domain::BadPicture(result.output.empty() ? "it took too much time or memory" : result.output);
  domain::Picture picture;
  std::istringstream(result.output) >> picture.media_type >> picture.width >> picture.height;
  picture.bytes = std::move(result.picture);
  picture.thumbnail = std::move(result.thumbnail);
  if (picture.bytes.empty() || picture.thumbnail.empty() || picture.width <= 0)
    throw std::runtime_error(program_.string() + " gave no picture");
  return picture;
}

}  // namespace wenming::media
