#pragma once

#include <optional>
#include <string_view>

#include "domain/reader.h"
#include "hotline/attachments.h"

/// What a file is that has come as a whole, and what is kept of it. Nothing that the sender says about it counts.
namespace wenming::hotline {

/// By a media type as libmagic names it.
v1::AttachmentKind kind_of(std::string_view media_type);

/// The errands of attachments. Immutable; every thread may call.
class AttachmentCheck {
 public:
  explicit AttachmentCheck(AttachmentLimits limits) : limits_(limits) {}

  /// Looks at the bytes and stores what is kept; the row as it will be. Absent: the upload is gone.
  std::optional<v1::Attachment> look(domain::Reader& reader, const v1::CheckAttachment& check) const;
  void conclude(domain::Tx& tx, const v1::CheckAttachment& check, const std::optional<v1::Attachment>& found) const;

  bool remove(domain::Reader& reader, const v1::RemoveBlobs& errand) const;
  void removed(domain::Tx&, const v1::RemoveBlobs&, const bool&) const {}

 private:
  void keep(domain::Reader& reader, v1::Attachment& attachment, const std::vector<std::string>& pieces) const;

  const AttachmentLimits limits_;
};

}  // namespace wenming::hotline
