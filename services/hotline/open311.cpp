#include "hotline/open311.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "contract/json.h"
#include "contract/problem.h"
#include "contract/request.h"
#include "contract/xml.h"
#include "core/text.h"
#include "hotline/categories.h"
#include "hotline/open311_requests.h"
#include "hotline/tracking.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/case_actions.pb.h"
#include "wenming/hotline/v1/cases.pb.h"
#include "wenming/hotline/v1/catalogue.pb.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Edge;
using domain::EdgeAnswer;
using domain::EdgeRequest;
using domain::ReadTx;
using domain::Refusal;

namespace {

/// When what is answered last took another form.
constexpr std::string_view kChangeset = "2026-11-23T00:00:00+08:00";
constexpr std::size_t kSubjectCharacters = 60;

enum class Format { Json, Xml };

/// The ending of a path; others than these two there are not.
Format format_of(std::string_view ending) {
  if (ending == "json") return Format::Json;
  if (ending == "xml") return Format::Xml;
  throw domain::not_found("format");
}

EdgeAnswer answer(Format format, std::string body, unsigned status = 200) {
  return {.status = status,
          .headers = {{"Content-Type",
                       format == Format::Xml ? "text/xml; charset=utf-8" : "application/json; charset=utf-8"}},
          .body = std::move(body)};
}

/// A list, which in JSON is an array and nothing around it.
template <class M>
EdgeAnswer list_answer(Format format, std::string_view root, std::string_view element, const std::vector<M>& entries,
                       unsigned status = 200) {
  if (format == Format::Xml) {
    std::vector<const google::protobuf::Message*> messages;
    messages.reserve(entries.size());
    for (const M& entry : entries) messages.push_back(&entry);
    return answer(format, contract::write_xml(root, element, messages), status);
  }
  std::string body = "[";
  for (const M& entry : entries) {
    if (body.size() > 1) body += ',';
    contract::write_json(entry, body, {.offset = {}});
  }
  return answer(format, body += ']', status);
}

EdgeAnswer single_answer(Format format, std::string_view root, const google::protobuf::Message& entry) {
  if (format == Format::Xml) return answer(format, contract::write_xml(root, entry));
  std::string body;
  contract::write_json(entry, body, {.offset = {}});
  return answer(format, std::move(body));
}

/// Of a request that was refused, whatever its ending.
Format format_of(const EdgeRequest& request) {
  return request.path.ends_with(".xml") ? Format::Xml : Format::Json;
}

/// The next page of the same question.
std::string next_page(const EdgeRequest& request, int page) {
  std::string target = request.path + '?';
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view parameter = rest.substr(0, end);
    if (!parameter.starts_with("page=")) target.append(parameter).append("&");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return '<' + target + "page=" + std::to_string(std::max(page, 1) + 1) + ">; rel=\"next\"";
}

std::string word_of(v1::AttributeType type) {
  std::string word(domain::enum_word(type));
  std::transform(word.begin(), word.end(), word.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return word;
}

v1::Open311ServiceDefinition definition_of(const v1::Category& category) {
  v1::Open311ServiceDefinition definition;
  definition.set_service_code(category.code());
  int order = 0;
  for (const v1::AttributeDefinition& question : category.attributes()) {
    v1::Open311Attribute& attribute = *definition.add_attributes();
    attribute.set_variable(!question.has_variable() || question.variable());
    attribute.set_code(question.code());
    attribute.set_datatype(word_of(question.datatype()));
    attribute.set_required(question.required());
    attribute.set_datatype_description(question.datatype_description());
    attribute.set_order(++order);
    attribute.set_description(question.description());
    for (const v1::AttributeChoice& choice : question.choices()) {
      v1::Open311Value& value = *attribute.add_values();
      value.set_key(choice.key());
      value.set_name(choice.name());
    }
  }
  return definition;
}

/// `attribute[CODE]` and `attribute[CODE][]`, which are no fields that a contract could name.
void read_answers(const EdgeRequest& request, v1::CreateCaseRequest& subject) {
  constexpr std::string_view kBegin = "attribute[";
  for (const auto& [name, value] : contract::parse_parameters(request.body)) {
    if (!name.starts_with(kBegin) || core::trim(value).empty()) continue;
    const std::size_t end = name.find(']', kBegin.size());
    if (end == std::string::npos) throw Refusal(v1::PROBLEM_PARAMETER, {{"parameter", name}, {"value", value}});
    v1::CaseAttribute& answer = *subject.add_attributes();
    answer.set_code(name.substr(kBegin.size(), end - kBegin.size()));
    answer.set_value(value);
  }
}

/// Cases have a line of their own; reports have none.
std::string subject_of(const std::string& description, const std::string& service_name) {
  const std::string_view line = core::trim(std::string_view(description).substr(0, description.find('\n')));
  return line.empty() ? service_name : std::string(core::first_code_points(line, kSubjectCharacters));
}

void read_place(const v1::CreateOpen311RequestRequest& request, v1::CreateCaseRequest& subject) {
  if (request.has_lat() != request.has_long_() || (!request.has_lat() && request.address_string().empty()))
    throw Refusal(v1::PROBLEM_LOCATION_MISSING);
  subject.set_place(request.address_string());
  if (!request.has_lat()) return;
  subject.mutable_position()->set_datum(contract::v1::DATUM_WGS84);
  subject.mutable_position()->set_latitude(request.lat());
  subject.mutable_position()->set_longitude(request.long_());
}

/// The case is public, so whoever may not add to it need not be told that there is none.
v1::Case supplemented(Edge& edge, const v1::SupplementCaseRequest& supplement) {
  try {
    return edge.call<v1::Case>("SupplementCase", supplement,
                               {.idempotency_key = std::string(edge.request().header("Idempotency-Key"))});
  } catch (const Refusal& refusal) {
    if (refusal.status() == 404) throw Refusal(v1::PROBLEM_INTAKE_KEY);
    throw;
  }
}

/// The caller goes on as the system that the key belongs to, if there is one.
void sign_in(Edge& edge, const std::string& api_key) {
  if (!api_key.empty()) edge.sign_in(api_key);
}

}  // namespace

Open311::Open311(core::Settings& settings)
    : jurisdiction_(settings.text("hotline.open311_jurisdiction", "",
                                  "Official code of the organisation that receives what comes in by Open311 without "
                                  "jurisdiction_id; empty: the only one at the top, if there is only one.")),
      contact_(settings.text(
          "hotline.open311_contact", "",
          "How to get a key for Open311, for the developers of its clients: an address or a sentence.")) {}

std::string Open311::office(ReadTx& tx, std::string_view jurisdiction_id) const {
  const std::string_view code = jurisdiction_id.empty() ? std::string_view(jurisdiction_) : jurisdiction_id;
  if (code.empty()) {
    const std::vector<std::string> tops = reference::tops(tx);
    if (tops.size() != 1) throw Refusal(v1::PROBLEM_JURISDICTION_MISSING);
    return tops.front();
  }
  std::string id = reference::unit_by_code(tx, code);
  if (id.empty()) throw Refusal(v1::PROBLEM_JURISDICTION_UNKNOWN, {{"jurisdiction", std::string(code)}});
  return id;
}

EdgeAnswer Open311::discover(Edge& edge, const v1::DiscoverOpen311Request& request) const {
  const Format format = format_of(request.format());
  const std::string_view proto = edge.request().header("X-Forwarded-Proto");
  v1::Open311Discovery discovery;
  discovery.set_changeset(std::string(kChangeset));
  discovery.set_contact(contact_);
  discovery.set_key_service(contact_);
  v1::Open311Endpoint& endpoint = *discovery.add_endpoints();
  endpoint.set_specification("http://wiki.open311.org/GeoReport_v2");
  endpoint.set_url((proto == "https" ? "https://" : "http://") + std::string(edge.request().header("Host")) +
                   "/open311/v2");
  endpoint.set_changeset(std::string(kChangeset));
  endpoint.set_type("production");
  endpoint.add_formats("application/json");
  endpoint.add_formats("text/xml");
  return single_answer(format, "discovery", discovery);
}

EdgeAnswer Open311::services(Edge& edge, const v1::ListOpen311ServicesRequest& request) const {
  const Format format = format_of(request.format());
  std::vector<v1::Open311Listing> listings;
  edge.read([&](ReadTx& tx) {
    static_cast<void>(office(tx, request.jurisdiction_id()));
    for (const domain::Row& row :
         tx.query("SELECT c.code, c.name, c.description, c.keywords, COALESCE(p.name, ''), "
                  "EXISTS (SELECT 1 FROM category_attributes a WHERE a.category_code = c.code) "
                  "FROM categories c LEFT JOIN categories p ON p.code = c.parent_code WHERE NOT c.retired AND "
                  "NOT EXISTS (SELECT 1 FROM categories b WHERE b.parent_code = c.code AND NOT b.retired) ORDER BY "
                  "c.code")) {
      v1::Open311Listing& listing = listings.emplace_back();
      listing.set_service_code(std::string(row.text(0)));
      listing.set_service_name(std::string(row.text(1)));
      listing.set_description(std::string(row.text(2)));
      listing.set_metadata(row.boolean(5));
      listing.set_type("realtime");
      listing.set_keywords(std::string(row.text(3)));
      listing.set_group(std::string(row.text(4)));
    }
    return listings.size();
  });
  return list_answer(format, "services", "service", listings);
}

EdgeAnswer Open311::service(Edge& edge, const v1::GetOpen311ServiceRequest& request) const {
  const Format format = format_of(request.format());
  const v1::Category category = edge.read([&](ReadTx& tx) {
    static_cast<void>(office(tx, request.jurisdiction_id()));
    return categories::require(tx, request.service_code());
  });
  return single_answer(format, "service_definition", definition_of(category));
}

EdgeAnswer Open311::create(Edge& edge, const v1::CreateOpen311RequestRequest& request) const {
  const Format format = format_of(request.format());
  sign_in(edge, request.api_key());
  v1::CreateCaseRequest subject;
  subject.set_channel(v1::CHANNEL_OPEN311);
  subject.set_kind(v1::CASE_KIND_COMPLAINT);
  subject.set_category(request.service_code());
  subject.set_detail(request.description());
  subject.set_media_url(request.media_url());
  // In the order in which names stand in Chinese.
  subject.set_complainant_name(request.last_name() + request.first_name());
  subject.set_complainant_phone(request.phone());
  read_place(request, subject);
  read_answers(edge.request(), subject);
  edge.read([&](ReadTx& tx) {
    subject.set_receiving_unit_id(office(tx, request.jurisdiction_id()));
    subject.set_subject(subject_of(request.description(), categories::require(tx, request.service_code()).name()));
    return true;
  });
  const auto created = edge.call<v1::Case>("CreateCase", subject,
                                           {.idempotency_key = std::string(edge.request().header("Idempotency-Key"))});
  v1::Open311Receipt receipt;
  receipt.set_service_request_id(created.id());
  receipt.set_token(created.tracking_code());
  return list_answer(format, "service_requests", "request", std::vector{receipt}, 201);
}

EdgeAnswer Open311::requests(Edge& edge, const v1::ListOpen311RequestsRequest& request) const {
  const Format format = format_of(request.format());
  const auto page =
      edge.read([&](ReadTx& tx) { return open311::requests(tx, office(tx, request.jurisdiction_id()), request); });
  EdgeAnswer told = list_answer(format, "service_requests", "request", page.entries);
  if (page.more) told.headers.emplace_back("Link", next_page(edge.request(), request.page()));
  return told;
}

EdgeAnswer Open311::request(Edge& edge, const v1::GetOpen311RequestRequest& request) const {
  const Format format = format_of(request.format());
  const auto told = edge.read([&](ReadTx& tx) {
    return open311::request(tx, office(tx, request.jurisdiction_id()), request.service_request_id());
  });
  return list_answer(format, "service_requests", "request", std::vector{told});
}

EdgeAnswer Open311::token(Edge& edge, const v1::GetOpen311TokenRequest& request) const {
  const Format format = format_of(request.format());
  v1::Open311Token told;
  edge.read([&](ReadTx& tx) {
    if (!request.jurisdiction_id().empty()) static_cast<void>(office(tx, request.jurisdiction_id()));
    const TrackingCode code = TrackingCode::parse(request.token());
    const auto id = tx.value<std::string>("SELECT id FROM cases WHERE tracking_hash = $1", code.hash());
    if (!id) throw domain::not_found("token");
    told.set_service_request_id(*id);
    told.set_token(code.text());
    return true;
  });
  return list_answer(format, "service_requests", "request", std::vector{told});
}

EdgeAnswer Open311::updates(Edge& edge, const v1::ListOpen311UpdatesRequest& request) const {
  const Format format = format_of(request.format());
  const auto page =
      edge.read([&](ReadTx& tx) { return open311::updates(tx, office(tx, request.jurisdiction_id()), request); });
  EdgeAnswer told = list_answer(format, "service_requests_updates", "request_update", page.entries);
  if (page.more) told.headers.emplace_back("Link", next_page(edge.request(), request.page()));
  return told;
}

EdgeAnswer Open311::add_update(Edge& edge, const v1::CreateOpen311UpdateRequest& request) const {
  const Format format = format_of(request.format());
  sign_in(edge, request.api_key());
  // A case that is not public is none here, whoever asks.
  edge.read([&](ReadTx& tx) {
    return open311::request(tx, office(tx, request.jurisdiction_id()), request.service_request_id());
  });
  v1::SupplementCaseRequest supplement;
  supplement.set_case_id(request.service_request_id());
  supplement.set_text(request.description());
  const v1::Case subject = supplemented(edge, supplement);
  v1::Open311UpdateReceipt receipt;
  receipt.set_update_id(subject.id() + '-' + std::to_string(subject.version()));
  return list_answer(format, "service_request_updates", "request_update", std::vector{receipt}, 201);
}

EdgeAnswer Open311::refused(const EdgeRequest& request, const Refusal& refusal) {
  const contract::Language language = contract::choose_language(request.header("Accept-Language"));
  unsigned status = refusal.status();
  const google::protobuf::EnumValueDescriptor* problem = &refusal.problem();
  if (status == 401 || status == 403) {
    status = 403;
    problem = google::protobuf::GetEnumDescriptor<v1::Problem>()->FindValueByNumber(v1::PROBLEM_INTAKE_KEY);
  } else if (status > 404 && status < 500 && status != 413 && status != 429) {
    status = 400;
  }
  std::vector<v1::Open311Error> errors;
  const auto add = [&](std::string description) {
    errors.emplace_back().set_code(static_cast<int>(status));
    errors.back().set_description(std::move(description));
  };
  for (const domain::FieldError& field : refusal.fields()) {
    const auto* const fault =
        google::protobuf::GetEnumDescriptor<contract::v1::FieldProblem>()->FindValueByNumber(field.problem);
    add(field.pointer.substr(1) + ": " + contract::text_of(*fault, language, field.arguments));
  }
  if (errors.empty()) add(contract::text_of(*problem, language, refusal.arguments()));
  return list_answer(format_of(request), "errors", "error", errors, status);
}

}  // namespace wenming::hotline
