#include "hotline/open311.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/catalogue.pb.h"
#include "wenming/hotline/v1/open311.pb.h"
#include "wenming/hotline/v1/public_cases.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class Open311Test : public HotlineFixture {
 protected:
  Open311Test() {
    put("lamp", "路灯", "", [](v1::PutCategoryRequest& r) {
      v1::AttributeDefinition& pole = *r.add_attributes();
      pole.set_code("pole");
      pole.set_description("灯杆编号");
      pole.set_datatype(v1::ATTRIBUTE_TYPE_STRING);
      pole.set_required(true);
      v1::AttributeDefinition& fault = *r.add_attributes();
      fault.set_code("fault");
      fault.set_description("故障");
      fault.set_datatype(v1::ATTRIBUTE_TYPE_MULTIVALUELIST);
      for (const char* key : {"dark", "leaning"}) {
        fault.add_choices()->set_key(key);
        fault.mutable_choices(fault.choices_size() - 1)->set_name(key);
      }
    });
    put("street", "道路");
    put("street.hole", "路面坑洞", "street");
  }

  template <class Fill = void (*)(v1::PutCategoryRequest&)>
  void put(
      const std::string& code, const std::string& name, const std::string& parent = {},
      Fill fill = [](v1::PutCategoryRequest&) {}) {
    v1::PutCategoryRequest request;
    request.set_code(code);
    request.set_name(name);
    request.set_parent_code(parent);
    fill(request);
    call<v1::Category>("PutCategory", request, admin());
  }

  /// Asks in JSON, or in the format of the request.
  template <class Request>
  std::string ask(const std::string& rpc, Request request, const std::string& body = {}) {
    if (request.format().empty()) request.set_format("json");
    request.set_jurisdiction_id("district");
    domain::EdgeRequest http;
    http.verb = body.empty() ? "GET" : "POST";
    http.path = "/open311/v2/requests." + request.format();
    http.body = body;
    try {
      const domain::EdgeAnswer answer = at_edge(rpc, request, anonymous(), http);
      link_.clear();
      for (const auto& [name, value] : answer.headers)
        if (name == "Link") link_ = value;
      return answer.body;
    } catch (const domain::Refusal& refusal) {
      return Open311::refused(http, refusal).body;
    }
  }
  static v1::CreateOpen311RequestRequest hole() {
    v1::CreateOpen311RequestRequest request;
    request.set_api_key("agent");
    request.set_service_code("street.hole");
    request.set_description("人民路有坑\n电话13812345678");
    request.set_lat(39.92);
    request.set_long_(116.43);
    return request;
  }
  /// Reports; the id of the case.
  std::string report(const v1::CreateOpen311RequestRequest& request, const std::string& body = "x=") {
    const std::string answer = ask("CreateOpen311Request", request, body);
    const std::string begin = R"([{"service_request_id":")";
    if (!answer.starts_with(begin)) throw std::runtime_error(answer);
    token_ = answer.substr(answer.find("token\":\"") + 8, 19);
    return answer.substr(begin.size(), answer.find('"', begin.size()) - begin.size());
  }
  std::string requests(const std::function<void(v1::ListOpen311RequestsRequest&)>& fill) {
    v1::ListOpen311RequestsRequest request;
    fill(request);
    return ask("ListOpen311Requests", request);
  }

  std::string token_, link_;
};

TEST_F(Open311Test, ListsWhatCanBeReported) {
  EXPECT_EQ(ask("ListOpen311Services", v1::ListOpen311ServicesRequest()),
            R"([{"service_code":"lamp","service_name":"路灯","description":"","metadata":true,"type":"realtime",)"
            R"("keywords":"","group":""},{"service_code":"street.hole","service_name":"路面坑洞","description":"",)"
            R"("metadata":false,"type":"realtime","keywords":"","group":"道路"}])");
}

TEST_F(Open311Test, SaysWhatAServiceAsksInXmlToo) {
  v1::GetOpen311ServiceRequest request;
  request.set_service_code("lamp");
  request.set_format("xml");
  EXPECT_THAT(ask("GetOpen311Service", request),
              HasSubstr("<service_definition><service_code>lamp</service_code><attributes><attribute>"
                        "<variable>true</variable><code>pole</code><datatype>string</datatype>"
                        "<required>true</required><datatype_description></datatype_description><order>1</order>"
                        "<description>灯杆编号</description><values/></attribute><attribute>"));
  EXPECT_THAT(ask("GetOpen311Service", request),
              HasSubstr("<values><value><key>dark</key><name>dark</name></value><value>"));
  request.set_service_code("nothing");
  EXPECT_THAT(ask("GetOpen311Service", request), HasSubstr("<errors><error><code>404</code><description>"));
}

