#include "hotline/open311_requests.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "core/mask_text.h"
#include "core/text.h"
#include "core/time.h"
#include "domain/refusal.h"
#include "domain/value.h"
#include "hotline/unit_names.h"
#include "wenming/hotline/v1/cases.pb.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline::open311 {

using domain::ReadTx;
using domain::Refusal;
using domain::Row;
using domain::Value;
using std::chrono::days;

namespace {

constexpr days kLongestPeriod{90};
constexpr std::chrono::hours kRecentUpdates{24};
constexpr std::size_t kMostNamed = 100;
constexpr std::size_t kLongestDescription = 4'000;  // of the protocol

/// Conditions that are put together, each with the values that it asks for.
class Conditions {
 public:
  /// The parameter that stands for the value.
  std::string value(Value value) {
    values_.push_back(value);
    return '$' + std::to_string(values_.size());
  }
  std::string value(std::string text) { return value(Value(std::string_view(texts_.emplace_back(std::move(text))))); }
  void add(std::string_view condition) {
    if (!text_.empty()) text_ += " AND ";
    text_ += condition;
  }
  void add_one_of(std::string_view column, const std::vector<std::string>& choices) {
    std::string list;
    for (const std::string& choice : choices) {
      if (!list.empty()) list += ", ";
      list += value(choice);
    }
    add(std::string(column) + " IN (" + list + ')');
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  std::string text_;
  std::deque<std::string> texts_;  // of the values, at fixed addresses
  std::vector<Value> values_;
};

[[noreturn]] void refuse(std::string_view parameter, std::string_view text) {
  throw Refusal(v1::PROBLEM_PARAMETER, {{"parameter", std::string(parameter)}, {"value", std::string(text)}});
}

std::vector<std::string> named(std::string_view parameter, std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const std::string_view name = core::trim(text.substr(0, comma)); !name.empty()) names.emplace_back(name);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  if (names.empty() || names.size() > kMostNamed) refuse(parameter, std::to_string(names.size()));
  return names;
}

struct Period {
  core::Timestamp from, to;
};
/// Where one end is left out it lies as far from the other as it may, where both are, `otherwise` before now.
Period period(ReadTx& tx, std::string_view start, std::string_view end, std::chrono::hours otherwise) {
  const auto moment = [](std::string_view parameter, std::string_view text) -> std::optional<core::Timestamp> {
    if (text.empty()) return std::nullopt;
    const auto parsed = core::parse_rfc3339(text);
    if (!parsed) refuse(parameter, text);
    return parsed;
  };
  const auto from = moment("start_date", start);
  const auto to = moment("end_date", end);
  const core::Timestamp now = tx.now() + std::chrono::seconds(1);  // the end is no part of a period
  Period asked{.from = now - otherwise, .to = now};
  if (from) asked = {.from = *from, .to = to ? *to : *from + kLongestPeriod};
  if (!from && to) asked = {.from = *to - kLongestPeriod, .to = *to};
  if (asked.to < asked.from || asked.to - asked.from > kLongestPeriod)
    throw Refusal(v1::PROBLEM_PERIOD_TOO_LONG, {{"days", std::to_string(kLongestPeriod.count())}});
  return asked;
}

void add_office(ReadTx& tx, Conditions& conditions, std::string_view office_id) {
  const std::string day = conditions.value(core::to_text(tx.today()));
  conditions.add(
      "EXISTS (SELECT 1 FROM organisation_ancestors a WHERE a.unit_id = c.receiving_unit_id AND "
      "a.ancestor_id = " +
      conditions.value(std::string(office_id)) + " AND a.valid_from <= " + day + " AND a.valid_to > " + day + ')');
}

constexpr std::string_view kOver = "('CLOSED', 'DECLINED', 'MERGED')";

/// `open`, `closed`, or both, which is no condition.
void add_status(Conditions& conditions, std::string_view text) {
  if (text.empty()) return;
  bool open = false;
  bool closed = false;
  for (const std::string& status : named("status", text)) {
    if (status != "open" && status != "closed") refuse("status", text);
    (status == "open" ? open : closed) = true;
  }
  if (open != closed) conditions.add("c.state " + std::string(closed ? "IN " : "NOT IN ") + std::string(kOver));
}

bool is_over(std::string_view state) {
  return kOver.find('\'' + std::string(state) + '\'') != std::string_view::npos;
}

std::string status_of(std::string_view state) {
  return is_over(state) ? "closed" : "open";
}

/// In whole seconds, as the protocol writes moments.
std::string written(ReadTx& tx, std::int64_t micros) {
  return core::to_rfc3339(core::Timestamp(micros - micros % 1'000'000), tx.offset());
}

std::string paging(int page, int page_size) {
  const std::int64_t size = page_size == 0 ? kPageSize : page_size;
  return " LIMIT " + std::to_string(size + 1) + " OFFSET " + std::to_string((std::max(page, 1) - 1) * size);
}

/// Takes off the one more that was read to know whether there are more.
template <class M>
void cut(Page<M>& page, int page_size) {
  const std::size_t size = page_size == 0 ? kPageSize : static_cast<std::size_t>(page_size);
  page.more = page.entries.size() > size;
  if (page.more) page.entries.resize(size);
}

/// What is told of how a case stands.
std::string notes_of(std::string_view state, std::string_view reply, std::string_view declined,
                     std::string_view merged_into) {
  if (state == "DECLINED") return core::mask_numbers(declined);
  if (state == "MERGED") return "duplicate of " + std::string(merged_into);
  return core::mask_numbers(reply);
}

constexpr std::string_view kSelected =
    "SELECT c.id, c.state, c.reply, c.merged_into_id, COALESCE(g.name, c.category), c.category, c.subject, c.detail, "
    "c.unit_id, c.received_at, "
    "(SELECT h.occurred_at FROM case_history h WHERE h.case_id = c.id ORDER BY h.number DESC LIMIT 1), "
    "(SELECT h.text FROM case_history h WHERE h.case_id = c.id AND h.action = 'DECLINE' ORDER BY h.number DESC LIMIT "
    "1), "
    "c.due_at, c.place, c.wgs84_latitude, c.wgs84_longitude, c.media_url "
    "FROM cases c LEFT JOIN categories g ON g.code = c.category WHERE c.published_at IS NOT NULL AND ";

/// As selected by kSelected; in the place of the unit's name, its id.
v1::Open311Request request_of(ReadTx& tx, const Row& row) {
  v1::Open311Request told;
  told.set_service_request_id(std::string(row.text(0)));
  told.set_status(status_of(row.text(1)));
  told.set_status_notes(notes_of(row.text(1), row.text(2), row.text(11), row.text(3)));
  told.set_service_name(std::string(row.text(4)));
  told.set_service_code(std::string(row.text(5)));
  const std::string_view detail = row.text(7);
  const std::string description = core::mask_numbers(detail.empty() ? row.text(6) : detail);
  told.set_description(std::string(core::first_code_points(description, kLongestDescription)));
  told.set_agency_responsible(std::string(row.text(8)));
  told.set_requested_datetime(written(tx, row.integer(9)));
  told.set_updated_datetime(written(tx, row.is_null(10) ? row.integer(9) : row.integer(10)));
  if (!row.is_null(12)) told.set_expected_datetime(written(tx, row.integer(12)));
  told.set_address(core::mask_numbers(row.text(13)));
  if (!row.is_null(14)) {
    told.set_lat(row.real(14));
    told.set_long_(row.real(15));
  }
  if (!row.text(16).empty()) told.set_media_url(std::string(row.text(16)));
  return told;
}

Page<v1::Open311Request> read(ReadTx& tx, const Conditions& conditions, int page, int page_size) {
  Page<v1::Open311Request> found;
  const std::string sql =
      std::string(kSelected) + conditions.text() + " ORDER BY c.received_at DESC, c.id DESC" + paging(page, page_size);
  for (const Row& row : tx.query_values(sql, conditions.values())) found.entries.push_back(request_of(tx, row));
  cut(found, page_size);
  // The names in queries of their own: the rows are walked to their end first.
  UnitNames units(tx);
  for (v1::Open311Request& told : found.entries)
    told.set_agency_responsible(std::string(units.of(told.agency_responsible())));
  return found;
}

}  // namespace

