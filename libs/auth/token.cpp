#include "auth/token.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "core/encoding.h"

namespace wenming::auth {
namespace {

constexpr std::string_view kIssuer = "wenming";
constexpr std::size_t kMaxTokenSize = 1024;
constexpr std::chrono::seconds kClockSkew{30};
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999

std::int64_t seconds(core::Timestamp t) {
  return t.micros() / kMicrosPerSecond;
}

std::string payload_of(TokenUse use, const Claims& claims) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&json](const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  text("iss", kIssuer);
  text("sub", claims.user_id);
  text("sid", claims.session_id);
  json.Key("iat");
  json.Int64(seconds(claims.issued_at));
  json.Key("exp");
  json.Int64(seconds(claims.expires_at));
  if (use == TokenUse::StreamTicket) text("jti", claims.ticket_id);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

/// Reads the members of one JSON object, each exactly once.
class Members {
 public:
  explicit Members(const rapidjson::Document& object) : object_(object) {}

  std::string text(const char* name) {
    const auto* value = take(name);
    if (value == nullptr || !value->IsString() || value->GetStringLength() == 0) return refuse<std::string>();
    return {value->GetString(), value->GetStringLength()};
  }

  core::Timestamp moment(const char* name) {
    const auto* value = take(name);
    if (value == nullptr || !value->IsInt64()) return refuse<core::Timestamp>();
    if (value->GetInt64() < 0 || value->GetInt64() > kLastSecond) return refuse<core::Timestamp>();
    return core::Timestamp(value->GetInt64() * kMicrosPerSecond);
  }

  /// Nothing was missing, of another type, or left over.
  [[nodiscard]] bool complete() const { return sound_ && taken_ == object_.MemberCount(); }

 private:
  const rapidjson::Value* take(const char* name) {
    const auto member = object_.FindMember(name);
    if (member == object_.MemberEnd()) return nullptr;
    ++taken_;
    return &member->value;
  }

  template <class T>
  T refuse() {
    sound_ = false;
    return {};
  }

  const rapidjson::Document& object_;
  rapidjson::SizeType taken_ = 0;
  bool sound_ = true;
};

}  // namespace

std::string token_header(TokenUse use, std::string_view key_id) {
  const std::string_view type = use == TokenUse::Access ? "at+jwt" : "ticket+jwt";
  return core::base64url(R"({"alg":"EdDSA","kid":")" + std::string(key_id) + R"(","typ":")" + std::string(type) +
                         R"("})");
}

std::string make_token(const SigningKey& key, TokenUse use, const Claims& claims) {
  std::string token = token_header(use, key.public_key().key_id) + '.' + core::base64url(payload_of(use, claims));
  const std::string signature = key.sign(token);
  return token + '.' + core::base64url(signature);
}

std::optional<TokenParts> take_apart(std::string_view token) {
  if (token.size() > kMaxTokenSize || std::count(token.begin(), token.end(), '.') != 2) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  std::optional<std::string> signature = core::from_base64url(token.substr(second + 1));
  if (!signature) return std::nullopt;
  return TokenParts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(0, second),
                    std::move(*signature)};
}

std::optional<Claims> read_claims(TokenUse use, std::string_view payload) {
  const std::optional<std::string> json = core::from_base64url(payload);
  if (!json) return std::nullopt;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(json->data(), json->size());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;

  Members members(document);
  const std::string issuer = members.text("iss");
  Claims claims;
  claims.user_id = members.text("sub");
  claims.session_id = members.text("sid");
  claims.issued_at = members.moment("iat");
  claims.expires_at = members.moment("exp");
  if (use == TokenUse::StreamTicket) claims.ticket_id = members.text("jti");
  if (!members.complete() || issuer != kIssuer) return std::nullopt;
  return claims;
}

bool hold_at(const Claims& claims, TokenUse use, core::Timestamp now) {
  const std::chrono::seconds lifetime = use == TokenUse::Access ? kAccessLifetime : kTicketLifetime;
  return claims.issued_at <= now + kClockSkew && now < claims.expires_at && claims.issued_at < claims.expires_at &&
         claims.expires_at - claims.issued_at <= lifetime;
}

}  // namespace wenming::auth
