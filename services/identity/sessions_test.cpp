#include "identity/sessions.h"

#include <gmock/gmock.h>

#include <chrono>

#include "auth/token_authenticator.h"
#include "identity/identity_fixture.h"
#include "reference/reference.h"

namespace wenming::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

class SessionsTest : public IdentityFixture {
 protected:
  SessionsTest() { add_user("lihua"); }

  v1::SessionTokens refresh(const std::string& token) {
    v1::RefreshSessionRequest request;
    request.set_refresh_token(token);
    return call<v1::SessionTokens>("RefreshSession", request, anonymous());
  }
  void sign_out(const domain::Principal& who) { call<v1::SignOutResponse>("SignOut", v1::SignOutRequest(), who); }
  v1::ListSessionsResponse sessions(const domain::Principal& who) {
    return call<v1::ListSessionsResponse>("ListSessions", v1::ListSessionsRequest(), who);
  }
  v1::Session end(const domain::Principal& who, const std::string& session_id) {
    v1::EndSessionRequest request;
    request.set_session_id(session_id);
    return call<v1::Session>("EndSession", request, who);
  }
  v1::StreamTicket ticket(const domain::Principal& who) {
    return call<v1::StreamTicket>("CreateStreamTicket", v1::CreateStreamTicketRequest(), who);
  }
  /// How many seconds the refusal of a sign-in asks to wait; 0 where it was not refused for that.
  int wait_asked(std::string_view account, std::string_view password) {
    try {
      sign_in(account, password);
    } catch (const domain::Refusal& refusal) {
      if (refusal.code() == "too_many") return std::stoi(refusal.arguments().at(0).second);
    }
    return 0;
  }

  std::vector<auth::PublicKey> public_keys() {
    std::vector<auth::PublicKey> keys;
    store().read([&](domain::ReadTx& tx) { keys = reference::signing_keys(tx); });
    return keys;
  }
  auth::TokenAuthenticator authenticator{[this] { return public_keys(); }};
};

TEST_F(SessionsTest, GivesAnAccessTokenThatOtherServicesCanCheck) {
  const v1::SessionTokens tokens = sign_in("lihua");
  const std::string header = "Bearer " + tokens.access_token();
  const domain::Principal caller = authenticator.authenticate({header, {}}, now()).principal;
  EXPECT_EQ(caller.user_id, tokens.user_id());
  EXPECT_EQ(caller.session_id, tokens.session_id());
  EXPECT_EQ(me(caller).account(), "lihua");
  EXPECT_EQ(domain::from_proto(tokens.access_expires_at()), now() + 10min);
}

TEST_F(SessionsTest, RefusesAWrongPasswordAndAnUnknownAccountAlike) {
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
  EXPECT_REFUSED("sign_in_failed", sign_in("nobody", "not the password"));
}

TEST_F(SessionsTest, DelaysTheNextAttemptLongerAfterEveryFailure) {
  for (const int seconds : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
    EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
    EXPECT_EQ(wait_asked("lihua", "not the password"), seconds);
    advance(std::chrono::seconds(seconds));
  }
}

TEST_F(SessionsTest, RefusesTheRightPasswordDuringTheDelay) {
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
  EXPECT_REFUSED("too_many", sign_in("lihua"));
  advance(1s);
  EXPECT_EQ(me(bearer(sign_in("lihua"))).account(), "lihua");
}

TEST_F(SessionsTest, DelaysUnknownAccountsInTheSameWay) {
  EXPECT_REFUSED("sign_in_failed", sign_in("nobody", "not the password"));
  EXPECT_EQ(wait_asked("nobody", "not the password"), 1);
  EXPECT_EQ(wait_asked("NoBody", "not the password"), 1);
}

TEST_F(SessionsTest, ForgivesFailuresAfterASuccess) {
  for (const int seconds : {1, 2, 4}) {
    EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
    advance(std::chrono::seconds(seconds));
  }
  sign_in("lihua");
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
  EXPECT_EQ(wait_asked("lihua", "not the password"), 1);
}

TEST_F(SessionsTest, ForgivesFailuresAfterAnHourAndForgetsThem) {
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
  EXPECT_REFUSED("sign_in_failed", sign_in("nobody", "not the password"));
  advance(1h + 1s);
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
  EXPECT_EQ(wait_asked("lihua", "not the password"), 1);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM sign_in_failures"), 1);
}

