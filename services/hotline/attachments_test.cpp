#include "hotline/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/encoding.h"
#include "hotline/attachment_transfer.h"
#include "hotline/hotline_fixture.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kLeast = AttachmentTransfer::kLeastPiece;

/// One green pixel.
std::string pixel() {
  return core::from_base64(
             "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
      .value();
}

std::string pdf(std::size_t size = 1000) {
  std::string bytes = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";
  for (std::size_t i = bytes.size(); i < size; ++i) bytes += static_cast<char>('a' + i % 26);
  return bytes;
}

class AttachmentsTest : public HotlineFixture {
 protected:
  v1::Attachment start(std::size_t size, const std::string& name = "路灯.png") {
    v1::StartUploadRequest request;
    request.set_name(name);
    request.set_size_bytes(static_cast<std::int64_t>(size));
    return call<v1::Attachment>("StartUpload", request, anonymous());
  }
  template <class Request = v1::GetUploadRequest>
  static Request which(const v1::Attachment& upload) {
    Request request;
    request.set_attachment_id(upload.id());
    request.set_upload_token(upload.upload_token());
    return request;
  }
  v1::Attachment get_upload(const v1::Attachment& upload) {
    return call<v1::Attachment>("GetUpload", which(upload), anonymous());
  }
  static std::string header(const domain::EdgeAnswer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers)
      if (key == name) return value;
    return "";
  }
  /// Sends a piece; where the next one begins.
  std::string append(const v1::Attachment& upload, std::size_t offset, std::string bytes) {
    domain::EdgeRequest request;
    request.headers = {{"Upload-Offset", std::to_string(offset)}};
    request.body = std::move(bytes);
    return header(at_edge("AppendToUpload", which<v1::AppendToUploadRequest>(upload), anonymous(), std::move(request)),
                  "Upload-Offset");
  }
  /// Sends a whole file and has it looked at.
  v1::Attachment upload(const std::string& bytes, const std::string& name = "路灯.png") {
    const v1::Attachment begun = start(bytes.size(), name);
    append(begun, 0, bytes);
    advance(std::chrono::seconds(1));
    return begun;
  }
  v1::Attachment attach_by_code(const v1::Attachment& upload, const std::string& tracking_code) {
    v1::AttachUploadRequest request;
    request.set_attachment_id(upload.id());
    request.set_upload_token(upload.upload_token());
    request.set_tracking_code(tracking_code);
    return call<v1::Attachment>("AttachUpload", request, anonymous());
  }
  v1::Attachment attach_to(const std::string& case_id, const v1::Attachment& upload, const domain::Principal& by) {
    v1::AttachToCaseRequest request;
    request.set_case_id(case_id);
    request.set_attachment_id(upload.id());
    request.set_upload_token(upload.upload_token());
    return call<v1::Attachment>("AttachToCase", request, by);
  }
  std::vector<std::string> names_of(const std::string& case_id, const domain::Principal& by) {
    v1::ListAttachmentsRequest request;
    request.set_case_id(case_id);
    const auto response = call<v1::ListAttachmentsResponse>("ListAttachments", request, by);
    std::vector<std::string> names;
    for (const v1::Attachment& one : response.attachments()) names.push_back(one.name());
    return names;
  }
  static std::string body_of(const domain::EdgeAnswer& answer) {
    std::string body;
    while (body.size() < answer.pieces->length) {
      const std::string piece = answer.pieces->read(body.size(), 1 << 20);
      if (piece.empty()) throw std::runtime_error("the body ends too early");
      body += piece;
    }
    return body;
  }
  domain::EdgeAnswer download(const std::string& case_id, const v1::Attachment& upload, const domain::Principal& by,
                              bool thumbnail = false) {
    v1::DownloadAttachmentRequest request;
    request.set_case_id(case_id);
    request.set_attachment_id(upload.id());
    request.set_thumbnail(thumbnail);
    return at_edge("DownloadAttachment", request, by);
  }
  domain::EdgeAnswer download_by_code(const std::string& code, const v1::Attachment& upload) {
    v1::DownloadTrackedAttachmentRequest request;
    request.set_attachment_id(upload.id());
    request.set_tracking_code(code);
    return at_edge("DownloadTrackedAttachment", request, anonymous());
  }
  std::vector<std::string> blobs() { return outside().blobs().list("", "", 1000); }
};