Page<v1::Open311Request> requests(ReadTx& tx, std::string_view office_id, const v1::ListOpen311RequestsRequest& asked) {
  Conditions conditions;
  add_office(tx, conditions, office_id);
  if (!asked.service_request_id().empty()) {
    conditions.add_one_of("c.id", named("service_request_id", asked.service_request_id()));
    return read(tx, conditions, 1, static_cast<int>(kMostNamed));
  }
  if (!asked.service_code().empty()) conditions.add_one_of("c.category", named("service_code", asked.service_code()));
  add_status(conditions, asked.status());
  const Period when = period(tx, asked.start_date(), asked.end_date(), kLongestPeriod);
  conditions.add("c.received_at >= " + conditions.value(Value(when.from.micros())));
  conditions.add("c.received_at < " + conditions.value(Value(when.to.micros())));
  return read(tx, conditions, asked.page(), asked.page_size());
}

v1::Open311Request request(ReadTx& tx, std::string_view office_id, std::string_view id) {
  Conditions conditions;
  add_office(tx, conditions, office_id);
  conditions.add("c.id = " + conditions.value(std::string(id)));
  auto found = read(tx, conditions, 1, 1);
  if (found.entries.empty()) throw domain::not_found("service request");
  return std::move(found.entries.front());
}

Page<v1::Open311Update> updates(ReadTx& tx, std::string_view office_id, const v1::ListOpen311UpdatesRequest& asked) {
  Conditions conditions;
  add_office(tx, conditions, office_id);
  const Period when = period(tx, asked.start_date(), asked.end_date(), kRecentUpdates);
  conditions.add("h.occurred_at >= " + conditions.value(Value(when.from.micros())));
  conditions.add("h.occurred_at < " + conditions.value(Value(when.to.micros())));
  Page<v1::Open311Update> found;
  // The first condition is that of the index `case_history_told`.
  const std::string sql =
      "SELECT h.id, h.case_id, h.state, h.occurred_at, h.action, h.text "
      "FROM case_history h JOIN cases c ON c.id = h.case_id "
      "WHERE h.action IN ('ACCEPT', 'DECLINE', 'DISPATCH', 'SIGN', 'REPLY', 'CALL_BACK_SATISFIED', "
      "'CALL_BACK_UNSATISFIED', 'CLOSE', 'REOPEN') AND c.published_at IS NOT NULL AND " +
      conditions.text() + " ORDER BY h.occurred_at, h.id" + paging(asked.page(), asked.page_size());
  for (const Row& row : tx.query_values(sql, conditions.values())) {
    v1::Open311Update& told = found.entries.emplace_back();
    told.set_update_id(std::string(row.text(0)));
    told.set_service_request_id(std::string(row.text(1)));
    told.set_status(status_of(row.text(2)));
    told.set_updated_datetime(written(tx, row.integer(3)));
    // What the office and the units settle among themselves is their own.
    const bool is_told = row.text(4) == "REPLY" || row.text(4) == "DECLINE";
    if (is_told) told.set_description(core::mask_numbers(row.text(5)));
  }
  cut(found, asked.page_size());
  return found;
}

}  // namespace wenming::hotline::open311
