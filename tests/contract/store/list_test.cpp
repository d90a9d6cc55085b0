#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

using ledger::v1::ListAccountsRequest;
using ledger::v1::ListAccountsResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListTest : public LedgerFixture {
 protected:
  ListTest() {
    work([](domain::Tx& tx) {
      const auto add = [&](std::string_view id, std::string_view holder, std::string_view unit, std::string_view user,
                           int balance) {
        tx.run(
            "INSERT INTO accounts (id, unit_id, user_id, holder, balance, opened_at, version) VALUES ($1, $2, $3, $4, "
            "$5, 0, 1)",
            id, unit, user, holder, balance);
      };
      add("1", "a", "county", "", 10);
      add("2", "b", "township", "li", 10);
      add("3", "b", "township", "", 20);
      add("4", "B%", "bureau", "li", 10);
      add("5", "c", "county", "", 30);
    });
  }

  Outcome list(const ListAccountsRequest& request, const domain::Principal& caller = as("wang")) {
    return outcome(make_call("ListAccounts", request, caller));
  }
  ListAccountsResponse page(const ListAccountsRequest& request, const domain::Principal& caller = as("wang")) {
    const Outcome outcome = list(request, caller);
    if (!outcome.answer) throw std::runtime_error(code_of(outcome));
    return static_cast<const ListAccountsResponse&>(*outcome.answer);
  }
  static std::vector<std::string> ids(const ListAccountsResponse& response) {
    std::vector<std::string> ids;
    for (const auto& account : response.accounts()) ids.push_back(account.id());
    return ids;
  }
};

TEST_P(ListTest, ShowsACallerTheSubtreesOfTheirGrants) {
  EXPECT_THAT(ids(page({})), ElementsAre("1", "2", "3", "5"));
}

TEST_P(ListTest, ShowsAUserTheirOwnBesidesTheirUnits) {
  EXPECT_THAT(ids(page({}, as("li"))), ElementsAre("4", "2"));
  EXPECT_THAT(ids(page({}, as("stranger"))), IsEmpty());
  work([](domain::Tx& tx) {
    tx.run(
        "INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ('7', 'li', 'OFFICE', 'county', 0, "
        "1)");
  });
  EXPECT_THAT(ids(page({}, as("li"))), ElementsAre("4", "1", "2", "3", "5"));
}

TEST_P(ListTest, AsksAnUnknownCallerToSignIn) {
  EXPECT_EQ(code_of(list({}, {})), "not_signed_in");
}

TEST_P(ListTest, ReadsPageAfterPageWithoutGapOrRepetitionAmongEqualKeys) {
  ListAccountsRequest request;
  request.set_page_size(1);
  request.set_include_total(true);
  std::vector<std::string> seen;
  for (int i = 0; i < 10; ++i) {
    const auto response = page(request);
    EXPECT_EQ(response.total(), 4);
    for (const std::string& id : ids(response)) seen.push_back(id);
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  EXPECT_THAT(seen, ElementsAre("1", "2", "3", "5"));
}

TEST_P(ListTest, EndsWithoutATokenOnAFullLastPage) {
  ListAccountsRequest request;
  request.set_page_size(4);
  EXPECT_EQ(page(request).next_page_token(), "");
}

TEST_P(ListTest, TakesATokenOnlyForTheQueryThatItWasGivenOutFor) {
  ListAccountsRequest request;
  request.set_page_size(1);
  request.set_page_token(page(request).next_page_token());
  request.set_balance(10);
  EXPECT_EQ(code_of(list(request)), "page_token");
  request.set_balance(0);
  request.set_page_token("bm9uZQ");
  EXPECT_EQ(code_of(list(request)), "page_token");
  request.set_page_token("%%%");
  EXPECT_EQ(code_of(list(request)), "page_token");
}

TEST_P(ListTest, FiltersByValueByPartAndBySubtree) {
  ListAccountsRequest by_value;
  by_value.set_balance(10);
  EXPECT_THAT(ids(page(by_value)), ElementsAre("1", "2"));

  work([](domain::Tx& tx) { tx.run("UPDATE grants SET unit_id = ''"); });
  ListAccountsRequest by_part;
  by_part.set_holder("%");
  EXPECT_THAT(ids(page(by_part)), ElementsAre("4"));
  by_part.set_holder("B");
  EXPECT_THAT(ids(page(by_part)), ElementsAre("4"));

  ListAccountsRequest by_unit;
  by_unit.set_within_unit_id("county");
  EXPECT_THAT(ids(page(by_unit)), ElementsAre("1", "2", "3", "5"));
  by_unit.set_within_unit_id("township");
  EXPECT_THAT(ids(page(by_unit)), ElementsAre("2", "3"));
}

TEST_P(ListTest, PagesThroughASubtreeOfManyRowsAsThroughOneOfFew) {
  // More than are looked up unit by unit: these pages are read in the order of the list.
  work([](domain::Tx& tx) {
    tx.run(
        "WITH RECURSIVE more (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < 5000) "
        "INSERT INTO accounts (id, unit_id, user_id, holder, balance, opened_at, version) "
        "SELECT 'm' || number, 'township', '', 'm', 40, 0, 1 FROM more");
  });
  ListAccountsRequest request;
  request.set_page_size(3);
  request.set_include_total(true);
  const auto first = page(request);
  EXPECT_EQ(first.total(), 5004);
  EXPECT_THAT(ids(first), ElementsAre("1", "2", "3"));
  request.set_page_token(first.next_page_token());
  EXPECT_THAT(ids(page(request)), ElementsAre("5", "m1", "m10"));
  EXPECT_THAT(ids(page({}, as("li"))), ElementsAre("4", "2"));
}

TEST_P(ListTest, CountsOnlyWhatTheCallerMaySee) {
  ListAccountsRequest request;
  request.set_include_total(true);
  EXPECT_EQ(page(request, as("li")).total(), 2);
  EXPECT_FALSE(page({}).has_total());
}

INSTANTIATE_TEST_SUITE_P(Engines, ListTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
