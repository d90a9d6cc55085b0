#include "runtime/installation_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "core/clock.h"
#include "core/encoding.h"
#include "runtime/migration.h"
#include "runtime/progress.h"

namespace wenming::runtime {
namespace {

std::int64_t total(const store::RowCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& table) { return sum + table.second; });
}

}  // namespace

std::vector<ServiceState> states_of(std::span<const domain::Service> services, const Databases& databases) {
  std::vector<ServiceState> states;
  for (const domain::Service& service : services) {
    naming(service.name(), databases.place(), [&] {
      auto engine = databases.open_existing(service.name());
      if (!engine) throw std::runtime_error("there is none");
      auto snapshot = std::make_unique<store::Snapshot>(*engine);
      store::refuse_unfinished_copy(snapshot->connection());
      states.push_back({&service, std::move(engine), std::move(snapshot)});
    });
  }
  return states;
}

/// One service's share.
struct InstallationCopy::Part {
  Part(ServiceState& state, const Databases& to)
      : from(state),
        place(to.place()),
        engine(to.open(from.name(), to.generation(from.name()))),
        copy(*from.snapshot, *engine) {}

  void begin() { copy.begin(schemas_of(*from.service), core::SystemClock().now()); }
  void run() {
    Progress progress(from.name(), total(copy.rows()));
    store::RowCounts there;
    copy.run([&](const std::string& table, std::int64_t rows) {
      progress.advance(rows - there[table]);
      there[table] = rows;
    });
  }

  ServiceState& from;
  const std::string place;
  const std::unique_ptr<store::Engine> engine;
  store::DatabaseCopy copy;
};

InstallationCopy::InstallationCopy(std::span<ServiceState> from, const Databases& to) {
  for (ServiceState& state : from)
    naming(state.name(), to.place(), [&] { parts_.push_back(std::make_unique<Part>(state, to)); });
}

InstallationCopy::~InstallationCopy() = default;

bool InstallationCopy::ended() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->copy.released(); });
}

bool InstallationCopy::begun_to_end() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->copy.released(); });
}

void InstallationCopy::run() {
  for (const auto& part : parts_) naming(part->from.name(), part->place, [&] { part->begin(); });
  for (const auto& part : parts_) {
    if (part->copy.released()) continue;
    naming(part->from.name(), part->place, [&] {
      part->run();
      const store::AuditReport report = part->copy.check();
      if (report.broken) {
        fmt::print(stderr, "{}: the journal is broken at row {} ({}), and so it is in the copy\n", part->from.name(),
                   report.broken->sequence, report.broken->reason);
      }
    });
  }
}

void InstallationCopy::end(const std::function<void(const std::string& service, store::Connection&)>& last_changes) {
  for (const auto& part : parts_) {
    const std::string& service = part->from.name();
    if (part->copy.released()) continue;
    naming(service, part->place,
           [&] { part->copy.release([&](store::Connection& connection) { last_changes(service, connection); }); });
  }
}

void InstallationCopy::print_counts() const {
  fmt::print("{:<12} {:>8} {:>12} {:>12}  {}\n", "service", "tables", "rows", "journal", "head");
  for (const auto& part : parts_) {
    const store::RowCounts& rows = part->copy.rows();
    const store::JournalHead& head = part->from.snapshot->head();
    fmt::print("{:<12} {:>8} {:>12} {:>12}  {}\n", part->from.name(), rows.size(), total(rows), head.sequence,
               core::hex(head.hash).substr(0, 16));
  }
}

}  // namespace wenming::runtime
