#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "contract/contract.h"
#include "domain/edge.h"
#include "domain/job.h"
#include "domain/refusal.h"
#include "domain/visibility.h"
#include "wenming/contract/v1/jobs.pb.h"
#include "wenming/store/v1/jobs.pb.h"

namespace wenming::domain {

/// The jobs of one service: their rows, their errands, and the methods by which they are seen (`JobsService`). Made by
/// the table with its first job. Changes only while the table is made; then any thread may call.
class Jobs {
 public:
  explicit Jobs(std::string service) : service_(std::move(service)) {}

  void add(const google::protobuf::MethodDescriptor& rpc, std::shared_ptr<const JobWork> work);
  void keep(std::chrono::days time) { kept_ = time; }

  /// What is known of a job before its row: that its input is kept.
  struct Prepared {
    std::string id;
    std::shared_ptr<const google::protobuf::Message> request;  // without `content`
  };
  Prepared prepare(Reader& reader, const google::protobuf::Message& request) const;
  contract::v1::Job start(Tx& tx, const std::string& kind, const Caller& caller, const Prepared& prepared) const;

  contract::v1::ListJobsResponse list(ReadTx& tx, const Visibility& visible,
                                      const contract::v1::ListJobsRequest& request) const;
  contract::v1::Job get(ReadTx& tx, const Caller& caller, const contract::v1::GetJobRequest& request) const;
  contract::v1::Job cancel(Tx& tx, const Caller& caller, const contract::v1::CancelJobRequest& request) const;
  EdgeAnswer result(Edge& edge, const contract::v1::GetJobResultRequest& request) const;
  EdgeAnswer errors(Edge& edge, const contract::v1::GetJobErrorsRequest& request) const;
  static std::optional<Scope> scope(ReadTx& tx, std::string_view id);

  // The errands.
  struct PreparedStep {
    bool stands = false;  // the job is there and has not ended
    std::any prepared;
  };
  PreparedStep prepare_step(Reader& reader, const store::v1::JobStep& step) const;
  void settle_step(Tx& tx, const store::v1::JobStep& step, const PreparedStep& prepared) const;
  void fail(Tx& tx, const store::v1::JobStep& step, const Refusal& refusal) const;
  bool remove_files(Reader& reader, const store::v1::JobExpiry& expiry) const;
  void forget(Tx& tx, const store::v1::JobExpiry& expiry, const bool& removed) const;

 private:
  struct Kind {
    std::unique_ptr<contract::Method> method;
    std::shared_ptr<const JobWork> work;
  };
  /// A job with what it takes to go on.
  struct Loaded {
    Job job;
    const Kind* kind = nullptr;
    std::shared_ptr<google::protobuf::Message> request;
    Caller caller;
  };
  [[nodiscard]] std::string folder_of(std::string_view id) const;
  [[nodiscard]] std::optional<Loaded> load(ReadTx& tx, const std::string& id) const;
  [[nodiscard]] contract::v1::Job shown(ReadTx& tx, const std::string& id) const;
  void end(Tx& tx, const std::string& id, contract::v1::JobState state) const;
  void remove_orphans(Reader& reader) const;
  static EdgeAnswer download(Edge& edge, const std::string& id, std::string_view file);

  const std::string service_;
  std::map<std::string, Kind, std::less<>> kinds_;
  std::chrono::days kept_{30};
};

}  // namespace wenming::domain
