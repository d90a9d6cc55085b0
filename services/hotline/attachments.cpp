#include "hotline/attachments.h"

#include <algorithm>
#include <chrono>

#include "core/encoding.h"
#include "core/hash.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "hotline/tracking.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::to_proto;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr std::chrono::hours kStaged{24};  // within which an upload has to be attached
constexpr std::size_t kTokenBytes = 10;

/// Tokens are made, written and forgiven like tracking codes, and unlike them name an upload.
std::string hash_of_token(std::string_view typed) {
  const auto characters = core::normal_crockford32(typed);
  if (!characters) throw domain::not_found("upload");
  return core::hex(core::bytes_of(core::sha256(*characters)));
}

std::string timer_of(std::string_view id) {
  return "upload/" + std::string(id);
}

std::string word_of(v1::AttachmentRefusal refusal) {
  return std::string(std::get<std::string_view>(domain::to_value(refusal)));
}

std::int64_t staged_bytes(ReadTx& tx) {
  return tx.value<std::int64_t>("SELECT SUM(size_bytes) FROM attachments WHERE staged = $1", true).value_or(0);
}

}  // namespace

AttachmentLimits::AttachmentLimits(core::Settings& settings) {
  const auto bytes = [&](std::string_view key, std::int64_t otherwise, std::int64_t most, std::string_view help) {
    return settings.integer(key, otherwise, 1024, most, help);
  };
  constexpr std::int64_t kMega = 1 << 20, kPicture = 50 * kMega, kOther = 1024 * kMega;
  picture_bytes =
      bytes("hotline.picture_bytes", 20 * kMega, kPicture, "Largest picture that may be attached to a case.");
  sound_bytes = bytes("hotline.sound_bytes", 50 * kMega, kOther, "Largest sound that may be attached to a case.");
  video_bytes = bytes("hotline.video_bytes", 200 * kMega, kOther, "Largest film that may be attached to a case.");
  pdf_bytes = bytes("hotline.pdf_bytes", 20 * kMega, kOther, "Largest PDF that may be attached to a case.");
  staged_bytes = bytes("hotline.staged_bytes", 20 * 1024 * kMega, std::int64_t{1} << 50,
                       "Bytes of all files that are not attached to a case yet; beyond, 503.");
  per_case = settings.integer("hotline.attachments_per_case", 30, 1, 500, "Attachments that a case may have.");
}

std::int64_t AttachmentLimits::of(v1::AttachmentKind kind) const {
  switch (kind) {
    case v1::ATTACHMENT_KIND_PICTURE:
      return picture_bytes;
    case v1::ATTACHMENT_KIND_SOUND:
      return sound_bytes;
    case v1::ATTACHMENT_KIND_VIDEO:
      return video_bytes;
    case v1::ATTACHMENT_KIND_PDF:
      return pdf_bytes;
    default:
      return 0;
  }
}

std::int64_t AttachmentLimits::largest() const {
  return std::max({picture_bytes, sound_bytes, video_bytes, pdf_bytes});
}

const domain::Table<v1::Attachment>& attachments_table() {
  static const domain::Table<v1::Attachment> kAttachments(
      "attachments", {"id", "name", "size_bytes", "created_at"},
      {"case_id", "from_citizen", "received_bytes", "state", "kind", "media_type", "refusal", "width", "height",
       "file_bytes", "thumbnail_bytes", "version"});
  return kAttachments;
}

v1::Attachment require_upload(ReadTx& tx, std::string_view id, std::string_view token) {
  auto upload = tx.find<v1::Attachment>(
      "SELECT " + attachments_table().columns() + " FROM attachments WHERE id = $1 AND token_hash = $2", id,
      hash_of_token(token));
  if (!upload) throw domain::not_found("upload");
  return *std::move(upload);
}

v1::Attachment require_ready(ReadTx& tx, std::string_view case_id, std::string_view id) {
  auto attachment = attachments_table().find(tx, id);
  if (!attachment || !attachment->has_case_id() || attachment->case_id() != case_id ||
      attachment->state() != v1::ATTACHMENT_STATE_READY)
    throw domain::not_found("attachment");
  return *std::move(attachment);
}

std::string case_of_code(ReadTx& tx, std::string_view tracking_code) {
  auto id =
      tx.value<std::string>("SELECT id FROM cases WHERE tracking_hash = $1", TrackingCode::parse(tracking_code).hash());
  if (!id) throw domain::not_found("case");
  return *std::move(id);
}

std::string pieces_prefix(std::string_view attachment_id) {
  return "uploads/" + std::string(attachment_id) + '/';
}

std::string file_prefix(std::string_view attachment_id) {
  return "attachments/" + std::string(attachment_id) + '/';
}

void remove_blobs(Tx& tx, std::string_view prefix) {
  v1::RemoveBlobs errand;
  errand.set_prefix(std::string(prefix));
  tx.send_on_errand("remove/" + std::string(prefix), tx.now(), errand);
}

