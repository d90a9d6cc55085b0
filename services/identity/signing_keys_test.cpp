#include "identity/signing_keys.h"

#include <gmock/gmock.h>

#include <chrono>

#include "auth/token_authenticator.h"
#include "core/encoding.h"
#include "identity/identity_fixture.h"
#include "reference/reference.h"

namespace wenming::identity {
namespace {

using namespace std::chrono_literals;

class SigningKeysTest : public IdentityFixture {
 protected:
  v1::KeySet keys() { return call<v1::KeySet>("GetKeySet", v1::GetKeySetRequest(), anonymous()); }

  auth::TokenAuthenticator authenticator{[this] {
    std::vector<auth::PublicKey> keys;
    store().read([&](domain::ReadTx& tx) { keys = reference::signing_keys(tx); });
    return keys;
  }};
  bool proves(const v1::SessionTokens& tokens) {
    const std::string header = "Bearer " + tokens.access_token();
    try {
      return authenticator.authenticate({header, {}}, now()).principal.user_id == tokens.user_id();
    } catch (const domain::Refusal&) {
      return false;
    }
  }
  static std::string header_of(const v1::SessionTokens& tokens) {
    return tokens.access_token().substr(0, tokens.access_token().find('.'));
  }
};

TEST_F(SigningKeysTest, PublishesTheKeyAsAJsonWebKey) {
  const v1::KeySet set = keys();
  ASSERT_EQ(set.keys_size(), 1);
  const v1::PublicKey& key = set.keys(0);
  EXPECT_EQ(key.kty(), "OKP");
  EXPECT_EQ(key.crv(), "Ed25519");
  EXPECT_EQ(key.kid(), auth::thumbprint(core::from_base64url(key.x()).value()));
}

TEST_F(SigningKeysTest, LetsANewKeySignOnlyWhenEverybodyKnowsIt) {
  add_user("lihua");
  const std::string first = header_of(sign_in("lihua"));
  advance(24h * 90);
  EXPECT_EQ(keys().keys_size(), 2);
  const v1::SessionTokens by_first = sign_in("lihua");
  EXPECT_EQ(header_of(by_first), first);
  advance(15min);
  const v1::SessionTokens by_second = sign_in("lihua");
  EXPECT_NE(header_of(by_second), first);
  EXPECT_TRUE(proves(by_second));
}

TEST_F(SigningKeysTest, AcceptsTheOldKeyUntilItsTokensHaveRunOut) {
  add_user("lihua");
  advance(24h * 90 + 14min);
  const v1::SessionTokens by_first = sign_in("lihua");
  advance(9min);
  EXPECT_TRUE(proves(by_first));
  advance(40min);
  EXPECT_EQ(keys().keys_size(), 1);
  EXPECT_FALSE(proves(by_first));
  EXPECT_TRUE(proves(sign_in("lihua")));
}

TEST_F(SigningKeysTest, DeletesTheSecretsOfRetiredKeys) {
  advance(24h * 180);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM signing_secrets"), 2);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM signing_keys"), 3);
}

TEST_F(SigningKeysTest, TellsNobodyTheSecret) {
  store().read([](domain::ReadTx& tx) {
    int rows = 0;
    for (const domain::Row& secret : tx.query("SELECT secret FROM signing_secrets")) {
      for (const domain::Row& row : tx.query("SELECT events, answer FROM journal")) {
        EXPECT_EQ(row.blob(0).find(secret.blob(0)), std::string_view::npos);
        EXPECT_EQ(row.blob(1).find(secret.blob(0)), std::string_view::npos);
        ++rows;
      }
    }
    EXPECT_GT(rows, 0);
  });
}

}  // namespace
}  // namespace wenming::identity