TEST_F(AttachmentsTest, TakesAFileInPiecesAndSaysWhereToGoOn) {
  const std::string bytes = pdf(2 * kLeast + 10);
  const v1::Attachment begun = start(bytes.size(), "说明.pdf");
  EXPECT_EQ(append(begun, 0, bytes.substr(0, kLeast)), std::to_string(kLeast));
  const domain::EdgeAnswer look = at_edge("LookAtUpload", which<v1::LookAtUploadRequest>(begun), anonymous());
  EXPECT_EQ(look.status, 204U);
  EXPECT_EQ(header(look, "Upload-Offset"), std::to_string(kLeast));
  EXPECT_EQ(header(look, "Upload-Complete"), "?0");
  EXPECT_EQ(append(begun, kLeast, bytes.substr(kLeast)), std::to_string(bytes.size()));
  EXPECT_EQ(header(at_edge("LookAtUpload", which<v1::LookAtUploadRequest>(begun), anonymous()), "Upload-Complete"),
            "?1");
  EXPECT_EQ(get_upload(begun).state(), v1::ATTACHMENT_STATE_CHECKING);

  advance(std::chrono::seconds(1));
  const v1::Attachment ready = get_upload(begun);
  EXPECT_EQ(ready.state(), v1::ATTACHMENT_STATE_READY);
  EXPECT_EQ(ready.kind(), v1::ATTACHMENT_KIND_PDF);
  EXPECT_EQ(ready.media_type(), "application/pdf");
  EXPECT_THAT(blobs(), ElementsAre("attachments/" + begun.id() + "/file")) << "the pieces are gone";
  const std::string id = create(snapshot("路灯")).id();
  attach_to(id, begun, agent());
  EXPECT_EQ(body_of(download(id, begun, agent())), bytes);
}

TEST_F(AttachmentsTest, RefusesPiecesThatDoNotFit) {
  const v1::Attachment begun = start(2 * kLeast);
  EXPECT_REFUSED("piece_too_short", append(begun, 0, std::string(100, 'x')));
  EXPECT_REFUSED("upload_offset", append(begun, 5, std::string(kLeast, 'x')));
  EXPECT_REFUSED("upload_length", append(begun, 0, std::string(2 * kLeast + 1, 'x')));
  append(begun, 0, std::string(kLeast, 'x'));
  EXPECT_REFUSED("upload_offset", append(begun, 0, std::string(kLeast, 'x')));  // the answer to the first was lost
  append(begun, kLeast, std::string(kLeast, 'x'));
  EXPECT_REFUSED("upload_offset", append(begun, 2 * kLeast, ""));
  EXPECT_REFUSED("header", at_edge("AppendToUpload", which<v1::AppendToUploadRequest>(begun), anonymous()));
}

TEST_F(AttachmentsTest, IsOnlyForWhoHasTheToken) {
  v1::Attachment begun = start(pixel().size());
  EXPECT_EQ(value<std::string>("SELECT token_hash FROM attachments WHERE id = $1", begun.id()).value().size(), 64U);
  begun.set_upload_token("0000-0000-0000-0000");
  EXPECT_REFUSED("not_found", get_upload(begun));
  EXPECT_REFUSED("not_found", append(begun, 0, pixel()));
  EXPECT_REFUSED("not_found", attach_by_code(begun, create(snapshot("路灯")).tracking_code()));
}

TEST_F(AttachmentsTest, DrawsPicturesAnew) {
  const v1::Attachment picture = upload(pixel());
  const v1::Attachment ready = get_upload(picture);
  EXPECT_EQ(ready.state(), v1::ATTACHMENT_STATE_READY);
  EXPECT_EQ(ready.kind(), v1::ATTACHMENT_KIND_PICTURE);
  EXPECT_EQ(ready.width(), 1);
  EXPECT_EQ(ready.height(), 1);
  EXPECT_THAT(blobs(),
              ElementsAre("attachments/" + picture.id() + "/file", "attachments/" + picture.id() + "/thumbnail"));
  const std::string id = create(snapshot("路灯")).id();
  attach_to(id, picture, agent());
  const domain::EdgeAnswer thumbnail = download(id, picture, agent(), true);
  EXPECT_EQ(header(thumbnail, "Content-Type"), "image/jpeg");
  EXPECT_EQ(body_of(thumbnail).size(), static_cast<std::size_t>(ready.thumbnail_bytes()));
}

TEST_F(AttachmentsTest, RefusesWhatIsNoPictureSoundFilmOrPdfWhateverItIsCalled) {
  const v1::Attachment program = upload("MZ\x90 and so on, which is no picture", "照片.jpg");
  EXPECT_EQ(get_upload(program).state(), v1::ATTACHMENT_STATE_REFUSED);
  EXPECT_EQ(get_upload(program).refusal(), v1::ATTACHMENT_REFUSAL_UNKNOWN_TYPE);
  const v1::Attachment broken = upload(pixel().substr(0, 40));
  EXPECT_EQ(get_upload(broken).refusal(), v1::ATTACHMENT_REFUSAL_BROKEN);
  EXPECT_THAT(blobs(), IsEmpty());
  EXPECT_REFUSED("attachment_refused", attach_by_code(program, create(snapshot("路灯")).tracking_code()));
}

TEST_F(AttachmentsTest, RemovesWhatNobodyHasAttachedWithinADay) {
  const v1::Attachment sent = upload(pdf());
  const v1::Attachment half = start(2 * kLeast);
  append(half, 0, std::string(kLeast, 'x'));
  const v1::Attachment attached = upload(pdf());
  const std::string id = create(snapshot("路灯")).id();
  attach_to(id, attached, agent());
  EXPECT_THAT(blobs(), SizeIs(3));
  advance(std::chrono::hours(25));
  EXPECT_REFUSED("not_found", get_upload(sent));
  EXPECT_REFUSED("not_found", get_upload(half));
  EXPECT_THAT(blobs(), ElementsAre("attachments/" + attached.id() + "/file"));
  EXPECT_EQ(body_of(download(id, attached, agent())), pdf());
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM attachment_pieces"), 0);
}

