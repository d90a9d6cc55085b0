#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/value.h"
#include "hotline/service.h"
#include "testing/service_fixture.h"
#include "wenming/hotline/v1/case_actions.pb.h"
#include "wenming/hotline/v1/cases.pb.h"

namespace wenming::hotline {

using testing::at;

/// The service with a district, whose office receives cases, two units in it and a neighbour outside, and the people
/// who work with them. It is Thursday 2026-03-05, 09:00.
class HotlineFixture : public testing::ServiceFixture {
 protected:
  HotlineFixture() : ServiceFixture(&hotline::service) {
    organisation("district");
    organisation("bureau", "district");
    organisation("school", "district");
    organisation("neighbour");
    grant("agent", contract::v1::ROLE_OPERATOR, "district");
    grant("liaison", contract::v1::ROLE_LIAISON, "bureau");
    grant("teacher", contract::v1::ROLE_LIAISON, "school");
  }

  [[nodiscard]] static domain::Principal agent() { return as("agent"); }
  [[nodiscard]] static domain::Principal liaison() { return as("liaison"); }

  /// What a citizen sends from the street.
  static v1::CreateCaseRequest snapshot(const std::string& subject) {
    v1::CreateCaseRequest request;
    request.set_receiving_unit_id("district");
    request.set_channel(v1::CHANNEL_SNAPSHOT);
    request.set_kind(v1::CASE_KIND_COMPLAINT);
    request.set_subject(subject);
    return request;
  }
  v1::Case create(const v1::CreateCaseRequest& request, const domain::Principal& by = anonymous()) {
    return call<v1::Case>("CreateCase", request, by);
  }
  v1::Case get(const std::string& id, contract::v1::Datum datum = contract::v1::DATUM_UNSPECIFIED,
               const domain::Principal& by = agent()) {
    v1::GetCaseRequest request;
    request.set_case_id(id);
    request.set_datum(datum);
    return call<v1::Case>("GetCase", request, by);
  }
  std::vector<v1::CaseHistoryEntry> history_of(const std::string& id) {
    v1::ListCaseHistoryRequest request;
    request.set_case_id(id);
    const auto response = call<v1::ListCaseHistoryResponse>("ListCaseHistory", request, agent());
    return {response.entries().begin(), response.entries().end()};
  }

  v1::Case accept(const std::string& id, const domain::Principal& by = agent()) {
    return act<v1::AcceptCaseRequest>("AcceptCase", id, by);
  }
  v1::Case decline(const std::string& id, const std::string& reason, const domain::Principal& by = agent()) {
    return act<v1::DeclineCaseRequest>("DeclineCase", id, by, [&](auto& r) { r.set_reason(reason); });
  }
  v1::Case dispatch(const std::string& id, const std::string& unit_id, std::optional<int> working_hours = {},
                    const domain::Principal& by = agent()) {
    return act<v1::DispatchCaseRequest>("DispatchCase", id, by, [&](auto& r) {
      r.set_unit_id(unit_id);
      if (working_hours) r.set_working_hours(*working_hours);
    });
  }
  v1::Case sign(const std::string& id, const domain::Principal& by = liaison()) {
    return act<v1::SignCaseRequest>("SignCase", id, by);
  }
  v1::Case reply(const std::string& id, const std::string& text, const domain::Principal& by = liaison()) {
    return act<v1::ReplyToCaseRequest>("ReplyToCase", id, by, [&](auto& r) { r.set_text(text); });
  }
  v1::Case call_back(const std::string& id, bool satisfied, const std::string& note = {},
                     const domain::Principal& by = agent()) {
    return act<v1::CallBackCaseRequest>("CallBackCase", id, by, [&](auto& r) {
      r.set_satisfied(satisfied);
      r.set_note(note);
    });
  }
  v1::Case close(const std::string& id, const domain::Principal& by = agent()) {
    return act<v1::CloseCaseRequest>("CloseCase", id, by);
  }
  v1::Case reopen(const std::string& id, const std::string& reason, const domain::Principal& by = agent()) {
    return act<v1::ReopenCaseRequest>("ReopenCase", id, by, [&](auto& r) { r.set_reason(reason); });
  }

  v1::Case give_back(const std::string& id, const std::string& reason, const domain::Principal& by = liaison()) {
    return act<v1::ReturnCaseRequest>("ReturnCase", id, by, [&](auto& r) { r.set_reason(reason); });
  }
  v1::Case adjudicate(const std::string& id, const std::string& unit_id, const domain::Principal& by = agent()) {
    return act<v1::AdjudicateCaseRequest>("AdjudicateCase", id, by, [&](auto& r) {
      r.set_unit_id(unit_id);
      r.set_reason("职责在此");
    });
  }
  v1::Case not_reached(const std::string& id) {
    return act<v1::CallBackCaseRequest>("CallBackCase", id, agent(), [](auto& r) { r.set_reached(false); });
  }
  v1::Case request_extension(const std::string& id, int working_hours, const domain::Principal& by = liaison()) {
    return act<v1::RequestExtensionRequest>("RequestExtension", id, by, [&](auto& r) {
      r.set_working_hours(working_hours);
      r.set_reason("等待配件");
    });
  }
  v1::Case decide_extension(const std::string& id, bool approved, const std::string& reason = {}) {
    return act<v1::DecideExtensionRequest>("DecideExtension", id, agent(), [&](auto& r) {
      r.set_approved(approved);
      r.set_reason(reason);
    });
  }
  v1::Case merge(const std::string& id, const std::string& into) {
    return act<v1::MergeCaseRequest>("MergeCase", id, agent(), [&](auto& r) { r.set_into_case_id(into); });
  }

  /// The enum value as answers have it, `RECEIVED`.
  template <class E>
  static std::string word_of(E value) {
    return std::string(domain::enum_word(value));
  }

  template <class Request, class Fill>
  v1::Case act(std::string_view rpc, const std::string& id, const domain::Principal& by, Fill fill) {
    Request request;
    request.set_case_id(id);
    fill(request);
    return call<v1::Case>(rpc, request, by);
  }
  template <class Request>
  v1::Case act(std::string_view rpc, const std::string& id, const domain::Principal& by) {
    return act<Request>(rpc, id, by, [](Request&) {});
  }
};

}  // namespace wenming::hotline
