// Compression and cross-origin calls, as the client sees them.
#include <gtest/gtest.h>
#include <zlib.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "http/test_support.h"

namespace wenming::http::test {
namespace {

std::string gunzip(const std::string& compressed) {
  std::string plain(1'000'000, '\0');
  z_stream stream{};
  inflateInit2(&stream, 16 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int result = inflate(&stream, Z_FINISH);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("not gzip");
  return plain;
}

RawReply ask(const Server& server, const std::string& headers, const std::string& verb = "GET") {
  RawClient client(server.port());
  client.send(verb + " / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
  return client.receive(verb == "HEAD").value();
}

Handler answering(Body body, const std::string& type = "application/json") {
  return [body, type](Request&&, Responder responder) {
    responder.send({.status = 200, .headers = {{"Content-Type", type}}, .body = body});
  };
}

const std::string kLong(5'000, 'j');

TEST(CompressionTest, IsDoneForClientsThatTakeIt) {
  const Server server(options(), answering(kLong));
  const RawReply reply = ask(server, "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(reply.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(reply.headers.get("Vary"), "Accept-Encoding");
  EXPECT_LT(reply.body.size(), 200U);
  EXPECT_EQ(gunzip(reply.body), kLong);
}

TEST(CompressionTest, IsAnnouncedToCachesEvenWhereNotDone) {
  const Server server(options(), answering(kLong));
  const RawReply reply = ask(server, "");
  EXPECT_FALSE(reply.headers.has("Content-Encoding"));
  EXPECT_EQ(reply.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(reply.body, kLong);
}

TEST(CompressionTest, IsNotDoneForShortBodiesOrPictures) {
  const Server brief(options(), answering("{}"));
  EXPECT_EQ(ask(brief, "Accept-Encoding: gzip\r\n").body, "{}");
  const Server picture(options(), answering(kLong, "image/png"));
  EXPECT_EQ(ask(picture, "Accept-Encoding: gzip\r\n").body, kLong);
}

TEST(CompressionTest, TakesTheTwinThatSharedBytesBring) {
  const auto plain = std::make_shared<const std::string>(kLong);
  const auto twin = std::make_shared<const std::string>(gzip(kLong + " (the twin)"));
  const Server server(options(), answering(Body(plain, twin)));
  EXPECT_EQ(gunzip(ask(server, "Accept-Encoding: gzip\r\n").body), kLong + " (the twin)");
  EXPECT_EQ(ask(server, "").body, kLong);
}

TEST(CompressionTest, IsTheSameForHead) {
  const Server server(options(), answering(kLong));
  const RawReply get = ask(server, "Accept-Encoding: gzip\r\n");
  const RawReply head = ask(server, "Accept-Encoding: gzip\r\n", "HEAD");
  EXPECT_EQ(head.headers.get("Content-Length"), std::to_string(get.body.size()));
}

Options for_city_page() {
  Options cors = options();
  cors.cors_origins = {"https://city.example"};
  return cors;
}

TEST(CorsTest, AnswersThePreflightOfAnAllowedPage) {
  const Server server(for_city_page(), [](Request&&, Responder) { FAIL() << "a preflight reached the handler"; });
  const RawReply reply = ask(server,
                             "Origin: https://city.example\r\nAccess-Control-Request-Method: PATCH\r\n"
                             "Access-Control-Request-Headers: if-match, authorization\r\n",
                             "OPTIONS");
  EXPECT_EQ(reply.status, 204U);
  EXPECT_EQ(reply.headers.get("Access-Control-Allow-Origin"), "https://city.example");
  EXPECT_EQ(reply.headers.get("Access-Control-Allow-Methods"), "PATCH");
  EXPECT_EQ(reply.headers.get("Access-Control-Allow-Headers"), "if-match, authorization");
}

TEST(CorsTest, GivesOtherPagesNoPermission) {
  const Server server(for_city_page(), echo);
  const RawReply preflight =
      ask(server, "Origin: https://evil.example\r\nAccess-Control-Request-Method: PATCH\r\n", "OPTIONS");
  EXPECT_FALSE(preflight.headers.has("Access-Control-Allow-Origin"));
  EXPECT_FALSE(preflight.headers.has("Access-Control-Allow-Methods"));
  const RawReply reply = ask(server, "Origin: https://evil.example\r\n");
  EXPECT_FALSE(reply.headers.has("Access-Control-Allow-Origin"));
  EXPECT_EQ(reply.headers.get("Vary"), "Origin");
}

TEST(CorsTest, LetsAnAllowedPageReadAnswersAndTheirHeaders) {
  const Server server(for_city_page(), echo);
  const RawReply reply = ask(server, "Origin: https://city.example\r\n");
  EXPECT_EQ(reply.headers.get("Access-Control-Allow-Origin"), "https://city.example");
  EXPECT_EQ(reply.headers.get("Access-Control-Expose-Headers"),
            "Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Location, Retry-After, Upload-Complete, "
            "Upload-Limit, Upload-Offset, X-Request-Id");
  EXPECT_EQ(reply.headers.get("Vary"), "Origin");
}

TEST(CorsTest, IsOffByDefault) {
  const Server server(options(), echo);
  const RawReply reply =
      ask(server, "Origin: https://city.example\r\nAccess-Control-Request-Method: PATCH\r\n", "OPTIONS");
  EXPECT_EQ(reply.body, "OPTIONS /? ");
  EXPECT_FALSE(reply.headers.has("Vary"));
}

}  // namespace
}  // namespace wenming::http::test