v1::Attachment Attachments::start(Tx& tx, const Caller&, const v1::StartUploadRequest& request) const {
  if (request.size_bytes() > limits_.largest())
    throw Refusal(v1::PROBLEM_FILE_TOO_LARGE, {{"limit", std::to_string(limits_.largest())}});
  if (staged_bytes(tx) + request.size_bytes() > limits_.staged_bytes) throw Refusal(v1::PROBLEM_UPLOADS_FULL);

  const std::string token = core::crockford32(tx.random_bytes(kTokenBytes));
  v1::Attachment upload;
  upload.set_id(tx.new_id());
  upload.set_name(request.name());
  upload.set_size_bytes(request.size_bytes());
  upload.set_state(v1::ATTACHMENT_STATE_UPLOADING);
  *upload.mutable_created_at() = to_proto(tx.now());
  upload.set_version(1);
  attachments_table().insert(tx, upload, {{"token_hash", hash_of_token(token)}, {"staged", true}});
  v1::UploadExpired expired;
  expired.set_attachment_id(upload.id());
  tx.schedule(timer_of(upload.id()), tx.now() + kStaged, expired);
  upload.set_upload_token(token);
  return upload;
}

v1::Attachment Attachments::get(ReadTx& tx, const Caller&, const v1::GetUploadRequest& request) const {
  return require_upload(tx, request.attachment_id(), request.upload_token());
}

v1::Attachment Attachments::attach(Tx& tx, std::string_view id, std::string_view token, std::string_view case_id,
                                   bool from_citizen) const {
  v1::Attachment upload = require_upload(tx, id, token);
  if (upload.has_case_id()) {
    if (upload.case_id() == case_id) return upload;
    throw Refusal(v1::PROBLEM_ATTACHMENT_ATTACHED);
  }
  if (upload.state() == v1::ATTACHMENT_STATE_UPLOADING)
    throw Refusal(v1::PROBLEM_UPLOAD_UNFINISHED, {{"received", std::to_string(upload.received_bytes())},
                                                  {"size", std::to_string(upload.size_bytes())}});
  if (upload.state() == v1::ATTACHMENT_STATE_REFUSED)
    throw Refusal(v1::PROBLEM_ATTACHMENT_REFUSED, {{"refusal", word_of(upload.refusal())}});
  const auto there = tx.value<std::int64_t>("SELECT COUNT(*) FROM attachments WHERE case_id = $1", case_id);
  if (there.value_or(0) >= limits_.per_case)
    throw Refusal(v1::PROBLEM_TOO_MANY_ATTACHMENTS, {{"limit", std::to_string(limits_.per_case)}});

  upload.set_case_id(std::string(case_id));
  upload.set_from_citizen(from_citizen);
  upload.set_version(upload.version() + 1);
  attachments_table().update(tx, upload);
  tx.run("UPDATE attachments SET staged = $2 WHERE id = $1", id, false);
  tx.cancel(timer_of(id));
  return upload;
}

v1::Attachment Attachments::attach_by_code(Tx& tx, const Caller&, const v1::AttachUploadRequest& request) const {
  return attach(tx, request.attachment_id(), request.upload_token(), case_of_code(tx, request.tracking_code()), true);
}

v1::Attachment Attachments::attach_to_case(Tx& tx, const Caller&, const v1::AttachToCaseRequest& request) const {
  return attach(tx, request.attachment_id(), request.upload_token(), request.case_id(), false);
}

v1::TrackedAttachments Attachments::track(ReadTx& tx, const Caller&, const v1::TrackAttachmentsRequest& request) const {
  v1::TrackedAttachments tracked;
  const std::string case_id = case_of_code(tx, request.tracking_code());
  for (auto& attachment : tx.all<v1::Attachment>(
           "SELECT " + attachments_table().columns() +
               " FROM attachments WHERE case_id = $1 AND from_citizen = $2 ORDER BY created_at, id LIMIT $3",
           case_id, true, limits_.per_case))
    *tracked.add_attachments() = std::move(attachment);
  return tracked;
}

v1::ListAttachmentsResponse list_attachments(ReadTx& tx, const Visibility& visible,
                                             const v1::ListAttachmentsRequest& request) {
  return List("attachments", attachments_table().columns())
      .visible_to_all()  // to all who may see the case, which the method's resource has decided
      .equal("case_id", request.case_id())
      .order_by("created_at", List::Ascending)
      .page<v1::ListAttachmentsResponse>(tx, visible, request);
}

void upload_expired(Tx& tx, const v1::UploadExpired& expired) {
  const std::string& id = expired.attachment_id();
  if (tx.run("DELETE FROM attachments WHERE id = $1 AND staged = $2", id, true) == 0) return;
  tx.run("DELETE FROM attachment_pieces WHERE attachment_id = $1", id);
  tx.recall("attachment/" + id);
  remove_blobs(tx, pieces_prefix(id));
  remove_blobs(tx, file_prefix(id));
}

}  // namespace wenming::hotline
