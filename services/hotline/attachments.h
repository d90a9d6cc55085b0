#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/table.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/attachments.pb.h"
#include "wenming/hotline/v1/timers.pb.h"

/// Files that belong to cases: what is said about them. Their bytes come and go in attachment_transfer.h, and are
/// looked at in attachment_check.h.
namespace wenming::hotline {

/// How large and how many they may be.
struct AttachmentLimits {
  explicit AttachmentLimits(core::Settings& settings);

  [[nodiscard]] std::int64_t of(v1::AttachmentKind kind) const;
  [[nodiscard]] std::int64_t largest() const;

  std::int64_t picture_bytes, sound_bytes, video_bytes, pdf_bytes;
  std::int64_t staged_bytes;  // of all that is not attached yet
  std::int64_t per_case;
};

const domain::Table<v1::Attachment>& attachments_table();

/// Refused (`not_found`) where there is no such upload, or its token is another one: nobody needs to learn which.
v1::Attachment require_upload(domain::ReadTx& tx, std::string_view id, std::string_view token);
/// The one that can be downloaded from this case; refused (`not_found`) otherwise.
v1::Attachment require_ready(domain::ReadTx& tx, std::string_view case_id, std::string_view id);
/// The case of a tracking code; refused (`not_found`) where there is none.
std::string case_of_code(domain::ReadTx& tx, std::string_view tracking_code);

/// What the keys of a file's blobs begin with: of its pieces while they come, and of what is kept.
std::string pieces_prefix(std::string_view attachment_id);
std::string file_prefix(std::string_view attachment_id);
/// Has the blobs removed whose keys begin so.
void remove_blobs(domain::Tx& tx, std::string_view prefix);

/// Uploads and attachments, without their bytes. Immutable; every thread may call, each with its own transaction.
class Attachments {
 public:
  explicit Attachments(AttachmentLimits limits) : limits_(limits) {}

  /// Refused: files larger than any kind may be (`file_too_large`), and all of them while too much is staged
  /// (`uploads_full`). The answer holds the token, for this once.
  v1::Attachment start(domain::Tx& tx, const domain::Caller& caller, const v1::StartUploadRequest& request) const;
  v1::Attachment get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetUploadRequest& request) const;
  v1::Attachment attach_by_code(domain::Tx& tx, const domain::Caller& caller,
                                const v1::AttachUploadRequest& request) const;
  v1::Attachment attach_to_case(domain::Tx& tx, const domain::Caller& caller,
                                const v1::AttachToCaseRequest& request) const;
  v1::TrackedAttachments track(domain::ReadTx& tx, const domain::Caller& caller,
                               const v1::TrackAttachmentsRequest& request) const;

  /// Gives an uploaded file to a case, for whoever takes a case in and names uploads with it. Refused: `not_found`,
  /// `upload_unfinished`, `attachment_refused`, `attachment_attached`, `too_many_attachments`. Once more is no harm.
  v1::Attachment attach(domain::Tx& tx, std::string_view id, std::string_view token, std::string_view case_id,
                        bool from_citizen) const;

 private:
  const AttachmentLimits limits_;
};

v1::ListAttachmentsResponse list_attachments(domain::ReadTx& tx, const domain::Visibility& visible,
                                             const v1::ListAttachmentsRequest& request);
/// The timer of an upload: what nobody has attached goes, with all its bytes.
void upload_expired(domain::Tx& tx, const v1::UploadExpired& expired);

}  // namespace wenming::hotline
