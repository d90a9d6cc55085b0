// Judges the running server by its contract: every method, called by every kind of caller, from inside and outside the
// resource's subtree and by nobody, answers what its `allow` rules promise.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "contract/descriptors.h"
#include "e2e/permission_matrix.h"
#include "e2e/small_county.h"

namespace wenming::e2e {
namespace {

namespace v1 = contract::v1;
using contract::Method;
using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;
using Ids = std::map<std::string, std::string, std::less<>>;

/// Every service of this repository, found by the descriptors that the build carries: a new one is here by itself.
std::vector<const ServiceDescriptor*> all_services() {
  google::protobuf::FileDescriptorSet files;
  const std::string_view embedded = contract::descriptors().front().text;
  files.ParseFromArray(embedded.data(), static_cast<int>(embedded.size()));
  std::vector<const ServiceDescriptor*> services;
  for (const auto& file : files.file()) {
    for (const auto& service : file.service())
      services.push_back(DescriptorPool::generated_pool()->FindServiceByName(file.package() + "." + service.name()));
  }
  return services;
}

std::vector<v1::Role> grantable_roles() {
  std::vector<v1::Role> roles;
  const auto& type = *v1::Role_descriptor();
  for (int i = 1; i < type.value_count(); ++i) {
    const auto role = static_cast<v1::Role>(type.value(i)->number());
    if (role != v1::ROLE_CITIZEN && role != v1::ROLE_USER) roles.push_back(role);
  }
  return roles;
}

std::string text_of(v1::Role role) {
  return v1::Role_Name(role).substr(std::string_view("ROLE_").size());
}

/// A caller of the matrix and the connection that it calls with. People keep further sessions, for some methods end the
/// one that they are called with.
struct Caller {
  Standing standing;
  DirectClient client;
  std::vector<std::string> further_tokens;
  Ids ids;  // what requests of this caller name
};

/// One of everything that a method can name, standing under the eastern community.
class World {
 public:
  explicit World(SmallCounty& county)
      : county_(county),
        office_(county.caller("OFFICE", county.district)),
        liaison_(county.caller("LIAISON", county.district)) {
    co_unit_ = county.organisation("E3", county.east_community, "UNIT");
    county.settle();
    make_people();
    make_relations();
    county.settle();
    make_volunteering();
    make_inspection();
    renew();
    make_publicity();
    make_catalogue();
    make_public_case();
    make_job();
    ids_["dead_letter_id"] = "1";
    ids_["unit_id"] = ids_["parent_id"] = ids_["receiving_unit_id"] = county.east_community;
    ids_["organisation_id"] = county.organisation("E2", county.east_community, "UNIT");
    county.settle();
  }

  /// Makes anew what cannot be called upon twice: a case that the east received and its community handles, and a
  /// webhook of the community.
  void renew() {
    make_webhook();
    make_hotline();
  }

  [[nodiscard]] const Ids& ids() const { return ids_; }
  [[nodiscard]] const std::string& owner_id() const { return owner_id_; }
  /// The unit that stands behind the eastern community.
  [[nodiscard]] const std::string& guarantor() const { return guarantor_; }

  /// Puts a user into the team that is assigned to the eastern community.
  void seat_user(const std::string& user_id) {
    const std::string staff_id = enter(county_.west_community);
    make(county_.admin(), fmt::format("/v1/staff/{}:link", staff_id), fmt::format(R"({{"user_id":"{}"}})", user_id));
    seat(team_, staff_id);
  }

 private:
  Answer make(DirectClient& by, std::string_view target, std::string_view json) {
    return expect_success(by.post(target, json));
  }
  [[nodiscard]] const std::string& unit() const { return county_.east_community; }

  void make_people() {
    ids_["user_id"] = county_.user("somebody", unit());
    owner_id_ = county_.user("owner", unit());
    county_.grant(owner_id_, "VOLUNTEER", unit());
    const Answer grant =
        make(county_.admin(), "/v1/grants",
             fmt::format(R"({{"user_id":"{}","role":"LIAISON","unit_id":"{}"}})", ids_["user_id"], unit()));
    ids_["grant_id"] = grant.text("/id");
    const Answer key = make(county_.admin(), "/v1/api-keys",
                            fmt::format(R"({{"name":"key","role":"OPERATOR","unit_id":"{}","expires_at":"{}"}})",
                                        unit(), moment(std::chrono::hours(1))));
    ids_["api_key_id"] = key.text("/api_key/id");
    ids_["session_id"] = county_.sign_in("owner").text("/session_id");
  }

