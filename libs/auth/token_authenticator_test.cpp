#include "auth/token_authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "auth/secrets.h"
#include "core/encoding.h"
#include "domain/refusal.h"

namespace wenming::auth {
namespace {

using namespace std::chrono_literals;

const core::Timestamp kStart(1'772'672'400'000'000);

class TokenAuthenticatorTest : public testing::Test {
 protected:
  Claims claims(std::string_view user = "user-1") const {
    return {std::string(user), "session-1", now, now + 10min, ""};
  }
  std::string access_token() const { return make_token(key, TokenUse::Access, claims()); }
  std::string ticket(std::string_view id) const {
    return make_token(key, TokenUse::StreamTicket, {"user-1", "session-1", now, now + 60s, std::string(id)});
  }

  domain::Principal bearer(std::string_view token) {
    const std::string header = "Bearer " + std::string(token);
    return authenticator.authenticate({header, {}}, now).principal;
  }
  bool refused(const Credentials& credentials) {
    try {
      (void)authenticator.authenticate(credentials, now);
      return false;
    } catch (const domain::Refusal& refusal) {
      EXPECT_EQ(refusal.code(), "not_signed_in");
      return true;
    }
  }
  bool refuses_token(std::string_view token) {
    const std::string header = "Bearer " + std::string(token);
    return refused({header, {}});
  }

  core::Timestamp now = kStart;
  SigningKey key{"0123456789abcdef0123456789abcdef"};
  SigningKey stranger{"another key of 32 secret bytes.."};
  std::vector<PublicKey> published{key.public_key()};
  std::atomic<int> loads = 0;
  TokenAuthenticator authenticator{[this] {
                                     ++loads;
                                     return published;
                                   },
                                   8};
};

TEST_F(TokenAuthenticatorTest, KnowsNobodyWithoutCredentials) {
  const domain::Principal nobody = authenticator.authenticate({}, now).principal;
  EXPECT_EQ(nobody.user_id, "");
  EXPECT_EQ(nobody.key_hash, "");
}

TEST_F(TokenAuthenticatorTest, KnowsTheUserAndSessionOfAToken) {
  const domain::Principal caller = bearer(access_token());
  EXPECT_EQ(caller.user_id, "user-1");
  EXPECT_EQ(caller.session_id, "session-1");
  const std::string header = "bEARER " + access_token();
  EXPECT_EQ(authenticator.authenticate({header, {}}, now).principal.user_id, "user-1");
}

TEST_F(TokenAuthenticatorTest, RefusesOtherSchemes) {
  EXPECT_TRUE(refused({"Basic dXNlcjpwYXNz", {}}));
  EXPECT_TRUE(refused({"Bearer", {}}));
  EXPECT_TRUE(refused({"Bearer ", {}}));
}

TEST_F(TokenAuthenticatorTest, RefusesATokenInWhichAnyCharacterWasChanged) {
  const std::string token = access_token();
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(refuses_token(altered)) << "character " << i;
  }
}

TEST_F(TokenAuthenticatorTest, RefusesTheAlgorithmNoneAndEveryOther) {
  const std::string token = access_token();
  const std::string payload = token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1);
  const std::string kid = key.public_key().key_id;
  for (const std::string algorithm : {"none", "HS256", "RS256", "ES256", "eddsa"}) {
    const std::string header = R"({"alg":")" + algorithm + R"(","kid":")" + kid + R"(","typ":"at+jwt"})";
    const std::string text = core::base64url(header) + '.' + payload;
    EXPECT_TRUE(refuses_token(text + '.')) << algorithm;
    EXPECT_TRUE(refuses_token(text + '.' + core::base64url(key.sign(text)))) << algorithm;
  }
}

TEST_F(TokenAuthenticatorTest, RefusesATokenOfAnotherKeyThatNamesOurs) {
  const std::string text =
      token_header(TokenUse::Access, key.public_key().key_id) + '.' +
      core::base64url(R"({"iss":"wenming","sub":"u","sid":"s","iat":1772672400,"exp":1772672500})");
  EXPECT_EQ(bearer(text + '.' + core::base64url(key.sign(text))).user_id, "u");
  EXPECT_TRUE(refuses_token(text + '.' + core::base64url(stranger.sign(text))));
  EXPECT_TRUE(refuses_token(make_token(stranger, TokenUse::Access, claims())));
}

TEST_F(TokenAuthenticatorTest, RefusesAnExpiredTokenAlsoWhenItWasProvedBefore) {
  const std::string token = access_token();
  EXPECT_EQ(bearer(token).user_id, "user-1");
  now = now + 10min;
  EXPECT_TRUE(refuses_token(token));
}

TEST_F(TokenAuthenticatorTest, RefusesATokenFromTheFuture) {
  const std::string token = access_token();
  now = now - 31s;
  EXPECT_TRUE(refuses_token(token));
}

TEST_F(TokenAuthenticatorTest, RefusesATokenThatLivesTooLong) {
  Claims longer = claims();
  longer.expires_at = now + 11min;
  EXPECT_TRUE(refuses_token(make_token(key, TokenUse::Access, longer)));
}

TEST_F(TokenAuthenticatorTest, LearnsANewKeyWhenItsFirstTokenComes) {
  EXPECT_EQ(bearer(access_token()).user_id, "user-1");
  published.push_back(stranger.public_key());
  now = now + 1s;
  EXPECT_EQ(bearer(make_token(stranger, TokenUse::Access, claims("user-2"))).user_id, "user-2");
  EXPECT_EQ(bearer(make_token(key, TokenUse::Access, claims("user-3"))).user_id, "user-3");
}

TEST_F(TokenAuthenticatorTest, AsksForKeysAtMostOnceASecondHoweverManyUnknownOnesAreNamed) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(refuses_token(make_token(stranger, TokenUse::Access, claims())));
  EXPECT_EQ(loads, 1);
  now = now + 1s;
  EXPECT_TRUE(refuses_token(make_token(stranger, TokenUse::Access, claims())));
  EXPECT_EQ(loads, 2);
}