TEST_F(Open311Test, TakesAReportThatIsPublicAtOnce) {
  const std::string id = report(hole());
  const v1::Case subject = get(id);
  EXPECT_EQ(subject.channel(), v1::CHANNEL_OPEN311);
  EXPECT_EQ(subject.subject(), "人民路有坑");
  EXPECT_EQ(subject.position().datum(), contract::v1::DATUM_WGS84);
  v1::GetOpen311RequestRequest request;
  request.set_service_request_id(id);
  EXPECT_EQ(ask("GetOpen311Request", request),
            R"([{"service_request_id":")" + id +
                R"(","status":"open","status_notes":"","service_name":"路面坑洞","service_code":"street.hole",)"
                R"("description":"人民路有坑\n电话138****5678","agency_responsible":"district","service_notice":"",)"
                R"("requested_datetime":"2026-03-05T09:00:00+08:00","updated_datetime":"2026-03-05T09:00:00+08:00",)"
                R"("address":"","address_id":"","zipcode":"","lat":39.92,"long":116.43}])");
}

TEST_F(Open311Test, FindsARequestByItsToken) {
  const std::string id = report(hole());
  v1::GetOpen311TokenRequest request;
  request.set_token(token_);
  EXPECT_EQ(ask("GetOpen311Token", request), R"([{"service_request_id":")" + id + R"(","token":")" + token_ + R"("}])");
  request.set_token("AAAA-AAAA-AAAA-AAAA");
  EXPECT_THAT(ask("GetOpen311Token", request), HasSubstr(R"([{"code":404,)"));
  request.set_token(token_);
  request.set_format("json");
  request.set_jurisdiction_id("nowhere");
  domain::EdgeRequest http;
  EXPECT_REFUSED("jurisdiction_unknown", at_edge("GetOpen311Token", request, anonymous(), http));
}

TEST_F(Open311Test, TakesAnswersToAttributes) {
  v1::CreateOpen311RequestRequest request = hole();
  request.set_service_code("lamp");
  EXPECT_THAT(ask("CreateOpen311Request", request, "x="), HasSubstr(R"([{"code":400,"description":)"));
  const std::string id =
      report(request, "attribute%5Bpole%5D=A-17&attribute%5Bfault%5D%5B%5D=dark&attribute%5Bfault%5D%5B%5D=leaning");
  std::string answers;
  const v1::Case subject = get(id);
  for (const v1::CaseAttribute& answer : subject.attributes()) answers += answer.code() + '=' + answer.value() + ' ';
  EXPECT_EQ(answers, "pole=A-17 fault=dark fault=leaning ");
}

TEST_F(Open311Test, SealsWhoReports) {
  v1::CreateOpen311RequestRequest request = hole();
  request.set_first_name("华");
  request.set_last_name("李");
  request.set_phone("13812345678");
  const std::string id = report(request);
  EXPECT_EQ(get(id).complainant_name(), "李华");
  EXPECT_EQ(
      value<std::int64_t>("SELECT COUNT(*) FROM case_complainants WHERE case_id = $1 AND sealed_phone IS NOT NULL", id),
      1);
}

TEST_F(Open311Test, AnswersErrorsAsTheProtocolHasThem) {
  v1::CreateOpen311RequestRequest request = hole();
  request.clear_api_key();
  EXPECT_THAT(ask("CreateOpen311Request", request, "x="), HasSubstr(R"([{"code":403,)"));
  request = hole();
  request.set_api_key("liaison");
  EXPECT_THAT(ask("CreateOpen311Request", request, "x="), HasSubstr(R"([{"code":403,)"));
  request = hole();
  request.clear_lat();
  EXPECT_THAT(ask("CreateOpen311Request", request, "x="), HasSubstr(R"([{"code":400,)"));
  request = hole();
  request.clear_service_code();
  request.set_lat(91);
  EXPECT_THAT(
      ask("CreateOpen311Request", request, "x="),
      MatchesRegex(R"(\[\{"code":400,"description":"service_code: .*\},\{"code":400,"description":"lat: .*\}\])"));
}

