// wenming-picture: what kind of file is this, and a picture drawn anew. Run by media::ChildMedia, once for each file.
//
// The bytes come from strangers. Before it looks at them the program takes from itself whatever it does not need:
// memory, time, files, the network, new privileges. The new picture is made from pixels alone: no position, no camera,
// no comments, no profile (colours are brought to sRGB), and nothing that was appended to the file.
#include <magic.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "media/protocol.h"

namespace {

using namespace wenming::media;

constexpr int kQuality = 85;

[[noreturn]] void refuse(const char* why) {
  std::fputs(why, stdout);
  std::fflush(stdout);
  std::_Exit(kBadFile);
}

void bound(int what, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

void give_up_what_is_not_needed() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  static_cast<void>(::unshare(CLONE_NEWUSER | CLONE_NEWNET));        // where the system allows it
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which reserve terabytes
  bound(RLIMIT_AS, rlim_t{1536} << 20);
#endif
  bound(RLIMIT_CPU, 20);
  bound(RLIMIT_FSIZE, rlim_t{64} << 20);
  bound(RLIMIT_NOFILE, 32);
  bound(RLIMIT_CORE, 0);
}

std::string read_input() {
  struct stat facts {};
  if (::fstat(kInput, &facts) != 0) std::_Exit(1);
  std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::pread(kInput, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count <= 0) std::_Exit(1);
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

void write_to(int file, const void* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = ::write(file, static_cast<const char*>(bytes) + done, size - done);
    if (count <= 0) std::_Exit(1);
    done += static_cast<std::size_t>(count);
  }
}

std::string type_of(const std::string& bytes) {
  const std::unique_ptr<magic_set, void (*)(magic_t)> magic(::magic_open(MAGIC_MIME_TYPE), ::magic_close);
  if (!magic || ::magic_load(magic.get(), nullptr) != 0) std::_Exit(1);
  const char* type = ::magic_buffer(magic.get(), bytes.data(), bytes.size());
  return type == nullptr ? "application/octet-stream" : type;
}

struct Free {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Free>;

/// libvips opens more kinds of files than strangers are to be allowed to send.
bool is_known_picture(std::string_view type) {
  for (const char* known : {"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/heif"})
    if (type == known) return true;
  return false;
}

/// Decodes all of it, which the thumbnailer does not when it can take less: half of a picture is none.
void require_whole(const std::string& bytes) {
  const Image all(vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "access", VIPS_ACCESS_SEQUENTIAL,
                                             "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr));
  double average = 0;
  if (!all || vips_avg(all.get(), &average, nullptr) != 0) refuse("the picture is broken");
}

/// Upright, in sRGB, no larger than this.
Image drawn(const std::string& bytes, int edge) {
  VipsImage* image = nullptr;
  if (vips_thumbnail_buffer(const_cast<char*>(bytes.data()), bytes.size(), &image, edge, "height", edge, "size",
                            VIPS_SIZE_DOWN, "export_profile", "srgb", "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr) != 0)
    refuse("the picture is broken");
  return Image(image);
}

Image without_alpha(Image image) {
  if (!vips_image_hasalpha(image.get())) return image;
  const std::unique_ptr<VipsArrayDouble, void (*)(VipsArrayDouble*)> white(
      vips_array_double_newv(3, 255.0, 255.0, 255.0),
      [](VipsArrayDouble* array) { vips_area_unref(VIPS_AREA(array)); });
  VipsImage* flat = nullptr;
  if (vips_flatten(image.get(), &flat, "background", white.get(), nullptr) != 0) refuse("the picture is broken");
  return Image(flat);
}

void save(const Image& image, int file, bool as_png) {
  void* bytes = nullptr;
  std::size_t size = 0;
  const int failed = as_png ? vips_pngsave_buffer(image.get(), &bytes, &size, "strip", 1, nullptr)
                            : vips_jpegsave_buffer(image.get(), &bytes, &size, "strip", 1, "Q", kQuality,
                                                   "optimize_coding", 1, nullptr);
  if (failed != 0) refuse("the picture is broken");
  write_to(file, bytes, size);
  g_free(bytes);
}

void redraw(const std::string& bytes) {
  if (!is_known_picture(type_of(bytes))) refuse("it is no picture of a known kind");
  if (VIPS_INIT("wenming-picture") != 0) std::_Exit(1);
  vips_block_untrusted_set(1);
  vips_concurrency_set(1);
  vips_cache_set_max(0);

  const Image head(vips_image_new_from_buffer(bytes.data(), bytes.size(), "", nullptr));  // reads the head alone
  if (!head) refuse("the picture is broken");
  const double pixels = static_cast<double>(vips_image_get_width(head.get())) * vips_image_get_height(head.get());
  if (pixels > kMostPixels) refuse("the picture has too many pixels");
  require_whole(bytes);

  Image picture = drawn(bytes, kPictureEdge);
  const bool as_png = vips_image_hasalpha(picture.get()) != 0;
  save(picture, kPicture, as_png);
  save(without_alpha(drawn(bytes, kThumbnailEdge)), kThumbnail, false);
  std::printf("%s %d %d", as_png ? "image/png" : "image/jpeg", vips_image_get_width(picture.get()),
              vips_image_get_height(picture.get()));
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count == 2 ? arguments[1] : "";
  if (what == "version") {
    std::puts("wenming-picture " WENMING_VERSION);
    return 0;
  }
  if (what != kTypeOf && what != kRedraw) {
    std::fputs("wenming-picture is run by the services of Wenming, which hand it the files that it works on.\n",
               stderr);
    return 2;
  }
  give_up_what_is_not_needed();
  const std::string bytes = read_input();
  if (what == kTypeOf) {
    std::fputs(type_of(bytes).c_str(), stdout);
  } else {
    redraw(bytes);
  }
  std::fflush(stdout);
  std::_Exit(0);  // libraries need not tidy up
}
