#pragma once

#include <google/protobuf/message.h>

#include <any>
#include <cstdint>
#include <optional>
#include <string>

#include "domain/caller.h"
#include "domain/reader.h"
#include "domain/tx.h"

/// Methods of kind JOB: durable work in steps, with progress, cancel, a result and an error file. Imports and exports
/// are made of a function each by `tables/import.h` and `tables/export.h`; this is what they stand on.
///
///     rpc ImportCases(ImportCasesRequest) returns (wenming.contract.v1.Job) {
///       option (wenming.contract.v1.method) = {
///         post: "/v1/cases:import"
///         kind: KIND_JOB
///         unit_field: "unit_id"
///         …
///       };
///     }
///
/// The input (the request's `content`) is kept as a blob, the rest of the request as a row, and an errand does one step
/// after the other. To do a step is to prepare it outside of any transaction, and to settle it in one: what the step
/// does and where the job stands then are committed together, so a job that is interrupted, however, goes on behind its
/// last step, and no step counts twice. Each step is done as who started the job: whoever may not start it any more has
/// it fail.
namespace wenming::domain {

/// A file that a job has made: a blob.
struct JobFile {
  std::string key;  // empty: none
  std::string name, media_type;
  std::uint64_t bytes = 0;
};

/// A job as its work sees it.
struct Job {
  std::string id;
  std::string folder;  // what the keys of its blobs begin with, `hotline/jobs/<id>/`; all of them end with the job
  const google::protobuf::Message* request = nullptr;  // without its `content`, which is the blob `<folder>input`
  core::UtcOffset offset;
  bool cancelled = false;  // only its end is left to do

  // What `settle` changes.
  std::string position;  // where the work stands, in its own words; empty at first
  std::optional<std::int64_t> total;
  std::int64_t done = 0, taken = 0, unchanged = 0, refused = 0;
  JobFile result, errors;
  bool ended = false;
};

/// What jobs of one kind do. Has no state that changes; any thread may call.
class JobWork {
 public:
  virtual ~JobWork() = default;
  /// Prepares the next step, in a few seconds at most. It may be done again from the start, so what it writes into
  /// blobs must bear repetition. A refusal ends the job as failed; what else it throws has the step done again later.
  virtual std::any prepare(Reader& reader, const Caller& caller, const Job& job) const = 0;
  /// Does the step, and says where the job stands. A refusal ends the job as failed, with the step undone.
  virtual void settle(Tx& tx, const Caller& caller, Job& job, const std::any& prepared) const = 0;
};

}  // namespace wenming::domain