TEST_F(AttachmentsTest, AreSeenByThoseWhoSeeTheCase) {
  const std::string id = create(snapshot("路灯")).id();
  const v1::Attachment file = upload(pdf(), "说明.pdf");
  EXPECT_REFUSED("not_found", attach_to(id, file, as("teacher")));
  attach_to(id, file, agent());
  EXPECT_THAT(names_of(id, agent()), ElementsAre("说明.pdf"));
  EXPECT_REFUSED("not_found", download(id, file, liaison()));
  EXPECT_REFUSED("not_signed_in", download(id, file, anonymous()));
  accept(id);
  dispatch(id, "bureau");
  EXPECT_EQ(body_of(download(id, file, liaison())), pdf());
  EXPECT_REFUSED("not_found", names_of(id, as("teacher")));
  const std::string other = create(snapshot("井盖")).id();
  EXPECT_REFUSED("not_found", download(other, file, agent()));
}

TEST_F(AttachmentsTest, ShowTheCitizenWhatTheySentThemselves) {
  const v1::Case created = create(snapshot("路灯"));
  const v1::Attachment mine = upload(pdf(), "我的.pdf"), theirs = upload(pdf(), "内部.pdf");
  attach_by_code(mine, created.tracking_code());
  attach_to(created.id(), theirs, agent());
  EXPECT_THAT(names_of(created.id(), agent()), ElementsAre("我的.pdf", "内部.pdf"));
  v1::TrackAttachmentsRequest request;
  request.set_tracking_code(created.tracking_code());
  const auto tracked = call<v1::TrackedAttachments>("TrackAttachments", request, anonymous());
  ASSERT_EQ(tracked.attachments_size(), 1);
  EXPECT_EQ(tracked.attachments(0).name(), "我的.pdf");
  EXPECT_EQ(body_of(download_by_code(created.tracking_code(), mine)), pdf());
  EXPECT_REFUSED("not_found", download_by_code(created.tracking_code(), theirs));
  EXPECT_REFUSED("not_found", download_by_code(create(snapshot("井盖")).tracking_code(), mine));
}

TEST_F(AttachmentsTest, BelongToOneCaseAndAreAttachedOnceThoughSaidTwice) {
  const v1::Case created = create(snapshot("路灯"));
  const v1::Attachment file = upload(pdf());
  const v1::Attachment attached = attach_by_code(file, created.tracking_code());
  EXPECT_EQ(attach_by_code(file, created.tracking_code()).version(), attached.version());
  EXPECT_REFUSED("attachment_attached", attach_to(create(snapshot("井盖")).id(), file, agent()));
  EXPECT_REFUSED("upload_unfinished", attach_by_code(start(10), created.tracking_code()));
}

TEST_F(AttachmentsTest, MayBeAttachedWhileTheyAreLookedAt) {
  const v1::Case created = create(snapshot("路灯"));
  const v1::Attachment file = start(pdf().size());
  append(file, 0, pdf());
  attach_by_code(file, created.tracking_code());
  EXPECT_REFUSED("not_found", download(created.id(), file, agent()));
  advance(std::chrono::seconds(1));
  EXPECT_EQ(body_of(download(created.id(), file, agent())), pdf());
  EXPECT_TRUE(get_upload(file).from_citizen());
}

class SmallAttachmentsTest : public testing::ServiceFixture {
 protected:
  SmallAttachmentsTest()
      : ServiceFixture(&hotline::service, {{"hotline.picture_bytes", "1024"},
                                           {"hotline.sound_bytes", "1024"},
                                           {"hotline.video_bytes", "4096"},
                                           {"hotline.pdf_bytes", "2048"},
                                           {"hotline.staged_bytes", "10000"}}) {}
  v1::Attachment start(std::int64_t size) {
    v1::StartUploadRequest request;
    request.set_name("x");
    request.set_size_bytes(size);
    return call<v1::Attachment>("StartUpload", request, anonymous());
  }
};

TEST_F(SmallAttachmentsTest, HaveBoundsByKindAndInAll) {
  EXPECT_REFUSED("file_too_large", start(4097));
  const v1::Attachment begun = start(4096);
  v1::GetUploadRequest which;
  which.set_attachment_id(begun.id());
  which.set_upload_token(begun.upload_token());
  domain::EdgeRequest piece;
  piece.headers = {{"Upload-Offset", "0"}};
  piece.body = pdf(4096);  // as long as a film may be, but no film
  at_edge("AppendToUpload", which, anonymous(), piece);
  advance(std::chrono::seconds(1));
  EXPECT_EQ(call<v1::Attachment>("GetUpload", which, anonymous()).refusal(), v1::ATTACHMENT_REFUSAL_TOO_LARGE);
  start(4096);
  EXPECT_REFUSED("uploads_full", start(4096));
  advance(std::chrono::hours(25));
  EXPECT_NO_THROW(start(4096));
}

}  // namespace
}  // namespace wenming::hotline
