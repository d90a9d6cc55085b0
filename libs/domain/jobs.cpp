#include "domain/jobs.h"

#include <google/protobuf/util/field_mask_util.h>

#include <stdexcept>

#include "contract/problem.h"
#include "core/id.h"
#include "core/random.h"
#include "domain/file_answer.h"
#include "domain/list.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::domain {
namespace {

namespace pb = google::protobuf;
namespace v1 = contract::v1;
using store::v1::JobExpiry;
using store::v1::JobStep;

constexpr std::string_view kInput = "input";
constexpr std::string_view kUserKey = "key:";
constexpr std::size_t kBlobsAtOnce = 1000;
constexpr std::chrono::hours kOrphanAge{24};

/// How a row of `jobs` fills a Job.
constexpr std::string_view kColumns =
    "id, kind, state, dry_run, NULLIF(unit_id, '') AS unit_id, started_by, total, done, taken, unchanged, refused, "
    "created_at, started_at, ended_at, expires_at, result_name AS \"result.name\", result_media_type AS "
    "\"result.media_type\", result_bytes AS \"result.bytes\", errors_name AS \"errors.name\", errors_media_type AS "
    "\"errors.media_type\", errors_bytes AS \"errors.bytes\", problem, reason, reason_zh, version";

std::string step_key(std::string_view id) {
  return "job/" + std::string(id);
}
std::string expiry_key(std::string_view id) {
  return "job expiry/" + std::string(id);
}

bool has_ended(v1::JobState state) {
  return state != v1::JOB_STATE_QUEUED && state != v1::JOB_STATE_RUNNING;
}

v1::JobState state_of(std::string_view text) {
  v1::JobState state{};
  v1::JobState_Parse("JOB_STATE_" + std::string(text), &state);
  return state;
}

/// Who started a job, as far as it goes on without them: sessions end, and grants are asked for anew.
Principal principal_of(ReadTx& tx, const std::string& started_by) {
  if (!started_by.starts_with(kUserKey)) return {started_by, {}, {}};
  const auto hash =
      tx.value<std::string>("SELECT key_hash FROM api_keys WHERE id = $1", started_by.substr(kUserKey.size()));
  if (!hash) throw Refusal(v1::PROBLEM_NOT_SIGNED_IN);
  return {{}, {}, *hash};
}

std::string text_field(const pb::Message& message, const pb::FieldDescriptor* field) {
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

bool is_dry_run(const pb::Message& request) {
  const auto* const field = request.GetDescriptor()->FindFieldByName("dry_run");
  return field != nullptr && request.GetReflection()->GetBool(request, field);
}

/// A file may be large: it is not copied to be left out.
std::shared_ptr<const pb::Message> without_content(const pb::Message& request) {
  pb::FieldMask all_but_content;
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const std::string& name = request.GetDescriptor()->field(i)->name();
    if (name != "content") all_but_content.add_paths(name);
  }
  std::shared_ptr<pb::Message> rest(request.New());
  pb::util::FieldMaskUtil::MergeMessageTo(request, all_but_content, {}, rest.get());
  return rest;
}

}  // namespace

void Jobs::add(const pb::MethodDescriptor& rpc, std::shared_ptr<const JobWork> work) {
  kinds_[rpc.name()] = {contract::method_of(rpc), std::move(work)};
}

std::string Jobs::folder_of(std::string_view id) const {
  return service_ + "/jobs/" + std::string(id) + "/";
}

/// Outside of a transaction, so the id comes from elsewhere: what is kept under it and never becomes a job is removed
/// as an orphan.
Jobs::Prepared Jobs::prepare(Reader& reader, const pb::Message& request) const {
  core::SystemRandom random;
  Prepared prepared{core::IdGenerator(random).next(reader.now()), without_content(request)};
  if (const auto* const content = request.GetDescriptor()->FindFieldByName("content")) {
    std::string none;
    reader.blobs().put(folder_of(prepared.id).append(kInput),
                       request.GetReflection()->GetStringReference(request, content, &none));
  }
  return prepared;
}

v1::Job Jobs::start(Tx& tx, const std::string& kind, const Caller& caller, const Prepared& prepared) const {
  const contract::Method& method = *kinds_.find(kind)->second.method;
  const std::string request = prepared.request->SerializeAsString();
  tx.run(
      "INSERT INTO jobs (id, kind, state, request, dry_run, unit_id, started_by, position, done, taken, "
      "unchanged, refused, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, $9, 1)",
      prepared.id, kind, v1::JOB_STATE_QUEUED, Blob{request}, is_dry_run(*prepared.request),
      text_field(*prepared.request, method.unit), caller.id, Blob{}, tx.now());
  JobStep step;
  step.set_job_id(prepared.id);
  step.set_caller_id(caller.id);
  tx.send_on_errand(step_key(prepared.id), tx.now(), step);
  return shown(tx, prepared.id);
}