TEST_F(SessionsTest, JournalsAFailedSignInWithoutWhatWasTyped) {
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", "not the password"));
  EXPECT_EQ(value<std::int64_t>(
                "SELECT COUNT(*) FROM journal WHERE method = 'wenming.identity.v1.SessionService.CreateSession'"),
            1);
}

TEST_F(SessionsTest, RefreshesWithATokenThatIsGoodOnce) {
  const v1::SessionTokens first = sign_in("lihua");
  advance(9min);
  const v1::SessionTokens second = refresh(first.refresh_token());
  EXPECT_EQ(second.session_id(), first.session_id());
  EXPECT_NE(second.refresh_token(), first.refresh_token());
  EXPECT_NE(second.access_token(), first.access_token());
  EXPECT_EQ(refresh(second.refresh_token()).session_id(), first.session_id());
}

TEST_F(SessionsTest, EndsTheSessionWhenASpentRefreshTokenComesAgain) {
  const v1::SessionTokens first = sign_in("lihua");
  const v1::SessionTokens second = refresh(first.refresh_token());
  EXPECT_REFUSED("refresh_token_reused", refresh(first.refresh_token()));
  EXPECT_REFUSED("session_ended", refresh(second.refresh_token()));
  EXPECT_REFUSED("not_signed_in", me(bearer(second)));
  EXPECT_THAT(published<v1::SessionEnded>(), SizeIs(1));
}

TEST_F(SessionsTest, EndsNoSessionForATokenThatWasMadeUp) {
  const v1::SessionTokens tokens = sign_in("lihua");
  EXPECT_REFUSED("session_ended", refresh("wmr_" + std::string(64, 'A')));
  EXPECT_REFUSED("session_ended", refresh("nonsense"));
  EXPECT_EQ(refresh(tokens.refresh_token()).session_id(), tokens.session_id());
}

TEST_F(SessionsTest, EndsWhenItIsNotRefreshedForTooLong) {
  const v1::SessionTokens tokens = sign_in("lihua");
  advance(24h * 30);
  EXPECT_REFUSED("session_ended", refresh(tokens.refresh_token()));
}

TEST_F(SessionsTest, SignsOut) {
  const v1::SessionTokens tokens = sign_in("lihua");
  const v1::SessionTokens other = sign_in("lihua");
  sign_out(bearer(tokens));
  EXPECT_REFUSED("not_signed_in", me(bearer(tokens)));
  EXPECT_REFUSED("session_ended", refresh(tokens.refresh_token()));
  EXPECT_EQ(me(bearer(other)).account(), "lihua");
}

TEST_F(SessionsTest, ListsAndEndsOnesOwnSessionsOnly) {
  add_user("wangfang");
  const v1::SessionTokens mine = sign_in("lihua");
  const v1::SessionTokens phone = sign_in("lihua");
  const v1::SessionTokens hers = sign_in("wangfang");
  EXPECT_EQ(sessions(bearer(mine)).sessions_size(), 2);
  EXPECT_REFUSED("not_found", end(bearer(mine), hers.session_id()));
  EXPECT_TRUE(end(bearer(mine), phone.session_id()).has_ended_at());
  EXPECT_EQ(sessions(bearer(mine)).sessions_size(), 1);
  EXPECT_REFUSED("not_signed_in", me(bearer(phone)));
}

TEST_F(SessionsTest, KeepsTheNumberOfSessionsOfAUserBounded) {
  const v1::SessionTokens oldest = sign_in("lihua");
  for (int i = 0; i < 20; ++i) {
    advance(1s);
    sign_in("lihua");
  }
  EXPECT_REFUSED("not_signed_in", me(bearer(oldest)));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM sessions"), 20);
}

TEST_F(SessionsTest, GivesATicketForOneStream) {
  const v1::SessionTokens tokens = sign_in("lihua");
  const std::string text = ticket(bearer(tokens)).ticket();
  EXPECT_EQ(authenticator.authenticate({{}, text}, now()).principal.user_id, tokens.user_id());
  EXPECT_REFUSED("not_signed_in", authenticator.authenticate({{}, text}, now()));
  EXPECT_REFUSED("people_only", ticket(as(tokens.user_id())));
}

TEST_F(SessionsTest, StoresNoToken) {
  const v1::SessionTokens tokens = sign_in("lihua");
  const std::string turn = tokens.refresh_token().substr(36);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM sessions WHERE turn_hash = $1 OR session_hash = $1", turn), 0);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM journal WHERE CAST(answer AS TEXT) LIKE '%' || $1 || '%'", turn),
            0);
}

}  // namespace
}  // namespace wenming::identity