  /// A unit of a third township stands behind the eastern community, and a team of the district is assigned to it. What
  /// the callers end and correct are others, or those who come later would find nothing.
  void make_relations() {
    guarantor_ = county_.organisation("S1", county_.organisation("S", county_.district, "TOWNSHIP"), "UNIT");
    ids_["holder_id"] = guarantor_;
    relate("GUARANTOR", guarantor_);
    ids_["relation_id"] = relate("CO_UNIT", guarantor_);
    team_ = form_body();
    relate("ASSESSMENT_TEAM", team_);
    ids_["body_id"] = form_body();
    ids_["staff_id"] = enter(unit());
    ids_["body_member_id"] = seat(ids_["body_id"], ids_["staff_id"]);
    ids_["exemption_id"] =
        make(county_.admin(), fmt::format("/v1/staff/{}/exemptions", ids_["staff_id"]), R"({"reason":"r"})")
            .text("/id");
    ids_["responsible_person_id"] =
        make(county_.admin(), "/v1/responsible-persons",
             fmt::format(R"({{"unit_id":"{}","staff_id":"{}","responsibility":"FIRST"}})", unit(), ids_["staff_id"]))
            .text("/id");
  }

  std::string relate(std::string_view kind, std::string_view holder) {
    return make(county_.admin(), "/v1/relations",
                fmt::format(R"({{"kind":"{}","holder_id":"{}","unit_id":"{}"}})", kind, holder, unit()))
        .text("/id");
  }
  std::string form_body() {
    return make(county_.admin(), "/v1/bodies",
                fmt::format(R"({{"unit_id":"{}","kind":"ASSESSMENT_TEAM","name":"t"}})", unit()))
        .text("/id");
  }
  std::string enter(std::string_view unit_id) {
    return make(county_.admin(), "/v1/staff", fmt::format(R"({{"unit_id":"{}","name":"丙"}})", unit_id)).text("/id");
  }
  std::string seat(std::string_view body_id, std::string_view staff_id) {
    return make(county_.admin(), fmt::format("/v1/bodies/{}/members", body_id),
                fmt::format(R"({{"staff_id":"{}","position":"MEMBER"}})", staff_id))
        .text("/id");
  }

  void make_volunteering() {
    const Answer volunteer =
        make(office_, "/v1/volunteers",
             fmt::format(R"({{"display_name":"甲","phone":"13800000001","unit_id":"{}","user_id":"{}"}})", unit(),
                         owner_id_));
    ids_["volunteer_id"] = volunteer.text("/id");
    // One that is over cannot be published by those who call later: it stays a draft.
    const Answer activity =
        make(office_, "/v1/activities",
             fmt::format(R"({{"unit_id":"{}","title":"t","place":"p","starts_at":"{}","ends_at":"{}","head_count":5}})",
                         unit(), moment(-std::chrono::hours(26)), moment(-std::chrono::hours(24))));
    ids_["activity_id"] = activity.text("/id");
    for (const int hours_ago : {30, 27}) {
      const Answer hours = make(liaison_, fmt::format("/v1/volunteers/{}/hours", ids_["volunteer_id"]),
                                fmt::format(R"({{"starts_at":"{}","minutes":60,"description":"d"}})",
                                            moment(-std::chrono::hours(hours_ago))));
      ids_["hours_id"] = hours.text("/id");
      if (hours_ago == 30)
        make(office_, fmt::format("/v1/hours/{}:approve", ids_["hours_id"]), "{}");  // fills the months
    }
  }

  void make_inspection() {
    ids_["point_id"] = make(office_, "/v1/points", fmt::format(R"({{"name":"p","unit_id":"{}"}})", unit())).text("/id");
    ids_["inspection_id"] = fresh_uuid();
    const Answer inspection = expect_success(office_.send(
        "PUT", "/v1/inspections/" + ids_["inspection_id"], {{"Content-Type", "application/json"}},
        fmt::format(
            R"({{"point_id":"{}","kind":"ROUTINE","inspected_at":"{}","findings":[{{"category":"c","severity":"HIGH"}}]}})",
            ids_["point_id"], moment(-std::chrono::hours(1)))));
    ids_["rectification_order_id"] = inspection.text("/findings/0/rectification_order_id");
  }