v1::Job Jobs::shown(ReadTx& tx, const std::string& id) const {
  auto job = tx.find<v1::Job>("SELECT " + std::string(kColumns) + " FROM jobs WHERE id = $1", id);
  if (!job) throw not_found("job");
  job->set_service(service_);
  return *std::move(job);
}

v1::ListJobsResponse Jobs::list(ReadTx& tx, const Visibility& visible, const v1::ListJobsRequest& request) const {
  auto response = List("jobs", kColumns)
                      .visible_by("unit_id", "started_by")
                      .equal("state", request.state())
                      .equal("kind", request.kind())
                      .order_by("id", List::Descending)
                      .page<v1::ListJobsResponse>(tx, visible, request);
  for (v1::Job& job : *response.mutable_jobs()) job.set_service(service_);
  return response;
}

v1::Job Jobs::get(ReadTx& tx, const Caller& /*caller*/, const v1::GetJobRequest& request) const {
  return shown(tx, request.job_id());
}

v1::Job Jobs::cancel(Tx& tx, const Caller& /*caller*/, const v1::CancelJobRequest& request) const {
  v1::Job job = shown(tx, request.job_id());
  if (job.state() == v1::JOB_STATE_CANCELLED) return job;
  if (has_ended(job.state())) throw Refusal(v1::PROBLEM_JOB_ENDED);
  end(tx, job.id(), v1::JOB_STATE_CANCELLED);
  // What is under way is thrown away; the last step tells what was refused so far.
  JobStep step;
  step.set_job_id(job.id());
  step.set_caller_id(job.started_by());
  tx.send_on_errand(step_key(job.id()), tx.now(), step);
  return shown(tx, job.id());
}

