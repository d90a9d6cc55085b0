#include "hotline/case_import.h"

#include <vector>

#include "domain/refusal.h"
#include "domain/visibility.h"
#include "hotline/case_progress.h"
#include "hotline/case_store.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::Refusal;
using domain::Tx;

namespace {

const std::string& receiving_unit_of(const v1::ImportCasesRequest& request) {
  return request.receiving_unit_id().empty() ? request.unit_id() : request.receiving_unit_id();
}

/// The unit must be one that the receiving office may dispatch to, and the caller must act for that office.
void require_units(Tx& tx, const Caller& caller, const v1::ImportCasesRequest& request) {
  using namespace contract::v1;
  const std::string& receiving_unit = receiving_unit_of(request);
  reference::require_unit(tx, request.unit_id());
  if (receiving_unit == request.unit_id()) return;
  reference::require_unit(tx, receiving_unit);
  if (!domain::holds_role(tx, caller, {ROLE_ADMIN, ROLE_OFFICE, ROLE_OPERATOR}, receiving_unit)) {
    throw Refusal(PROBLEM_NOT_ALLOWED);
  }
  if (!domain::is_within(tx, request.unit_id(), receiving_unit)) {
    throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", request.unit_id()}});
  }
}

/// Sorts the rows into new ones and those that are there already; notes those that say something else now.
std::vector<const FileRow*> new_rows(Tx& tx, const std::string& source, const CaseFile& file,
                                     v1::ImportCasesResponse& response) {
  std::vector<const FileRow*> fresh;
  for (const FileRow& row : file.rows) {
    const auto known = tx.value<std::string>("SELECT import_hash FROM cases WHERE source = $1 AND message_id = $2",
                                             source, row.message_id);
    if (!known) {
      fresh.push_back(&row);
    } else if (*known == row.hash()) {
      response.set_unchanged(response.unchanged() + 1);
    } else {
      *response.add_refused() =
          refused(row.row, row.line, "message_id", v1::ROW_PROBLEM_DIFFERS, {{"value", row.message_id}});
    }
  }
  return fresh;
}

v1::Case told_by(const FileRow& row, const v1::ImportCasesRequest& request) {
  v1::Case subject;
  subject.set_channel(v1::CHANNEL_IMPORT);
  subject.set_kind(request.kind() == v1::CASE_KIND_UNSPECIFIED ? v1::CASE_KIND_COMPLAINT : request.kind());
  subject.set_subject(row.subject);
  subject.set_detail(row.detail);
  subject.set_receiving_unit_id(receiving_unit_of(request));
  subject.set_source(request.source());
  subject.set_message_id(row.message_id);
  subject.set_source_user_id(row.user_id);
  return subject;
}

}  // namespace

v1::ImportCasesResponse CaseImport::run(Tx& tx, const Caller& caller, const v1::ImportCasesRequest& request) const {
  require_units(tx, caller, request);
  CaseFile file = read_case_file(request.content(), tx.now());

  v1::ImportCasesResponse response;
  for (v1::RefusedRow& refusal : file.refused) *response.add_refused() = std::move(refusal);
  const std::vector<const FileRow*> fresh = new_rows(tx, request.source(), file, response);
  response.set_created(static_cast<int>(fresh.size()));
  response.set_applied(!request.dry_run() && response.refused().empty());
  if (response.applied()) {
    for (const FileRow* row : fresh) store(tx, caller, request, *row);
  }
  return response;
}

void CaseImport::store(Tx& tx, const Caller& caller, const v1::ImportCasesRequest& request, const FileRow& row) const {
  v1::Case subject = told_by(row, request);
  subject.set_id(tx.new_id());
  const auto done = [&](v1::CaseAction action, core::Timestamp at, std::string_view text = {}) {
    const Step step{.action = action, .occurred_at = at, .actor_id = caller.id, .text = text};
    add_history(tx, subject, step);
    return step;
  };

  receive(subject, row.received_at);
  insert_case(tx, subject, {.tracking = {}, .import = row.hash()});
  done(v1::CASE_ACTION_RECEIVE, row.received_at);
  advance(subject, v1::CASE_ACTION_ACCEPT, row.received_at);
  done(v1::CASE_ACTION_ACCEPT, row.received_at);
  const int hours = clock_->working_hours();
  assign(subject, v1::CASE_ACTION_DISPATCH,
         {.unit_id = request.unit_id(),
          .returnable_until = clock_->returnable_until(tx, row.received_at),
          .working_hours = hours,
          .due_at = CaseClock::due(tx, row.received_at, hours)},
         row.received_at);
  Step last = done(v1::CASE_ACTION_DISPATCH, row.received_at);
  if (row.replied_at) {
    advance(subject, v1::CASE_ACTION_SIGN, *row.replied_at);
    done(v1::CASE_ACTION_SIGN, *row.replied_at);
    reply(subject, row.reply, CaseClock::worked_until(tx, subject, *row.replied_at), *row.replied_at);
    done(v1::CASE_ACTION_REPLY, *row.replied_at, row.reply);
    advance(subject, v1::CASE_ACTION_CLOSE, *row.replied_at);
    last = done(v1::CASE_ACTION_CLOSE, *row.replied_at);
  } else {
    clock_->watch(tx, subject);
  }
  update_case(tx, subject);
  publish(tx, subject, last);
}

}  // namespace wenming::hotline
