#include "hotline/case_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "hotline/case_index.h"
#include "hotline/case_store.h"
#include "hotline/hotline_fixture.h"
#include "search/fold.h"
#include "wenming/hotline/v1/case_search.pb.h"

namespace wenming::hotline {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CaseSearchTest : public HotlineFixture {
 protected:
  using Request = v1::ListCasesRequest;

  static Request asking(const std::string& query) {
    Request request;
    request.set_query(query);
    return request;
  }
  v1::ListCasesResponse list(const Request& request, const domain::Principal& by = agent()) {
    return call<v1::ListCasesResponse>("ListCases", request, by);
  }
  std::vector<std::string> found(const Request& request, const domain::Principal& by = agent()) {
    std::vector<std::string> subjects;
    const v1::ListCasesResponse response = list(request, by);
    for (const v1::Case& subject : response.cases()) subjects.push_back(subject.subject());
    return subjects;
  }
  std::vector<std::string> found(const std::string& query) { return found(asking(query)); }

  std::string dispatched(const std::string& subject, const std::string& unit, int working_hours = 40) {
    const std::string id = create(snapshot(subject)).id();
    accept(id);
    dispatch(id, unit, working_hours);
    return id;
  }
  static v1::CreateCaseRequest at_place(const std::string& subject, double longitude, double latitude,
                                        contract::v1::Datum datum = contract::v1::DATUM_WGS84) {
    v1::CreateCaseRequest request = snapshot(subject);
    request.mutable_position()->set_datum(datum);
    request.mutable_position()->set_longitude(longitude);
    request.mutable_position()->set_latitude(latitude);
    return request;
  }
};

TEST_F(CaseSearchTest, FindsACaseByItsTextASecondAfterItCameIn) {
  v1::CreateCaseRequest request = snapshot("人民路路灯不亮");
  request.set_detail("夜间无照明，行人摔伤。");
  request.set_place("幸福小区３号門");
  create(request);
  create(snapshot("占道经营"));
  advance(seconds(1));
  for (const char* const query : {"路灯", "路燈不亮", "行人摔伤", "幸福 3", "人民路，照明"})
    EXPECT_THAT(found(query), ElementsAre("人民路路灯不亮")) << query;
  EXPECT_THAT(found("灯亮"), IsEmpty());
  EXPECT_THAT(found("路灯 占道"), IsEmpty()) << "all of it has to be said";
}

TEST_F(CaseSearchTest, RefusesToSearchForASingleCharacter) {
  EXPECT_REFUSED("search_too_short", list(asking("灯")));
  EXPECT_REFUSED("search_too_short", list(asking("，！")));
  EXPECT_THAT(found("  "), IsEmpty());
}

TEST_F(CaseSearchTest, FindsWhatHasJustChangedByWhatItIsNow) {
  const std::string id = dispatched("路灯", "bureau");
  const auto in_state = [&](v1::CaseState state) {
    Request request;
    request.set_state(state);
    return found(request);
  };
  EXPECT_THAT(in_state(v1::CASE_STATE_DISPATCHED), ElementsAre("路灯")) << "before the index knows of it";
  advance(seconds(1));
  EXPECT_THAT(in_state(v1::CASE_STATE_DISPATCHED), ElementsAre("路灯"));
  sign(id);
  EXPECT_THAT(in_state(v1::CASE_STATE_DISPATCHED), IsEmpty());
  EXPECT_THAT(in_state(v1::CASE_STATE_SIGNED), ElementsAre("路灯"));
  Request both = asking("路灯");
  both.set_query("路灯 路灯");
  both.set_state(v1::CASE_STATE_SIGNED);
  EXPECT_THAT(found("路灯"), ElementsAre("路灯"));
  advance(seconds(1));
  EXPECT_THAT(in_state(v1::CASE_STATE_SIGNED), ElementsAre("路灯"));
}

TEST_F(CaseSearchTest, FindsByTheDayOfTheDeadline) {
  dispatched("当日", "bureau", 3);   // Thursday
  dispatched("下周", "bureau", 21);  // the Wednesday after
  create(snapshot("无期限"));
  Request request;
  request.set_due_from("2026-03-05");
  EXPECT_THAT(found(request), ElementsAre("下周", "当日"));
  request.set_due_to("2026-03-05");
  EXPECT_THAT(found(request), ElementsAre("当日"));
  request.set_due_from("2026-03-06");
  request.set_due_to("2026-03-31");
  EXPECT_THAT(found(request), ElementsAre("下周"));
}

TEST_F(CaseSearchTest, FindsByRegionAndByCategoryWithAllThatLiesBelow) {
  organisation("township", "district");
  organisation("village", "township");
  work([](domain::Tx& tx) {
    for (const auto& [code, parent] : {std::pair("环境", ""), std::pair("环境/水", "环境"), std::pair("城建", "")})
      tx.run(
          "INSERT INTO categories (code, name, parent_code, description, keywords, retired, version) "
          "VALUES ($1, $1, $2, '', '', FALSE, 1)",
          code, domain::or_null(parent));
  });
  v1::CreateCaseRequest request = snapshot("河水发黑");
  request.set_area_id("village");
  request.set_category("环境/水");
  create(request);
  create(snapshot("路灯"));
  Request area;
  area.set_area_id("township");
  EXPECT_THAT(found(area), ElementsAre("河水发黑"));
  area.set_area_id("bureau");
  EXPECT_THAT(found(area), IsEmpty());
  Request category;
  category.set_category("环境");
  EXPECT_THAT(found(category), ElementsAre("河水发黑"));
  category.set_category("城建");
  EXPECT_THAT(found(category), IsEmpty());
}

TEST_F(CaseSearchTest, FindsByCircleAndRectangleInTheDatumStated) {
  create(at_place("此处", 105.7221, 29.7066));
  create(at_place("一公里外", 105.7221, 29.7156));
  create(snapshot("无位置"));
  Request circle;
  circle.set_longitude(105.7221);
  circle.set_latitude(29.7066);
  circle.set_radius_m(990);
  EXPECT_THAT(found(circle), ElementsAre("此处"));
  circle.set_radius_m(1010);
  EXPECT_THAT(found(circle), ElementsAre("一公里外", "此处"));
  circle.set_radius_m(100);
  circle.set_datum(contract::v1::DATUM_GCJ02);
  EXPECT_THAT(found(circle), IsEmpty()) << "the same numbers are half a kilometre away there";

  Request rectangle;
  rectangle.set_west(105.72);
  rectangle.set_east(105.73);
  rectangle.set_south(29.71);
  EXPECT_REFUSED("area_incomplete", list(rectangle));
  rectangle.set_north(29.72);
  EXPECT_THAT(found(rectangle), ElementsAre("一公里外"));
  circle.clear_radius_m();
  EXPECT_REFUSED("area_incomplete", list(circle));
}

TEST_F(CaseSearchTest, ShowsEverybodyOnlyWhatTheyMaySee) {
  dispatched("路灯一", "bureau");
  dispatched("路灯二", "school");
  advance(seconds(1));
  EXPECT_THAT(found(asking("路灯")), ElementsAre("路灯二", "路灯一"));
  EXPECT_THAT(found(asking("路灯"), liaison()), ElementsAre("路灯一"));
  EXPECT_THAT(found(asking("路灯"), as("teacher")), ElementsAre("路灯二"));
  grant("of the neighbour", contract::v1::ROLE_OPERATOR, "neighbour");
  EXPECT_THAT(found(asking("路灯"), as("of the neighbour")), IsEmpty());
  EXPECT_REFUSED("not_signed_in", list(asking("路灯"), anonymous()));
}

TEST_F(CaseSearchTest, PagesThroughAllAndCountsThem) {
  for (int i = 0; i < 23; ++i) {
    create(snapshot("路灯" + std::to_string(i)));
    if (i % 3 == 0) advance(seconds(2));
  }
  advance(seconds(1));
  Request request = asking("路灯");
  request.set_page_size(5);
  request.set_include_total(true);
  std::vector<std::string> all;
  for (int page = 0; page < 6; ++page) {
    const v1::ListCasesResponse response = list(request);
    EXPECT_EQ(response.total(), 23);
    EXPECT_FALSE(response.total_is_lower_bound());
    for (const v1::Case& subject : response.cases()) all.push_back(subject.subject());
    request.set_page_token(response.next_page_token());
    if (response.next_page_token().empty()) break;
  }
  std::vector<std::string> expected;
  for (int i = 22; i >= 0; --i) expected.push_back("路灯" + std::to_string(i));
  EXPECT_EQ(all, expected);
  request.set_page_token(list(asking("路灯")).next_page_token());
  Request other = asking("路口");
  other.set_page_token("AAAA");
  EXPECT_REFUSED("page_token", list(other));
}

/// What a search must find, told by the slow way: looking at every case.
class CaseSearchAgainstTheSlowWay : public CaseSearchTest {
 protected:
  /// Cases in the table and the index, without going through 5,000 commands; some are left for the indexer to find.
  void fill(int count) {
    work([&](domain::Tx& tx) {
      for (int i = 0; i < count; ++i) {
        v1::Case subject;
        subject.set_id(tx.new_id());
        subject.set_channel(v1::CHANNEL_PHONE);
        subject.set_kind(i % 7 == 0 ? v1::CASE_KIND_PRAISE : v1::CASE_KIND_COMPLAINT);
        subject.set_subject(kWords[random_() % kWords.size()] + kWords[random_() % kWords.size()]);
        subject.set_state(i % 5 == 0 ? v1::CASE_STATE_SIGNED : v1::CASE_STATE_CLOSED);
        subject.set_receiving_unit_id("district");
        subject.set_unit_id(random_() % 3 == 0 ? "school" : "bureau");
        *subject.mutable_received_at() = domain::to_proto(now() - hours(random_() % 2000));
        subject.set_version(1);
        insert_case(tx, subject, {});
        cases_.push_back(std::move(subject));
      }
    });
  }
  /// The subjects' words that are asked for, and the rest, judged case by case.
  std::multiset<std::string> slowly(const Request& request) const {
    std::multiset<std::string> ids;
    for (const v1::Case& subject : cases_) {
      const bool matches = (request.query().empty() ||
                            search::fold(subject.subject()).find(search::fold(request.query())) != std::string::npos) &&
                           (request.state() == v1::CASE_STATE_UNSPECIFIED || subject.state() == request.state()) &&
                           (request.kind() == v1::CASE_KIND_UNSPECIFIED || subject.kind() == request.kind()) &&
                           (request.unit_id().empty() || subject.unit_id() == request.unit_id());
      if (matches) ids.insert(subject.id());
    }
    return ids;
  }
  std::multiset<std::string> by_pages(Request request) {
    std::multiset<std::string> ids;
    request.set_page_size(500);
    core::Timestamp last = now() + hours(1);
    do {
      const v1::ListCasesResponse response = list(request);
      for (const v1::Case& subject : response.cases()) {
        EXPECT_LE(domain::from_proto(subject.received_at()), last);
        last = domain::from_proto(subject.received_at());
        ids.insert(subject.id());
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  void expect_the_same() {
    for (const std::string& query :
         {std::string(), std::string("路灯"), std::string("噪音"), std::string("水管破裂")}) {
      for (const auto state : {v1::CASE_STATE_UNSPECIFIED, v1::CASE_STATE_SIGNED}) {
        for (const std::string& unit : {std::string(), std::string("school")}) {
          for (const auto kind : {v1::CASE_KIND_UNSPECIFIED, v1::CASE_KIND_PRAISE}) {
            Request request = asking(query);
            request.set_state(state);
            request.set_unit_id(unit);
            request.set_kind(kind);
            EXPECT_EQ(by_pages(request), slowly(request)) << request.DebugString();
          }
        }
      }
    }
  }

  static inline const std::vector<std::string> kWords{"路灯不亮", "夜间噪音", "水管破裂", "垃圾成堆", "占道经营"};
  std::mt19937 random_{1};
  std::vector<v1::Case> cases_;
};

TEST_F(CaseSearchAgainstTheSlowWay, FindsTheSameInClosedBlocksRunsAndChanges) {
  fill(5000);
  advance(seconds(30));
  ASSERT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM case_changes"), 0);
  ASSERT_EQ(value<std::int64_t>("SELECT closed_blocks FROM case_index"), 1);
  expect_the_same();
  // Some of them change, and the index does not know it yet.
  work([&](domain::Tx& tx) {
    for (std::size_t i = 0; i < cases_.size(); i += 7) {
      v1::Case& subject = cases_[i];
      subject.set_state(v1::CASE_STATE_SIGNED);
      subject.set_unit_id("school");
      subject.set_version(2);
      update_case(tx, subject);
    }
  });
  ASSERT_GT(value<std::int64_t>("SELECT COUNT(*) FROM case_changes"), 700);
  expect_the_same();
  advance(seconds(30));
  ASSERT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM case_changes"), 0);
  expect_the_same();
}

TEST_F(CaseSearchAgainstTheSlowWay, SaysWhenMoreHasChangedThanItLooksAt) {
  fill(5000);
  Request request;
  request.set_kind(v1::CASE_KIND_COMPLAINT);
  EXPECT_TRUE(list(request).index_is_behind());
  advance(seconds(30));
  EXPECT_FALSE(list(request).index_is_behind());
}

}  // namespace
}  // namespace wenming::hotline
