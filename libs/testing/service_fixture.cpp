#include "testing/service_fixture.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "contract/validate.h"
#include "core/csv.h"
#include "core/random.h"
#include "core/working_calendar.h"
#include "reference/reference.h"
#include "store/service_store.h"
#include "testing/database.h"
#include "wenming/store/v1/journal.pb.h"

namespace wenming::testing {
namespace {

constexpr std::string_view kStart = "2026-03-05T09:00+08:00";
constexpr std::string_view kWorkingHours = "09:00-12:00,13:30-17:30";
constexpr std::chrono::seconds kDeadline{30};
constexpr std::string_view kLongAgo = "2000-01-01";
constexpr std::string_view kForEver = "9999-12-31";

domain::Service made(const std::function<domain::Service(core::Settings&)>& make,
                     const std::map<std::string, std::string>& values) {
  core::Settings settings;
  for (const auto& [key, text] : values) settings.give(core::Settings::Source::Flag, key, text);
  return make(settings);
}

std::unique_ptr<store::Store> opened(const TemporaryFolder& folder, const std::shared_ptr<core::ManualClock>& clock,
                                     const std::shared_ptr<TestOutside>& outside,
                                     const std::shared_ptr<domain::Keys>& keys, const domain::Service& service,
                                     const contract::Contract& contract) {
  store::StoreOptions options;
  options.outside = outside;
  options.keys = keys;
  options.calendar = [](domain::ReadTx& tx) {
    return std::make_shared<const core::WorkingCalendar>(
        reference::working_calendar(tx, tx.offset(), core::WorkingCalendar::parse_hours(kWorkingHours)));
  };
  options.clock = clock;
  options.limits.reader_threads = 1;
  options.limits.prepare_threads = 1;
  return store::open_store(open_database(folder), service, contract, std::move(options));
}

template <class T>
T wait_for(std::future<T>& future) {
  if (future.wait_for(kDeadline) != std::future_status::ready) throw std::runtime_error("the store did not answer");
  return future.get();
}

std::string service_of(const google::protobuf::Descriptor& event) {
  // `wenming.volunteer.v1.HoursApproved` comes from `volunteer`.
  const std::string& name = event.full_name();
  const std::size_t from = name.find('.') + 1;
  return name.substr(from, name.find('.', from) - from);
}

std::string key_of(const google::protobuf::Message& event) {
  const auto* const type = event.GetDescriptor();
  const auto* const field = type->FindFieldByName(type->options().GetExtension(contract::v1::event).key());
  if (field == nullptr) throw std::logic_error(type->full_name() + " names no key");
  return event.GetReflection()->GetString(event, field);
}

std::string day_after(std::string_view day) {
  return core::to_text(core::parse_date(day).value() + std::chrono::days(1));
}

}  // namespace

ServiceFixture::ServiceFixture(const std::function<domain::Service(core::Settings&)>& make, const Settings& settings)
    : ServiceFixture(made(make, settings)) {}

ServiceFixture::ServiceFixture(domain::Service service)
    : clock_(std::make_shared<core::ManualClock>(at(kStart))),
      service_(std::move(service)),
      contract_(service_.contract()),
      store_(opened(folder_, clock_, outside_, keys_, service_, contract_)) {}

std::string ServiceFixture::fresh_key_file() {
  core::SystemRandom random;
  return domain::KeyRing::make(random).text();
}

void ServiceFixture::exchange_keys(const std::function<void(domain::KeyRing&)>& edit) {
  domain::KeyRing ring = domain::KeyRing::parse(key_file_);
  edit(ring);
  key_file_ = ring.text();
}

ServiceFixture::~ServiceFixture() {
  store_->stop();
}

domain::Principal ServiceFixture::as(std::string_view user_id) {
  return {std::string(user_id), {}, {}};
}

domain::Principal ServiceFixture::admin() {
  if (!std::exchange(has_admin_, true)) grant("test-admin", contract::v1::ROLE_ADMIN);
  return as("test-admin");
}

std::string ServiceFixture::organisation(std::string_view id, std::string_view parent, std::string_view name,
                                         std::string_view level) {
  work([&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO organisations (id, valid_from, valid_to, parent_id, code, name, level, version) "
        "VALUES ($1, $2, $3, $4, $1, $5, $6, 1)",
        id, kLongAgo, kForEver, domain::or_null(parent), name.empty() ? id : name, level);
    tx.run(
        "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) "
        "SELECT $1, ancestor_id, $2, $3, depth + 1 FROM organisation_ancestors WHERE unit_id = $4",
        id, kLongAgo, kForEver, parent);
    tx.run(
        "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) VALUES ($1, $1, $2, "
        "$3, 0)",
        id, kLongAgo, kForEver);
  });
  return std::string(id);
}

