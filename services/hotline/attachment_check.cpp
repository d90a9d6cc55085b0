#include "hotline/attachment_check.h"

#include <limits>
#include <string>
#include <vector>

namespace wenming::hotline {

using domain::Reader;
using domain::ReadTx;
using domain::Tx;

namespace {

/// Enough to know any kind of file by.
constexpr std::size_t kBeginning = 64 * 1024;
constexpr std::size_t kPage = 1000;

void refuse(v1::Attachment& attachment, v1::AttachmentRefusal why) {
  attachment.set_state(v1::ATTACHMENT_STATE_REFUSED);
  attachment.set_refusal(why);
}

std::string whole(domain::Blobs& blobs, const std::vector<std::string>& pieces) {
  std::string bytes;
  for (const std::string& piece : pieces) bytes += blobs.read(piece, 0, std::numeric_limits<std::uint32_t>::max());
  return bytes;
}

/// Nothing of what was sent is kept, only what one sees in it.
void keep_picture(Reader& reader, v1::Attachment& attachment, const std::vector<std::string>& pieces) {
  domain::Picture picture;
  try {
    picture = reader.media().redraw(whole(reader.blobs(), pieces));
  } catch (const domain::BadPicture&) {
    return refuse(attachment, v1::ATTACHMENT_REFUSAL_BROKEN);
  }
  const std::string prefix = file_prefix(attachment.id());
  reader.blobs().put(prefix + "file", picture.bytes);
  reader.blobs().put(prefix + "thumbnail", picture.thumbnail);
  attachment.set_media_type(picture.media_type);
  attachment.set_width(picture.width);
  attachment.set_height(picture.height);
  attachment.set_file_bytes(static_cast<std::int64_t>(picture.bytes.size()));
  attachment.set_thumbnail_bytes(static_cast<std::int64_t>(picture.thumbnail.size()));
  attachment.set_state(v1::ATTACHMENT_STATE_READY);
}

}  // namespace

v1::AttachmentKind kind_of(std::string_view media_type) {
  for (const char* picture : {"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/heif"})
    if (media_type == picture) return v1::ATTACHMENT_KIND_PICTURE;
  if (media_type == "application/pdf") return v1::ATTACHMENT_KIND_PDF;
  if (media_type.starts_with("audio/") || media_type == "application/ogg") return v1::ATTACHMENT_KIND_SOUND;
  if (media_type.starts_with("video/")) return v1::ATTACHMENT_KIND_VIDEO;
  return v1::ATTACHMENT_KIND_UNSPECIFIED;
}

std::optional<v1::Attachment> AttachmentCheck::look(Reader& reader, const v1::CheckAttachment& check) const {
  std::vector<std::string> pieces;
  auto attachment = reader.read([&](ReadTx& tx) {
    for (const domain::Row& row :
         tx.query("SELECT blob_key FROM attachment_pieces WHERE attachment_id = $1 ORDER BY position",
                  check.attachment_id()))
      pieces.emplace_back(row.text(0));
    return attachments_table().find(tx, check.attachment_id());
  });
  if (!attachment || attachment->state() != v1::ATTACHMENT_STATE_CHECKING) return std::nullopt;
  keep(reader, *attachment, pieces);
  return attachment;
}

void AttachmentCheck::keep(Reader& reader, v1::Attachment& attachment, const std::vector<std::string>& pieces) const {
  const std::string type = reader.media().type_of(reader.blobs().read(pieces.front(), 0, kBeginning));
  const v1::AttachmentKind kind = kind_of(type);
  if (kind == v1::ATTACHMENT_KIND_UNSPECIFIED) return refuse(attachment, v1::ATTACHMENT_REFUSAL_UNKNOWN_TYPE);
  attachment.set_kind(kind);
  if (attachment.size_bytes() > limits_.of(kind)) return refuse(attachment, v1::ATTACHMENT_REFUSAL_TOO_LARGE);
  if (kind == v1::ATTACHMENT_KIND_PICTURE) return keep_picture(reader, attachment, pieces);
  reader.blobs().join(file_prefix(attachment.id()) + "file", pieces);
  attachment.set_media_type(type);
  attachment.set_file_bytes(attachment.size_bytes());
  attachment.set_state(v1::ATTACHMENT_STATE_READY);
}

void AttachmentCheck::conclude(Tx& tx, const v1::CheckAttachment& check,
                               const std::optional<v1::Attachment>& found) const {
  const std::string& id = check.attachment_id();
  auto now = attachments_table().find(tx, id);
  if (!now) return remove_blobs(tx, file_prefix(id));  // it has expired meanwhile
  if (!found) return;
  v1::Attachment concluded = *found;
  concluded.set_version(now->version() + 1);
  if (now->has_case_id()) concluded.set_case_id(now->case_id());  // it was attached meanwhile
  concluded.set_from_citizen(now->from_citizen());
  attachments_table().update(tx, concluded);
  tx.run("DELETE FROM attachment_pieces WHERE attachment_id = $1", id);
  remove_blobs(tx, pieces_prefix(id));
}

bool AttachmentCheck::remove(Reader& reader, const v1::RemoveBlobs& errand) const {
  while (true) {
    const auto keys = reader.blobs().list(errand.prefix(), "", kPage);
    if (keys.empty()) return true;
    for (const std::string& key : keys) reader.blobs().remove(key);
  }
}

}  // namespace wenming::hotline