TEST_F(TokenAuthenticatorTest, AcceptsNothingOfARetiredKey) {
  published[0].retires_at = now + 5min;
  const std::string proved_before = access_token();
  EXPECT_EQ(bearer(proved_before).user_id, "user-1");
  now = now + 5min;
  EXPECT_TRUE(refuses_token(proved_before));
  EXPECT_TRUE(refuses_token(access_token()));
}

TEST_F(TokenAuthenticatorTest, NoticesARetirementWithinAMinute) {
  EXPECT_EQ(bearer(access_token()).user_id, "user-1");
  published[0].retires_at = now + 30s;
  now = now + 61s;
  EXPECT_TRUE(refuses_token(access_token()));
}

TEST_F(TokenAuthenticatorTest, HoldsNobodyUpWithAKnownKeyWhileTheSourceIsAway) {
  std::vector<std::function<void()>> handed_over;
  const auto executor = [&](std::function<void()> work) {
    handed_over.push_back(std::move(work));
    return true;
  };
  bool away = false;
  TokenAuthenticator patient(
      [&] {
        if (away) throw std::runtime_error("the database is away");
        ++loads;
        return published;
      },
      100, executor);
  const auto user = [&] {
    return patient.authenticate({.authorization = "Bearer " + access_token(), .ticket = {}}, now).principal.user_id;
  };
  EXPECT_EQ(user(), "user-1");
  away = true;
  now = now + 61s;
  EXPECT_EQ(user(), "user-1");
  EXPECT_EQ(user(), "user-1");
  ASSERT_EQ(handed_over.size(), 1U) << "one look at a time";
  handed_over[0]();
  EXPECT_EQ(user(), "user-1");
  EXPECT_EQ(handed_over.size(), 1U) << "not again within a second";
  const std::string strange = "Bearer " + make_token(stranger, TokenUse::Access, claims());
  for (int i = 0; i < 3; ++i)
    EXPECT_THROW(patient.authenticate({.authorization = strange, .ticket = {}}, now), std::runtime_error);
  away = false;
  now = now + 1s;
  EXPECT_EQ(user(), "user-1");
  ASSERT_EQ(handed_over.size(), 2U);
  published[0].retires_at = now;
  handed_over[1]();
  now = now + 1s;  // a token that was not proved before
  EXPECT_THROW(user(), domain::Refusal) << "the retirement is known";
  EXPECT_EQ(loads, 2);
}

TEST_F(TokenAuthenticatorTest, StaysRightWhileItForgetsOldTokens) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 50; ++i) tokens.push_back(make_token(key, TokenUse::Access, claims("user-" + std::to_string(i))));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(bearer(tokens[static_cast<std::size_t>(i)]).user_id, "user-" + std::to_string(i));
    EXPECT_EQ(bearer(tokens[0]).user_id, "user-0");
  }
}

TEST_F(TokenAuthenticatorTest, HashesAnApiKey) {
  const std::string secret = api_key(std::string(32, 'x'));
  const domain::Principal caller = bearer(secret);
  EXPECT_EQ(caller.key_hash, hash_of_secret(secret));
  EXPECT_EQ(caller.user_id, "");
  EXPECT_TRUE(refuses_token("wmk_short"));
}

TEST_F(TokenAuthenticatorTest, TakesATicketOnce) {
  const std::string good = ticket("ticket-1");
  EXPECT_EQ(authenticator.authenticate({{}, good}, now).principal.user_id, "user-1");
  EXPECT_TRUE(refused({{}, good}));
  const Proof other = authenticator.authenticate({{}, ticket("ticket-2")}, now);
  EXPECT_EQ(other.principal.session_id, "session-1");
  EXPECT_EQ(other.ticket_id, "ticket-2");
}

TEST_F(TokenAuthenticatorTest, TakesNoTicketAfterAMinute) {
  const std::string late = ticket("ticket-1");
  now = now + 60s;
  EXPECT_TRUE(refused({{}, late}));
}

TEST_F(TokenAuthenticatorTest, TakesNoTicketForATokenAndNoTokenForATicket) {
  EXPECT_TRUE(refuses_token(ticket("ticket-1")));
  EXPECT_TRUE(refused({{}, access_token()}));
}

TEST_F(TokenAuthenticatorTest, TakesATicketOnceAlsoWhenItComesOnManyThreads) {
  for (int round = 0; round < 20; ++round) {
    const std::string good = ticket("ticket-" + std::to_string(round));
    std::atomic<int> accepted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        try {
          (void)authenticator.authenticate({{}, good}, kStart);
          ++accepted;
        } catch (const domain::Refusal&) {
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, 1);
  }
}

TEST_F(TokenAuthenticatorTest, RefusesRandomTokens) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "ABCxyz019-_.=~ \xff";
  for (int round = 0; round < 5'000; ++round) {
    const std::string sound = round % 2 == 0 ? access_token() : ticket("t");
    std::string token = sound;
    for (std::size_t i = 0; i < 1 + random() % 3; ++i) {
      const std::size_t at = random() % std::max<std::size_t>(token.size(), 1);
      if (random() % 2 == 0) {
        token.resize(at);
      } else {
        token.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    if (token == sound || token.empty()) continue;
    EXPECT_TRUE(refuses_token(token)) << token << " seed " << seed;
    EXPECT_TRUE(refused({{}, token})) << token << " seed " << seed;
  }
}

}  // namespace
}  // namespace wenming::auth
