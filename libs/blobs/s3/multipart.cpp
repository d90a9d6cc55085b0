#include "blobs/s3/multipart.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <stdexcept>

#include "core/log.h"

namespace wenming::blobs {
namespace {

/// A copy or a completion begins with 200 before the store knows how it ends, and tells in the body. Stores differ in
/// how they name the rest.
pugi::xml_node root_of(const http::Reply& reply, pugi::xml_document& document, std::string_view doing,
                       std::string_view key) {
  require_success(reply, doing, key);
  document.load_buffer(reply.body.data(), reply.body.size());
  const pugi::xml_node root = document.document_element();
  if (!root || std::string_view(root.name()) == "Error")
    throw std::runtime_error(fmt::format("the S3 store did not {} {}: {}", doing, key, error_code(reply)));
  return root;
}

}  // namespace

void require_success(const http::Reply& reply, std::string_view doing, std::string_view key) {
  if (reply.status >= 200 && reply.status <= 299) return;
  throw std::runtime_error(
      fmt::format("the S3 store did not {} {}: {} {}", doing, key, reply.status, error_code(reply)));
}

MultipartUpload::MultipartUpload(S3Connection& connection, std::string_view key) : connection_(connection), key_(key) {
  pugi::xml_document document;
  const auto reply = connection_.request("POST", key_, {{"uploads", ""}});
  id_ = root_of(reply, document, "begin", key_).child_value("UploadId");
}

MultipartUpload::~MultipartUpload() {
  if (completed_) return;
  try {
    connection_.request("DELETE", key_, {{"uploadId", id_}});
  } catch (const std::exception& fault) {
    core::log::warning("an unfinished upload is left in the S3 store", {{"key", key_}, {"error", fault.what()}});
  }
}

S3Connection::Fields MultipartUpload::next_part() const {
  return {{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", id_}};
}

void MultipartUpload::add(std::string_view bytes) {
  const auto reply = connection_.request("PUT", key_, next_part(), {}, bytes);
  require_success(reply, "take a part of", key_);
  etags_.emplace_back(reply.headers.get("ETag"));
}

void MultipartUpload::add_copy(std::string_view source_key) {
  pugi::xml_document document;
  const auto reply =
      connection_.request("PUT", key_, next_part(), {{"x-amz-copy-source", connection_.source_name(source_key)}});
  etags_.emplace_back(root_of(reply, document, "copy into", key_).child_value("ETag"));
}

void MultipartUpload::complete() {
  pugi::xml_document request;
  pugi::xml_node root = request.append_child("CompleteMultipartUpload");
  for (std::size_t i = 0; i < etags_.size(); ++i) {
    pugi::xml_node part = root.append_child("Part");
    part.append_child("PartNumber").text().set(static_cast<unsigned>(i + 1));
    part.append_child("ETag").text().set(etags_[i].c_str());
  }
  struct Writer : pugi::xml_writer {
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
    std::string text;
  } writer;
  request.save(writer, "", pugi::format_raw);
  pugi::xml_document answer;
  const auto reply = connection_.request("POST", key_, {{"uploadId", id_}}, {}, writer.text);
  root_of(reply, answer, "complete", key_);
  completed_ = true;
}

}  // namespace wenming::blobs