  void make_hotline() {
    const auto body = [&](std::string_view complainant) {
      return fmt::format(R"({{"receiving_unit_id":"{}","channel":"SNAPSHOT","kind":"COMPLAINT","subject":"s",{}}})",
                         county_.east, complainant);
    };
    const Answer subject =
        make(office_, "/v1/cases", body(R"("complainant_name":"乙","complainant_phone":"13800000002")"));
    ids_["case_id"] = subject.text("/id");
    ids_["tracking_code"] = subject.text("/tracking_code");
    make_attachment();
    make(office_, fmt::format("/v1/cases/{}:publish", ids_["case_id"]), "{}");
    make(office_, fmt::format("/v1/cases/{}:accept", ids_["case_id"]), "{}");
    make(office_, fmt::format("/v1/cases/{}:dispatch", ids_["case_id"]), fmt::format(R"({{"unit_id":"{}"}})", unit()));
    ids_["co_unit_id"] = make(office_, fmt::format("/v1/cases/{}/co-units", ids_["case_id"]),
                              fmt::format(R"({{"unit_id":"{}"}})", co_unit_))
                             .text("/id");
  }

  /// At an address that is called by nobody: it is one for documents only, which the server refuses to call.
  void make_webhook() {
    ids_["url"] = "https://192.0.2.1/cases";
    if (ids_.contains("webhook_id")) office_.post(fmt::format("/v1/webhooks/{}:remove", ids_["webhook_id"]), "{}");
    const Answer webhook =
        make(office_, "/v1/webhooks", fmt::format(R"({{"unit_id":"{}","name":"n","url":"{}"}})", unit(), ids_["url"]));
    ids_["webhook_id"] = webhook.text("/webhook/id");
    ids_["webhook_delivery_id"] =
        make(office_, fmt::format("/v1/webhooks/{}:test", ids_["webhook_id"]), "{}").text("/id");
  }

  /// One that the citizen has sent, and that can be downloaded.
  void make_attachment() {
    constexpr std::string_view kFile = "%PDF-1.7\n%...";
    const Answer upload =
        make(office_, "/v1/uploads", fmt::format(R"({{"name":"n.pdf","size_bytes":{}}})", kFile.size()));
    ids_["attachment_id"] = upload.text("/id");
    ids_["upload_token"] = upload.text("/upload_token");
    const std::string path = "/v1/uploads/" + ids_["attachment_id"], token = "?upload_token=" + ids_["upload_token"];
    expect_success(office_.send("PATCH", path + "/content" + token, {{"Upload-Offset", "0"}}, kFile));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (office_.get(path + token).text("/state") != "READY" && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    make(office_, path + ":attach",
         fmt::format(R"({{"upload_token":"{}","tracking_code":"{}"}})", ids_["upload_token"], ids_["tracking_code"]));
  }

  /// One that nobody withdraws, as Open311 names it.
  void make_public_case() {
    ids_["format"] = "json";
    ids_["service_code"] = ids_["code"];
    const Answer subject = make(office_, "/v1/cases",
                                fmt::format(R"({{"receiving_unit_id":"{}","channel":"OPEN311","kind":"COMPLAINT",)"
                                            R"("subject":"s","anonymous":true}})",
                                            county_.east));
    ids_["service_request_id"] = subject.text("/id");
    ids_["token"] = subject.text("/tracking_code");
  }

  void make_catalogue() {
    ids_["code"] = "A";
    expect_success(county_.admin().send("PUT", "/v1/case-categories/A", {{"Content-Type", "application/json"}},
                                        R"({"name":"n"})"));
    const Answer entry =
        make(office_, "/v1/dispatch-entries",
             fmt::format(R"({{"receiving_unit_id":"{}","category":"A","lead_unit_id":"{}"}})", unit(), co_unit_));
    ids_["dispatch_entry_id"] = entry.text("/id");
  }

  /// One that the owner of everything started while they were an operator, and that is over.
  void make_job() {
    const Answer grant = make(county_.admin(), "/v1/grants",
                              fmt::format(R"({{"user_id":"{}","role":"OPERATOR","unit_id":"{}"}})", owner_id_, unit()));
    county_.settle();
    DirectClient owner = county_.person("owner");
    const Answer job = expect_success(
        owner.send("POST", fmt::format("/v1/cases:import?unit_id={0}&receiving_unit_id={0}&source=s", unit()),
                   {{"Content-Type", "text/csv"}, {"Idempotency-Key", fresh_key()}}, "column\nvalue\n"));
    ids_["service"] = job.text("/service");
    ids_["job_id"] = job.text("/id");
    const std::string address = fmt::format("/v1/jobs/{}/{}", ids_["service"], ids_["job_id"]);
    EXPECT_TRUE(eventually([&] { return !expect_success(owner.get(address)).text("/ended_at").empty(); }));
    make(county_.admin(), fmt::format("/v1/grants/{}:end", grant.text("/id")), "{}");
    county_.settle();
  }

  void make_publicity() {
    const Answer placement = make(
        office_, "/v1/placements",
        fmt::format(R"({{"unit_id":"{}","medium":"BILLBOARD","theme":"CORE_VALUES","place":"p","installed_on":"{}"}})",
                    unit(), day(-10)));
    ids_["placement_id"] = placement.text("/id");
    const Answer brief = make(office_, "/v1/briefs",
                              fmt::format(R"({{"unit_id":"{}","kind":"NEWS","title":"t","progress":"p"}})", unit()));
    ids_["brief_id"] = brief.text("/id");
  }

  SmallCounty& county_;
  DirectClient office_, liaison_;
  std::string owner_id_, guarantor_, team_;
  std::string co_unit_;
  Ids ids_;
};

class PermissionMatrixTest : public ::testing::Test {
 protected:
  /// A key for every role: on a subtree that holds the resources, on the unit that handles what another one received,
  /// on a subtree without either, on a unit outside of it that stands behind the resources' community, and on
  /// everything.
  std::vector<Caller> keys_of_every_role() {
    std::vector<Caller> callers;
    for (const v1::Role role : grantable_roles()) {
      const std::string name = text_of(role);
      const auto add = [&](const std::string& unit, Standing standing) {
        standing.name = name + " " + standing.name;
        standing.roles = {role};
        callers.push_back({std::move(standing), county_.caller(name, unit), {}, world_.ids()});
      };
      add(county_.east, {.name = "inside", .reaches = true, .receives = true});
      add(county_.east_community, {.name = "handling", .reaches = true});
      add(county_.west, {.name = "outside"});
      add(world_.guarantor(), {.name = "guarantor", .relations = {v1::RELATION_KIND_GUARANTOR}});
      add("", {.name = "everywhere", .reaches = true, .receives = true, .everywhere = true});
    }
    return callers;
  }