std::string ServiceFixture::grant(std::string_view user, contract::v1::Role role, std::string_view unit) {
  work([&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO grants (id, user_id, role, unit_id, starts_at, ends_at, version) VALUES ($1, $2, $3, $4, $5, "
        "NULL, 1)",
        tx.new_id(), user, role, unit, core::Timestamp(0));
  });
  return std::string(user);
}

void ServiceFixture::calendar_day(std::string_view day, std::string_view kind) {
  work([&](domain::Tx& tx) {
    tx.run("INSERT INTO calendar_days (day, kind, occasion, version) VALUES ($1, $2, '', 1)", day, kind);
  });
  store_->reload_calendar();
}

void ServiceFixture::relation(contract::v1::RelationKind kind, std::string_view holder, std::string_view unit,
                              const Days& days, std::string_view about) {
  work([&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO relations (id, kind, holder_id, unit_id, about_id, valid_from, valid_to, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, 1)",
        tx.new_id(), kind, holder, unit, about, days.first, day_after(days.last));
  });
}

void ServiceFixture::member(std::string_view user, std::string_view body, const Days& days) {
  work([&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO bodies (id, unit_id, kind, name, valid_from, valid_to, version) "
        "VALUES ($1, '', 'LEADING_GROUP', $1, $2, $3, 1) ON CONFLICT DO NOTHING",
        body, kLongAgo, kForEver);
    const std::string staff_id = tx.new_id();
    tx.run("INSERT INTO staff (id, unit_id, user_id, valid_from, valid_to, version) VALUES ($1, '', $2, $3, $4, 1)",
           staff_id, user, kLongAgo, kForEver);
    tx.run(
        "INSERT INTO body_members (id, body_id, staff_id, position, valid_from, valid_to, version) "
        "VALUES ($1, $2, $3, 'MEMBER', $4, $5, 1)",
        tx.new_id(), body, staff_id, days.first, day_after(days.last));
  });
}

const contract::Method& ServiceFixture::method(std::string_view rpc) const {
  const auto& methods = contract_.methods();
  const auto found = std::find_if(methods.begin(), methods.end(), [&](const auto& m) { return m->name() == rpc; });
  if (found == methods.end()) throw std::logic_error("the contract has no method " + std::string(rpc));
  return **found;
}

store::Outcome ServiceFixture::outcome(std::string_view rpc, const google::protobuf::Message& request,
                                       const domain::Principal& caller, const CallOptions& options) {
  if (auto faults = contract::validate(request); !faults.empty()) {
    throw domain::Refusal(contract::v1::PROBLEM_INVALID_FIELDS, {}, std::move(faults));
  }
  store::Call call;
  call.method = &method(rpc);
  call.request.reset(request.New());
  call.request->CopyFrom(request);
  call.principal = caller;
  call.idempotency_key = options.idempotency_key;
  call.if_match = options.if_match;
  call.route = call.method->path;
  call.origin = "test";

  const auto answered = std::make_shared<std::promise<store::Outcome>>();
  auto answer = answered->get_future();
  if (!store_->submit(std::move(call), [answered](store::Outcome o) { answered->set_value(std::move(o)); })) {
    throw std::runtime_error("the store takes no more");
  }
  store::Outcome outcome = wait_for(answer);
  if (outcome.refusal) throw domain::Refusal(*outcome.refusal);
  if (outcome.fault) throw std::runtime_error(std::string(rpc) + " failed; the log says why");
  return outcome;
}

domain::EdgeAnswer ServiceFixture::at_edge(std::string_view rpc, const google::protobuf::Message& fields,
                                           const domain::Principal& caller, domain::EdgeRequest request) {
  if (auto faults = contract::validate(fields); !faults.empty()) {
    throw domain::Refusal(contract::v1::PROBLEM_INVALID_FIELDS, {}, std::move(faults));
  }
  store::EdgeCall edge;
  edge.call.method = &method(rpc);
  edge.call.request.reset(fields.New());
  edge.call.request->CopyFrom(fields);
  edge.call.principal = caller;
  edge.call.route = edge.call.method->path;
  edge.call.origin = "test";
  edge.request = std::move(request);
  edge.prove = [](std::string_view api_key) { return as(api_key); };

  const auto answered = std::make_shared<std::promise<store::EdgeOutcome>>();
  auto answer = answered->get_future();
  if (!store_->submit_edge(std::move(edge), [answered](store::EdgeOutcome o) { answered->set_value(std::move(o)); })) {
    throw std::runtime_error("the store takes no more");
  }
  store::EdgeOutcome outcome = wait_for(answer);
  if (outcome.refusal) throw domain::Refusal(*outcome.refusal);
  return *std::move(outcome.answer);
}