TEST_F(Open311Test, FiltersByStatusServiceAndPeriod) {
  const std::string open = report(hole());
  const std::string closed = report(hole());
  decline(closed, "请拨打13812345678");
  const auto with_status = [](const char* status) { return [status](auto& r) { r.set_status(status); }; };
  EXPECT_THAT(requests(with_status("open")), HasSubstr(open));
  EXPECT_THAT(requests(with_status("open")), Not(HasSubstr(closed)));
  EXPECT_THAT(requests(with_status("closed")), HasSubstr(R"("status":"closed","status_notes":"请拨打138****5678")"));
  EXPECT_THAT(requests(with_status("open,closed")), HasSubstr(open));
  EXPECT_THAT(requests(with_status("new")), HasSubstr(R"("code":400)"));
  EXPECT_EQ(requests([](auto& r) { r.set_service_code("lamp, street"); }), "[]");
  EXPECT_THAT(requests([&](auto& r) { r.set_service_request_id(open + "," + closed); }), HasSubstr(closed));
  EXPECT_EQ(requests([](auto& r) { r.set_end_date("2026-03-05T00:59:59Z"); }), "[]");
  EXPECT_THAT(requests([](auto& r) { r.set_start_date("2026-03-05T01:00:00Z"); }), HasSubstr(open));
  EXPECT_THAT(requests([](auto& r) {
                r.set_start_date("2026-01-01T00:00:00Z");
                r.set_end_date("2026-04-02T00:00:00Z");
              }),
              HasSubstr(R"("code":400)"));
  EXPECT_THAT(requests([](auto& r) { r.set_start_date("yesterday"); }), HasSubstr(R"("code":400)"));
}

TEST_F(Open311Test, LeadsFromPageToPage) {
  const std::string first = report(hole());
  const std::string second = report(hole());
  const auto page = [&](int number) {
    return requests([&](auto& r) {
      r.set_page(number);
      r.set_page_size(1);
    });
  };
  EXPECT_THAT(page(1), HasSubstr(second));
  EXPECT_EQ(link_, "</open311/v2/requests.json?page=2>; rel=\"next\"");
  EXPECT_THAT(page(2), HasSubstr(first));
  EXPECT_EQ(link_, "");
}

TEST_F(Open311Test, ShowsNothingThatIsNotPublic) {
  const std::string id = report(hole());
  const std::string quiet = create(snapshot("不公开")).id();
  act<v1::WithdrawCaseRequest>("WithdrawCase", id, agent());
  EXPECT_EQ(requests([](auto&) {}), "[]");
  v1::GetOpen311RequestRequest request;
  request.set_service_request_id(quiet);
  EXPECT_THAT(ask("GetOpen311Request", request), HasSubstr(R"("code":404)"));
}

TEST_F(Open311Test, CutsDescriptionsToWhatTheProtocolTakes) {
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  std::string detail;
  for (int i = 0; i < 5000; ++i) detail += "灯";
  request.set_detail(detail);
  const std::string id = create(request).id();
  act<v1::PublishCaseRequest>("PublishCase", id, agent());
  const std::string told = requests([&](auto& r) { r.set_service_request_id(id); });
  EXPECT_THAT(told, HasSubstr(detail.substr(0, 4000 * 3) + "\","));
}

TEST_F(Open311Test, TellsWhatHappenedSince) {
  const std::string id = report(hole());
  advance(std::chrono::hours(1));
  accept(id);
  dispatch(id, "bureau");
  sign(id);
  reply(id, "已修补，联系13812345678");
  v1::ListOpen311UpdatesRequest request;
  request.set_start_date("2026-03-05T02:00:00Z");
  const std::string updates = ask("ListOpen311Updates", request);
  EXPECT_THAT(updates, HasSubstr(R"("status":"open","updated_datetime":"2026-03-05T10:00:00+08:00",)"
                                 R"("description":"已修补，联系138****5678","media_url":""}])"));
  request.set_start_date("2026-03-05T02:00:01Z");
  EXPECT_EQ(ask("ListOpen311Updates", request), "[]");
}

TEST_F(Open311Test, TakesWhatTheCitizenAdds) {
  const std::string id = report(hole());
  v1::CreateOpen311UpdateRequest request;
  request.set_service_request_id(id);
  request.set_description("又大了");
  EXPECT_THAT(ask("CreateOpen311Update", request, "x="), HasSubstr(R"("code":403)"));
  request.set_api_key("agent");
  EXPECT_THAT(ask("CreateOpen311Update", request, "x="), HasSubstr(R"([{"update_id":")"));
  EXPECT_EQ(history_of(id).back().text(), "又大了");
  decline(id, "不属受理范围");
  EXPECT_THAT(ask("CreateOpen311Update", request, "x="), HasSubstr(R"("code":400)"));
}

TEST_F(Open311Test, KnowsJurisdictionsByTheirCodes) {
  v1::ListOpen311ServicesRequest request;
  request.set_format("json");
  domain::EdgeRequest http;
  EXPECT_REFUSED("jurisdiction_missing", at_edge("ListOpen311Services", request, anonymous(), http));
  request.set_jurisdiction_id("nowhere");
  EXPECT_REFUSED("jurisdiction_unknown", at_edge("ListOpen311Services", request, anonymous(), http));
}

}  // namespace
}  // namespace wenming::hotline