  /// A volunteer to whom the resources belong, one to whom they do not, somebody without any grant, and nobody.
  std::vector<Caller> people() {
    const std::string stranger = county_.user("stranger", county_.west_community);
    county_.user("newcomer", county_.west_community);
    county_.grant(stranger, "VOLUNTEER", county_.west_community);
    const std::string assessor = county_.user("assessor", county_.west_community);
    county_.grant(assessor, "INSPECTOR", county_.west_community);
    world_.seat_user(assessor);

    std::vector<Caller> callers;
    Ids own = world_.ids();
    own["user_id"] = world_.owner_id();
    callers.push_back(person({.name = "owner", .roles = {v1::ROLE_VOLUNTEER}, .reaches = true, .owns = true}, own));
    callers.push_back(person({.name = "stranger", .roles = {v1::ROLE_VOLUNTEER}}, own));
    callers.push_back(person({.name = "newcomer"}, own));
    callers.push_back(person({.name = "assessor",
                              .roles = {v1::ROLE_INSPECTOR},
                              .relations = {v1::RELATION_KIND_BODY_MEMBER, v1::RELATION_KIND_ASSESSMENT_TEAM}},
                             own));
    callers.push_back({{.name = "nobody", .signed_in = false}, county_.nobody(), {}, world_.ids()});
    return callers;
  }

  Caller person(Standing standing, Ids ids) {
    standing.person = true;
    DirectClient client(server_.url(), county_.sign_in(standing.name).text("/access_token"));
    std::vector<std::string> further;
    for (int i = 0; i < 2; ++i) further.push_back(county_.sign_in(standing.name).text("/access_token"));
    return {std::move(standing), std::move(client), std::move(further), std::move(ids)};
  }

  /// Calls every method as this caller.
  void call_everything(Caller& caller) {
    world_.renew();
    for (const char* name : {"case_id", "co_unit_id", "tracking_code", "webhook_id", "webhook_delivery_id",
                             "attachment_id", "upload_token"})
      caller.ids[name] = world_.ids().at(name);
    const SampleRequests requests(caller.ids);
    for (const auto& method : contract_.methods()) {
      SCOPED_TRACE(fmt::format("{} by {}", method->name(), caller.standing.name));
      const Answer answer = call(*method, caller, requests.of(*method));
      judge(*method, caller, answer);
      stay_signed_in(caller);
    }
  }

  Answer call(const Method& method, Caller& caller, const SampleRequest& request) {
    if (method.is_live()) {
      // The head of an admitted stream is enough.
      const http::Reply reply = caller.client.read_lines(request.target, {}, [](std::string_view) { return false; });
      Answer answer{reply.status, reply.headers, reply.body, {}};
      answer.json.Parse(answer.body.c_str());
      if (answer.json.HasParseError()) answer.json.SetNull();
      return answer;
    }
    http::Headers headers;
    if (!request.media_type.empty()) headers.add("Content-Type", request.media_type);
    if (method.is_edge()) headers.add("Upload-Offset", "0");
    if (method.writes() && method.verb == contract::Verb::Post) headers.add("Idempotency-Key", fresh_key());
    return caller.client.send(contract::to_text(method.verb), request.target, headers, request.body);
  }