std::optional<Scope> Jobs::scope(ReadTx& tx, std::string_view id) {
  for (const Row& row : tx.query("SELECT unit_id, started_by, version FROM jobs WHERE id = $1", id))
    return Scope{std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
  return std::nullopt;
}

std::optional<Jobs::Loaded> Jobs::load(ReadTx& tx, const std::string& id) const {
  Loaded loaded;
  std::string started_by;
  for (const Row& row : tx.query("SELECT kind, state, request, started_by, position, total, done, taken, unchanged, "
                                 "refused, ended_at FROM jobs WHERE id = $1",
                                 id)) {
    const auto kind = kinds_.find(row.text(0));
    if (kind == kinds_.end()) throw std::logic_error("no jobs of the kind " + std::string(row.text(0)));
    loaded.kind = &kind->second;
    loaded.request.reset(loaded.kind->method->request->New());
    loaded.request->ParseFromString(std::string(row.blob(2)));
    started_by = row.text(3);
    Job& job = loaded.job;
    job.id = id;
    job.folder = folder_of(id);
    job.request = loaded.request.get();
    job.offset = tx.offset();
    job.cancelled = state_of(row.text(1)) == v1::JOB_STATE_CANCELLED;
    job.ended = has_ended(state_of(row.text(1))) && !job.cancelled;
    job.position = row.blob(4);
    if (!row.is_null(5)) job.total = row.integer(5);
    job.done = row.integer(6);
    job.taken = row.integer(7);
    job.unchanged = row.integer(8);
    job.refused = row.integer(9);
  }
  if (loaded.kind == nullptr || loaded.job.ended) return std::nullopt;
  if (loaded.job.cancelled) return loaded;  // whoever may do what: only the end is left
  loaded.caller = resolve(tx, principal_of(tx, started_by));
  const std::string unit_id = text_field(*loaded.request, loaded.kind->method->unit);
  const Scope scope{unit_id, {}, 0};
  authorise(tx, *loaded.kind->method, loaded.caller, loaded.kind->method->unit == nullptr ? nullptr : &scope);
  return loaded;
}

Jobs::PreparedStep Jobs::prepare_step(Reader& reader, const JobStep& step) const {
  const auto loaded = reader.read([&](ReadTx& tx) { return load(tx, step.job_id()); });
  if (!loaded) return {};
  return {true, loaded->kind->work->prepare(reader, loaded->caller, loaded->job)};
}

void Jobs::settle_step(Tx& tx, const JobStep& step, const PreparedStep& prepared) const {
  auto loaded = load(tx, step.job_id());
  if (!prepared.stands || !loaded) return;
  Job& job = loaded->job;
  loaded->kind->work->settle(tx, loaded->caller, job, prepared.prepared);
  tx.run(
      "UPDATE jobs SET position = $2, total = $3, done = $4, taken = $5, unchanged = $6, refused = $7, result_key = "
      "$8, "
      "result_name = $9, result_media_type = $10, result_bytes = $11, errors_key = $12, errors_name = $13, "
      "errors_media_type = $14, errors_bytes = $15, started_at = COALESCE(started_at, $16), version = version + 1 "
      "WHERE id = $1",
      job.id, Blob{job.position}, job.total ? to_value(*job.total) : to_value(std::nullopt), job.done, job.taken,
      job.unchanged, job.refused, or_null(job.result.key), or_null(job.result.name), or_null(job.result.media_type),
      job.result.key.empty() ? to_value(std::nullopt) : to_value(job.result.bytes), or_null(job.errors.key),
      or_null(job.errors.name), or_null(job.errors.media_type),
      job.errors.key.empty() ? to_value(std::nullopt) : to_value(job.errors.bytes), tx.now());
  if (!job.ended) {
    tx.run("UPDATE jobs SET state = $2 WHERE id = $1 AND state = $3", job.id, v1::JOB_STATE_RUNNING,
           v1::JOB_STATE_QUEUED);
    tx.send_on_errand(step_key(job.id), tx.now(), step);
  } else if (!job.cancelled) {
    end(tx, job.id, v1::JOB_STATE_DONE);
  }
}

void Jobs::fail(Tx& tx, const JobStep& step, const Refusal& refusal) const {
  const auto state = tx.value<std::string>("SELECT state FROM jobs WHERE id = $1", step.job_id());
  if (!state || has_ended(state_of(*state))) return;
  tx.run("UPDATE jobs SET problem = $2, reason = $3, reason_zh = $4 WHERE id = $1", step.job_id(), refusal.code(),
         contract::text_of(refusal.problem(), contract::Language::English, refusal.arguments()),
         contract::text_of(refusal.problem(), contract::Language::Chinese, refusal.arguments()));
  end(tx, step.job_id(), v1::JOB_STATE_FAILED);
}

void Jobs::end(Tx& tx, const std::string& id, v1::JobState state) const {
  const core::Timestamp expires_at = tx.now() + kept_;
  tx.run(
      "UPDATE jobs SET state = $2, started_at = COALESCE(started_at, $3), ended_at = $3, expires_at = $4, "
      "version = version + 1 WHERE id = $1",
      id, state, tx.now(), expires_at);
  JobExpiry expiry;
  expiry.set_job_id(id);
  tx.send_on_errand(expiry_key(id), expires_at, expiry);
}

bool Jobs::remove_files(Reader& reader, const JobExpiry& expiry) const {
  remove_orphans(reader);
  Blobs& blobs = reader.blobs();
  for (;;) {
    const auto keys = blobs.list(folder_of(expiry.job_id()), {}, kBlobsAtOnce);
    for (const std::string& key : keys) blobs.remove(key);
    if (keys.size() < kBlobsAtOnce) return true;
  }
}

void Jobs::forget(Tx& tx, const JobExpiry& expiry, const bool& /*removed*/) const {
  tx.run("DELETE FROM job_refusals WHERE job_id = $1", expiry.job_id());
  tx.run("DELETE FROM jobs WHERE id = $1", expiry.job_id());
}

/// Inputs whose job was never written down: the process died in between, or the call was refused. Ids begin with their
/// time, so the oldest come first.
void Jobs::remove_orphans(Reader& reader) const {
  const std::string all = service_ + "/jobs/";
  core::SystemRandom random;
  const std::string until = all + core::IdGenerator(random).next(reader.now() - kOrphanAge);
  for (const std::string& key : reader.blobs().list(all, {}, kBlobsAtOnce)) {
    if (key >= until) return;
    const std::string id = key.substr(all.size(), key.find('/', all.size()) - all.size());
    const bool known = reader.read(
        [&](ReadTx& tx) { return tx.value<std::string>("SELECT id FROM jobs WHERE id = $1", id).has_value(); });
    if (!known) reader.blobs().remove(key);
  }
}

EdgeAnswer Jobs::result(Edge& edge, const v1::GetJobResultRequest& request) const {
  return download(edge, request.job_id(), "result");
}

EdgeAnswer Jobs::errors(Edge& edge, const v1::GetJobErrorsRequest& request) const {
  return download(edge, request.job_id(), "errors");
}

EdgeAnswer Jobs::download(Edge& edge, const std::string& id, std::string_view file) {
  const auto found = edge.read([&](ReadTx& tx) {
    JobFile stored;
    for (const Row& row :
         tx.query(file == "errors" ? "SELECT errors_key, errors_name, errors_media_type, errors_bytes FROM jobs "
                                     "WHERE id = $1 AND errors_key IS NOT NULL"
                                   : "SELECT result_key, result_name, result_media_type, result_bytes FROM jobs "
                                     "WHERE id = $1 AND result_key IS NOT NULL",
                  id))
      stored = {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                static_cast<std::uint64_t>(row.integer(3))};
    return stored;
  });
  if (found.key.empty()) throw Refusal(v1::PROBLEM_JOB_FILE);
  std::string etag = "\"";
  etag.append(id).append("-").append(file).append("\"");
  return file_answer(edge.request(),
                     {.key = found.key,
                      .bytes = found.bytes,
                      .media_type = found.media_type,
                      .name = found.name,
                      .etag = std::move(etag),
                      .is_shown = false},
                     edge.blobs());
}

}  // namespace wenming::domain
