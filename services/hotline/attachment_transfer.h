#pragma once

#include "domain/edge.h"
#include "wenming/hotline/v1/attachments.pb.h"

/// The bytes of attachments on their way in and out: HTTP itself, by the IETF's "Resumable Uploads for HTTP" and by
/// ranges.
namespace wenming::hotline {

/// Immutable; every thread may call.
class AttachmentTransfer {
 public:
  /// No piece but the last is shorter: the pieces of a file have a bound, and so has joining them.
  static constexpr std::size_t kLeastPiece = 64 * 1024;

  domain::EdgeAnswer look(domain::Edge& edge, const v1::LookAtUploadRequest& request) const;
  /// The bytes are stored first and written down afterwards. Of two pieces for one place the one that is written down
  /// counts; the other one's bytes go with the upload's pieces.
  domain::EdgeAnswer append(domain::Edge& edge, const v1::AppendToUploadRequest& request) const;
  domain::EdgeAnswer download(domain::Edge& edge, const v1::DownloadAttachmentRequest& request) const;
  domain::EdgeAnswer download_by_code(domain::Edge& edge, const v1::DownloadTrackedAttachmentRequest& request) const;
};

}  // namespace wenming::hotline