  void judge(const Method& method, const Caller& caller, const Answer& answer) {
    const Verdict expected = promised(method, caller.standing);
    EXPECT_EQ(to_text(observed(method, answer)), to_text(expected)) << answer.status << " " << answer.body;
    ++verdicts_[expected];
    EXPECT_LT(answer.status, 500U) << answer.body;
    // Fields are judged before permissions: such an answer would prove nothing.
    EXPECT_THAT(answer.code(), ::testing::Not(::testing::AnyOf("invalid_fields", "malformed", "header")))
        << answer.body;
    if (expected == Verdict::Admitted && shows_rows(method)) judge_rows(method, caller, answer);
  }

  /// What the answer says about the caller. Later rules may answer 401 to 404 as well, with codes of their own.
  static Verdict observed(const Method& method, const Answer& answer) {
    const std::string code = answer.code();
    if (answer.status == 401 && code == "not_signed_in") return Verdict::NotSignedIn;
    if (answer.status == 403 && code == "not_allowed") return Verdict::NotAllowed;
    // Operations are judged without a resource; they look for the dead letter afterwards.
    if (answer.status == 404 && method.kind != v1::KIND_OPERATION) return Verdict::NotFound;
    return Verdict::Admitted;
  }

  /// Whoever reaches the resources finds one in the list; whoever does not finds nothing that stands in the east.
  void judge_rows(const Method& method, const Caller& caller, const Answer& answer) {
    for (const auto& rule : method.rule.allow())
      if (rule.when() == v1::WHEN_ALWAYS) return;
    int rows = 0;
    int foreign = 0;
    for (const auto& [name, value] : answer.json.GetObject()) {
      if (!value.IsArray()) continue;
      for (const auto& row : value.GetArray()) {
        ++rows;
        const std::string unit(runtime::text_of(row, "unit_id"));
        if (unit == county_.east || unit == county_.east_community) ++foreign;
      }
    }
    if (finds_rows(method, caller.standing)) {
      EXPECT_GT(rows, 0) << answer.body;
    } else {
      EXPECT_EQ(foreign, 0) << answer.body;
    }
  }

  void stay_signed_in(Caller& caller) {
    if (!caller.standing.person || caller.client.get("/v1/me").status != 401) return;
    ASSERT_FALSE(caller.further_tokens.empty()) << "no session is left";
    caller.client = DirectClient(server_.url(), caller.further_tokens.back());
    caller.further_tokens.pop_back();
  }

  void judge_all(std::vector<Caller> callers) {
    county_.settle();
    for (Caller& caller : callers) call_everything(caller);
    std::size_t checked = 0;
    std::string counts;
    for (const auto& [verdict, count] : verdicts_) {
      checked += count;
      counts += fmt::format(", {} {}", to_text(verdict), count);
    }
    fmt::print("{} methods, {} callers: {} combinations checked{}\n", contract_.methods().size(), callers.size(),
               checked, counts);
    EXPECT_EQ(checked, contract_.methods().size() * callers.size());
  }

  const contract::Contract contract_{all_services()};
  const TemporaryFolder folder_;
  ServerProcess server_{folder_.path() / "data"};
  SmallCounty county_{server_};
  World world_{county_};
  std::map<Verdict, std::size_t> verdicts_;
};

TEST_F(PermissionMatrixTest, CoversEveryMethodThatTheServerHas) {
  const Answer document = county_.nobody().get("/openapi.json");
  std::set<std::string> served;
  for (const auto& [path, verbs] : document.json["paths"].GetObject())
    for (const auto& [verb, operation] : verbs.GetObject())
      if (operation.IsObject() && operation.HasMember("operationId"))
        served.insert(std::string(runtime::text_of(operation, "operationId")));
  std::set<std::string> judged;
  for (const auto& method : contract_.methods())
    judged.insert(method->descriptor->service()->name() + "_" + method->name());
  EXPECT_EQ(judged, served);
}

TEST_F(PermissionMatrixTest, HoldsForEveryRoleInsideAndOutsideItsSubtree) {
  judge_all(keys_of_every_role());
}

TEST_F(PermissionMatrixTest, HoldsForOwnersStrangersAndThoseWhoAreNotSignedIn) {
  judge_all(people());
}

}  // namespace
}  // namespace wenming::e2e
