#include <algorithm>
#include <stdexcept>

#include "domain/jobs.h"
#include "domain/service.h"

/// How the table of a service takes jobs.
namespace wenming::domain {
namespace {

/// A step takes seconds; where its process died and others share the database, the job waits no longer than this.
constexpr std::chrono::minutes kStepLease{2};

const google::protobuf::MethodDescriptor& find_rpc(const Service& service, const std::string& rpc) {
  for (const auto* const contract : service.contract())
    if (const auto* const method = contract->FindMethodByName(rpc)) return *method;
  throw std::logic_error("the table of service " + service.name() + " has a job " + rpc +
                         ", but the contract has no such method");
}

}  // namespace

Service& Service::job(std::string rpc, std::shared_ptr<const JobWork> work) {
  const auto& method = find_rpc(*this, rpc);
  if (!jobs_) {
    jobs_ = std::make_shared<Jobs>(name_);
    contract_.push_back(contract::v1::JobsService::descriptor());
    resource("job", Jobs::scope)
        .list("ListJobs", jobs_, &Jobs::list)
        .query("GetJob", jobs_, &Jobs::get)
        .command("CancelJob", jobs_, &Jobs::cancel)
        .edge("GetJobResult", jobs_, &Jobs::result)
        .edge("GetJobErrors", jobs_, &Jobs::errors)
        .errand(jobs_, &Jobs::prepare_step, &Jobs::settle_step)
        .errand(jobs_, &Jobs::remove_files, &Jobs::forget);
    Errand& step = errands_.at(store::v1::JobStep::descriptor()->full_name());
    step.refused = [jobs = jobs_](Tx& tx, const google::protobuf::Message& c, const Refusal& refusal) {
      jobs->fail(tx, static_cast<const store::v1::JobStep&>(c), refusal);
    };
    step.lease = kStepLease;
    step.doer = [](const google::protobuf::Message& c) {
      const auto& one = static_cast<const store::v1::JobStep&>(c);
      return Errand::Doer{one.caller_id(), one.job_id()};
    };
  }
  jobs_->add(method, std::move(work));
  Binding binding;
  binding.request = method.input_type();
  binding.response = contract::v1::Job::descriptor();
  binding.job = true;
  binding.prepare = [jobs = jobs_](Reader& reader, const Caller&, const google::protobuf::Message& request) {
    return std::any(jobs->prepare(reader, request));
  };
  binding.commit = [jobs = jobs_, rpc](Tx& tx, const Caller& caller, const google::protobuf::Message&,
                                       const std::any& prepared) {
    return MessagePtr(
        new contract::v1::Job(jobs->start(tx, rpc, caller, std::any_cast<const Jobs::Prepared&>(prepared))));
  };
  binding.rpc = std::move(rpc);
  return add(std::move(binding));
}

Service& Service::keep_jobs(std::chrono::days time) {
  if (!jobs_) throw std::logic_error("the table of service " + name_ + " keeps jobs, but has none");
  jobs_->keep(time);
  return *this;
}

}  // namespace wenming::domain
