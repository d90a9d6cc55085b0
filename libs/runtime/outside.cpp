#include "runtime/outside.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "blobs/directory/directory_blobs.h"
#include "blobs/key.h"
#include "blobs/s3/s3_blobs.h"
#include "core/settings.h"
#include "domain/refusal.h"
#include "media/child_media.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::runtime {
namespace {

constexpr std::string_view kSqlite = "sqlite:", kDirectory = "directory:", kS3 = "s3://";

std::string parse_url(std::string_view url) {
  const std::string_view place = url.starts_with(kS3) ? url.substr(kS3.size()) : std::string_view();
  const bool sound = url.empty() || (url.starts_with(kDirectory) && url.size() > kDirectory.size()) ||
                     blobs::is_key(place.ends_with('/') ? place.substr(0, place.size() - 1) : place);
  if (!sound) throw std::invalid_argument("neither directory:FOLDER nor s3://BUCKET/PREFIX");
  return std::string(url);
}

/// The two lines of the file.
blobs::S3Credentials read_key(const std::string& file) {
  std::ifstream in(file);
  blobs::S3Credentials credentials;
  if (!std::getline(in, credentials.access_key) || !std::getline(in, credentials.secret_key))
    throw std::runtime_error("cannot read the access key and the secret key, a line each, from \"" + file +
                             "\" (blobs.s3_key_file)");
  for (std::string* line : {&credentials.access_key, &credentials.secret_key})
    if (line->ends_with('\r')) line->pop_back();
  return credentials;
}

class NoBlobs final : public domain::Blobs {
 public:
  void put(std::string_view, std::string_view) override { fail(); }
  std::string read(std::string_view, std::uint64_t, std::size_t) override { fail(); }
  std::optional<std::uint64_t> size(std::string_view) override { fail(); }
  void join(std::string_view, const std::vector<std::string>&) override { fail(); }
  void remove(std::string_view) override { fail(); }
  std::vector<std::string> list(std::string_view, std::string_view, std::size_t) override { fail(); }

 private:
  [[noreturn]] static void fail() { throw domain::Refusal(contract::v1::PROBLEM_NO_PLACE_FOR_FILES); }
};

std::filesystem::path beside_this_program(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

class ProcessOutside final : public domain::Outside {
 public:
  ProcessOutside(std::unique_ptr<domain::Blobs> blobs, const outgoing::OutgoingOptions& options)
      : blobs_(std::move(blobs)), outgoing_(options), media_(beside_this_program("wenming-picture")) {}
  domain::Blobs& blobs() override { return *blobs_; }
  domain::Outgoing& outgoing() override { return outgoing_; }
  domain::Media& media() override { return media_; }

 private:
  const std::unique_ptr<domain::Blobs> blobs_;
  outgoing::RestOutgoing outgoing_;
  media::ChildMedia media_;
};

}  // namespace

void BlobSettings::read(core::Settings& settings, const std::string& store_url) {
  std::string url =
      settings.parsed("blobs.url", "", "directory:FOLDER or s3://BUCKET/PREFIX",
                      "Where files are kept (attachments, exports): directory:FOLDER, shared by all processes of a "
                      "service, or s3://BUCKET/PREFIX. Empty: with sqlite:FOLDER in FOLDER/blobs, else nowhere.",
                      parse_url);
  endpoint =
      settings.text("blobs.s3_endpoint", "https://s3.amazonaws.com", "Address of the S3 store, https://HOST:PORT.");
  region = settings.text("blobs.s3_region", "us-east-1", "Region that requests to the S3 store are signed for.");
  path_style = settings.flag("blobs.s3_path_style", true,
                             "Whether the bucket is asked for as ENDPOINT/BUCKET (MinIO, Ceph) or as BUCKET.ENDPOINT.");
  key_file =
      settings.text("blobs.s3_key_file", "", "Holds the access key and the secret key of the S3 store, a line each.");
  ca_file =
      settings.text("blobs.s3_ca_file", "",
                    "PEM certificates of those who may have signed that of the S3 store; empty: those of the system.");
  if (url.empty() && store_url.starts_with(kSqlite)) url = "directory:" + store_url.substr(kSqlite.size()) + "/blobs";
  if (url.starts_with(kDirectory)) folder = url.substr(kDirectory.size());
  if (!url.starts_with(kS3)) return;
  const std::string name = url.substr(kS3.size());
  bucket = name.substr(0, name.find('/'));
  prefix = name.substr(std::min(bucket.size() + 1, name.size()));
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
}

std::string BlobSettings::place() const {
  if (in_folder()) return folder;
  return in_s3() ? "s3://" + bucket + '/' + prefix + " at " + endpoint : std::string();
}

std::unique_ptr<domain::Blobs> open_blobs(const BlobSettings& settings) {
  if (settings.in_folder()) return std::make_unique<blobs::DirectoryBlobs>(settings.folder);
  if (!settings.in_s3()) return std::make_unique<NoBlobs>();
  return std::make_unique<blobs::S3Blobs>(blobs::S3Options{.endpoint = settings.endpoint,
                                                           .region = settings.region,
                                                           .bucket = settings.bucket,
                                                           .prefix = settings.prefix,
                                                           .path_style = settings.path_style,
                                                           .credentials = read_key(settings.key_file),
                                                           .ca_file = settings.ca_file});
}

outgoing::OutgoingOptions read_outgoing(core::Settings& settings) {
  outgoing::OutgoingOptions options;
  options.allowed =
      settings.list("outgoing.allowed", {},
                    "Addresses that are called although they are not public ones, where a user gives them "
                    "(webhooks): networks such as 10.20.0.0/16, or HOST:PORT.");
  options.proxy = settings.parsed(
      "outgoing.proxy", "", "http://HOST:PORT",
      "A proxy that all calls of other systems go through, http://USER:PASSWORD@HOST:PORT. It looks names up, so it "
      "has "
      "to keep inner addresses from being called.",
      [](std::string_view text) { return outgoing::checked_proxy(text); }, core::Settings::Holds::PerhapsASecret);
  options.ca_file = settings.text("outgoing.ca_file", "",
                                  "PEM certificates of those who are believed, beside those of the system, to sign the "
                                  "certificates of other systems.");
  return options;
}

std::shared_ptr<domain::Outside> open_outside(const BlobSettings& blobs, const outgoing::OutgoingOptions& options) {
  try {
    return std::make_shared<ProcessOutside>(open_blobs(blobs), options);
  } catch (const std::invalid_argument& fault) {
    throw std::runtime_error(std::string("outgoing.allowed: ") + fault.what());
  }
}

}  // namespace wenming::runtime
