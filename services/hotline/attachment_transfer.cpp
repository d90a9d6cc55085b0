#include "hotline/attachment_transfer.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include "core/encoding.h"
#include "core/log.h"
#include "core/random.h"
#include "domain/file_answer.h"
#include "domain/refusal.h"
#include "hotline/attachments.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Edge;
using domain::EdgeAnswer;
using domain::ReadTx;
using domain::Refusal;
using domain::Tx;

namespace {

/// As in the contract of AppendToUpload.
constexpr std::string_view kLimits = "max-append-size=4194304, min-append-size=65536";

EdgeAnswer progress(const v1::Attachment& upload) {
  const bool complete = upload.state() != v1::ATTACHMENT_STATE_UPLOADING;
  return {.status = 204,
          .headers = {{"Upload-Offset", std::to_string(upload.received_bytes())},
                      {"Upload-Complete", complete ? "?1" : "?0"},
                      {"Upload-Limit", std::string(kLimits)},
                      {"Cache-Control", "no-store"}}};
}

Refusal wrong_offset(const v1::Attachment& upload) {
  return Refusal(v1::PROBLEM_UPLOAD_OFFSET, {{"received", std::to_string(upload.received_bytes())}});
}

std::int64_t offset_of(const domain::EdgeRequest& request) {
  const std::string_view text = request.header("Upload-Offset");
  std::int64_t offset = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || offset < 0)
    throw Refusal(contract::v1::PROBLEM_HEADER, {{"header", "Upload-Offset"}, {"reason", std::string(text)}});
  return offset;
}

/// Sorts by the place, and is another one each time, so that nobody writes over what is written down.
std::string key_of_piece(std::string_view attachment_id, std::int64_t offset) {
  const std::string place = std::to_string(offset);
  return pieces_prefix(attachment_id) + std::string(12 - std::min<std::size_t>(12, place.size()), '0') + place + '-' +
         core::hex(core::SystemRandom().bytes(8));
}

void check_piece(const v1::Attachment& upload, std::int64_t offset, std::size_t length) {
  if (upload.state() != v1::ATTACHMENT_STATE_UPLOADING || offset != upload.received_bytes()) throw wrong_offset(upload);
  const std::int64_t missing = upload.size_bytes() - offset;
  const auto bytes = static_cast<std::int64_t>(length);
  if (bytes > missing) throw Refusal(v1::PROBLEM_UPLOAD_LENGTH, {{"size", std::to_string(upload.size_bytes())}});
  if (bytes < missing && length < AttachmentTransfer::kLeastPiece)
    throw Refusal(v1::PROBLEM_PIECE_TOO_SHORT, {{"least", std::to_string(AttachmentTransfer::kLeastPiece)}});
}

/// Where the place for files is full or away, the client tries again.
void store(Edge& edge, const std::string& key) {
  try {
    edge.blobs().put(key, edge.request().body);
  } catch (const std::runtime_error& fault) {
    core::log::error("a piece of an upload could not be stored", {{"key", key}, {"error", fault.what()}});
    throw Refusal(contract::v1::PROBLEM_UNAVAILABLE);
  }
}

/// Adds the piece to the upload, if it still is where the piece goes on.
v1::Attachment write_down(Tx& tx, const std::string& id, std::int64_t offset, const std::string& key,
                          std::size_t length) {
  auto upload = attachments_table().find(tx, id);
  if (!upload) throw domain::not_found("upload");
  check_piece(*upload, offset, length);
  tx.run("INSERT INTO attachment_pieces (attachment_id, position, blob_key) VALUES ($1, $2, $3)", id, offset, key);
  upload->set_received_bytes(offset + static_cast<std::int64_t>(length));
  upload->set_version(upload->version() + 1);
  if (upload->received_bytes() == upload->size_bytes()) {
    upload->set_state(v1::ATTACHMENT_STATE_CHECKING);
    v1::CheckAttachment check;
    check.set_attachment_id(id);
    tx.send_on_errand("attachment/" + id, tx.now(), check);
  }
  attachments_table().update(tx, *upload);
  return *std::move(upload);
}

EdgeAnswer give_out(Edge& edge, const v1::Attachment& attachment, bool thumbnail) {
  if (thumbnail && attachment.thumbnail_bytes() == 0) throw domain::not_found("thumbnail");
  const char* const which = thumbnail ? "thumbnail" : "file";
  return domain::file_answer(
      edge.request(),
      {.key = file_prefix(attachment.id()) + which,
       .bytes = static_cast<std::uint64_t>(thumbnail ? attachment.thumbnail_bytes() : attachment.file_bytes()),
       .media_type = thumbnail ? "image/jpeg" : attachment.media_type(),
       .name = attachment.name(),
       .etag = '"' + attachment.id() + '-' + which + '"',
       .is_shown = attachment.kind() != v1::ATTACHMENT_KIND_PDF},
      edge.blobs());
}

}  // namespace

EdgeAnswer AttachmentTransfer::look(Edge& edge, const v1::LookAtUploadRequest& request) const {
  return progress(
      edge.read([&](ReadTx& tx) { return require_upload(tx, request.attachment_id(), request.upload_token()); }));
}

EdgeAnswer AttachmentTransfer::append(Edge& edge, const v1::AppendToUploadRequest& request) const {
  const std::string& id = request.attachment_id();
  const std::size_t length = edge.request().body.size();
  const v1::Attachment upload = edge.read([&](ReadTx& tx) { return require_upload(tx, id, request.upload_token()); });
  const std::int64_t offset = offset_of(edge.request());
  check_piece(upload, offset, length);
  const std::string key = key_of_piece(id, offset);
  store(edge, key);
  return progress(edge.note([&](Tx& tx) { return write_down(tx, id, offset, key, length); }));
}

EdgeAnswer AttachmentTransfer::download(Edge& edge, const v1::DownloadAttachmentRequest& request) const {
  const v1::Attachment attachment =
      edge.read([&](ReadTx& tx) { return require_ready(tx, request.case_id(), request.attachment_id()); });
  return give_out(edge, attachment, request.thumbnail());
}

EdgeAnswer AttachmentTransfer::download_by_code(Edge& edge, const v1::DownloadTrackedAttachmentRequest& request) const {
  const v1::Attachment attachment = edge.read([&](ReadTx& tx) {
    v1::Attachment found = require_ready(tx, case_of_code(tx, request.tracking_code()), request.attachment_id());
    if (!found.from_citizen()) throw domain::not_found("attachment");
    return found;
  });
  return give_out(edge, attachment, request.thumbnail());
}

}  // namespace wenming::hotline