contract::v1::Job ServiceFixture::run_job(std::string_view rpc, const google::protobuf::Message& request,
                                          const domain::Principal& caller) {
  const auto started = call<contract::v1::Job>(rpc, request, caller);
  advance_to(now());
  return job(started.id());
}

contract::v1::Job ServiceFixture::job(const std::string& id) {
  contract::v1::GetJobRequest request;
  request.set_service(service_.name());
  request.set_job_id(id);
  return call<contract::v1::Job>("GetJob", request, admin());
}

std::string ServiceFixture::result_of(const contract::v1::Job& job) {
  const auto key = value<std::string>("SELECT result_key FROM jobs WHERE id = $1", job.id());
  return key ? outside_->blobs().read(*key, 0, static_cast<std::size_t>(job.result().bytes())) : std::string();
}

std::string ServiceFixture::error_file_of(const contract::v1::Job& job) {
  const auto key = value<std::string>("SELECT errors_key FROM jobs WHERE id = $1", job.id());
  return key ? outside_->blobs().read(*key, 0, static_cast<std::size_t>(job.errors().bytes())) : std::string();
}

std::vector<std::string> ServiceFixture::errors_of(const contract::v1::Job& job) {
  std::vector<std::string> errors;
  const std::string file = error_file_of(job);
  if (file.empty()) return errors;
  core::CsvReader csv(file);
  while (const core::CsvRecord* const cell = csv.next()) {
    std::string& error = errors.emplace_back(cell->at("row"));
    error.append("/").append(cell->at("line")).append(" ").append(cell->at("column"));
    error.append(" ").append(cell->at("problem"));
  }
  return errors;
}

void ServiceFixture::advance_to(core::Timestamp moment) {
  while (true) {
    store_->run_due_errands();  // also those that are under way already, whose rows say when they would be begun anew
    const auto next = value<core::Timestamp>(
        "SELECT MIN(run_at) FROM (SELECT run_at FROM timers UNION ALL SELECT run_at FROM errands) AS due");
    if (!next || *next > moment) break;
    clock_->set(std::max(*next, now()));
    store_->run_due_timers();
  }
  clock_->set(moment);
}

std::vector<std::string> ServiceFixture::published(std::string_view type) {
  std::vector<std::string> payloads;
  store_->read([&](domain::ReadTx& tx) {
    for (const domain::Row& row : tx.query("SELECT events FROM journal WHERE events IS NOT NULL ORDER BY sequence")) {
      store::v1::PublishedEvents published;
      published.ParseFromString(std::string(row.blob(0)));
      for (const store::v1::PublishedEvent& event : published.events()) {
        if (event.type() == type) payloads.push_back(event.payload());
      }
    }
  });
  return payloads;
}

void ServiceFixture::deliver_all(const std::vector<const google::protobuf::Message*>& events) {
  work([&](domain::Tx& tx) {
    const auto batch = service_.batch_factory() ? service_.batch_factory()() : nullptr;
    for (const google::protobuf::Message* const event : events) {
      const google::protobuf::Descriptor& type = *event->GetDescriptor();
      const auto handler = service_.events().find(type.full_name());
      if (handler == service_.events().end())
        throw std::logic_error("the service does not listen to " + type.full_name());
      const std::string source = service_of(type);
      const std::string key = key_of(*event);
      const std::string id = source + "/test/" + std::to_string(++delivered_);
      handler->second.second(tx, batch.get(), *event, {source, key, id, tx.now()});
    }
    if (batch) batch->flush(tx);
  });
}

void ServiceFixture::work(const std::function<void(domain::Tx&)>& body) {
  const auto done = std::make_shared<std::promise<void>>();
  auto committed = done->get_future();
  const bool taken = store_->work("test", body, [done](const std::exception_ptr& reason) {
    if (reason) {
      done->set_exception(reason);
    } else {
      done->set_value();
    }
  });
  if (!taken) throw std::runtime_error("the store takes no more");
  wait_for(committed);
}

}  // namespace wenming::testing
