// Jobs: durable work in steps, each once, whatever happens in between.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "domain/refusal.h"
#include "ledger_fixture.h"
#include "wenming/contract/v1/jobs.pb.h"

namespace wenming::store {
namespace {

using contract::v1::Job;
using ::testing::IsEmpty;

class JobsTest : public LedgerFixture {
 protected:
  Job start(std::int64_t times, std::string_view amount = "5", const domain::Principal& by = as("wang")) {
    ledger::v1::PayInTurnRequest request;
    request.set_content(std::string(amount));
    request.set_unit_id("county");
    request.set_account_id(account_);
    request.set_times(times);
    return answered<Job>(make_call("PayInTurn", request, by));
  }
  Job job(const std::string& id, const domain::Principal& by = as("wang")) {
    contract::v1::GetJobRequest request;
    request.set_service("ledger");
    request.set_job_id(id);
    return answered<Job>(make_call("GetJob", request, by));
  }
  Job cancel(const std::string& id) {
    contract::v1::CancelJobRequest request;
    request.set_service("ledger");
    request.set_job_id(id);
    return answered<Job>(make_call("CancelJob", request));
  }
  std::string result_of(const std::string& id, const domain::Principal& by = as("wang")) {
    contract::v1::GetJobResultRequest request;
    request.set_service("ledger");
    request.set_job_id(id);
    EdgeCall call;
    call.call = make_call("GetJobResult", request, by);
    const auto done = std::make_shared<std::promise<EdgeOutcome>>();
    auto outcome = done->get_future();
    store_->submit_edge(std::move(call), [done](EdgeOutcome o) { done->set_value(std::move(o)); });
    EdgeOutcome got = wait(std::move(outcome));
    if (got.refusal) return got.refusal->code();
    return got.answer->pieces->read(0, 100);
  }
  void grant(std::string_view user, std::string_view role) {
    work([&](domain::Tx& tx) {
      tx.run("INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ($1, $1, $2, 'county', 0, 1)",
             user, role);
    });
  }
  void run(std::chrono::microseconds by = {}) {
    clock_->advance(by);
    store_->run_due_errands();
  }
  std::vector<std::string> blobs() { return outside_->blobs().list("", "", 100); }

  const std::string account_ = open_account().id();

 private:
  template <class Response>
  Response answered(Call call) {
    const Outcome outcome = this->outcome(std::move(call));
    if (outcome.refusal) throw domain::Refusal(*outcome.refusal);
    return static_cast<const Response&>(*outcome.answer);
  }
};

/// Stops the step behind so many where it is, outside of its transaction; those behind it go on. What it shares with
/// the errand outlives the test.
class Halt {
 public:
  Halt(ledger::Appraisal& appraisal, int after) {
    appraisal.fetch = [state = state_, after]() -> std::int64_t {
      if (++state->steps == after + 1) {
        state->reached.set_value();
        state->go_on.get_future().wait();
      }
      return 0;
    };
  }
  void wait_until_reached() { state_->reached.get_future().wait(); }
  void go_on() { state_->go_on.set_value(); }

 private:
  struct State {
    std::atomic<int> steps = 0;
    std::promise<void> reached, go_on;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST_P(JobsTest, GoesOnStepByStepToItsEnd) {
  const Job started = start(7);
  EXPECT_EQ(started.kind(), "PayInTurn");
  EXPECT_EQ(started.service(), "ledger");
  EXPECT_EQ(started.started_by(), "wang");
  run();
  const Job ended = job(started.id());
  EXPECT_EQ(ended.state(), contract::v1::JOB_STATE_DONE);
  EXPECT_EQ(ended.done(), 7);
  EXPECT_EQ(ended.total(), 7);
  EXPECT_EQ(ended.result().name(), "told.txt");
  EXPECT_EQ(ended.result().bytes(), 1);
  EXPECT_TRUE(ended.has_ended_at());
  EXPECT_EQ(result_of(started.id()), "7");
  EXPECT_EQ(paid_in(), 35);
}

TEST_P(JobsTest, TellsHowFarItIsWhileItRuns) {
  Halt halt(*appraisal_, 2);
  const Job started = start(5);
  halt.wait_until_reached();
  const Job running = job(started.id());
  EXPECT_EQ(running.state(), contract::v1::JOB_STATE_RUNNING);
  EXPECT_EQ(running.done(), 2);
  EXPECT_EQ(running.total(), 5);
  EXPECT_EQ(result_of(started.id()), "job_file");
  halt.go_on();
  run();
  EXPECT_EQ(paid_in(), 25);
}

TEST_P(JobsTest, DoesAStepThatFailedAgainAndOnce) {
  int runs = 0;
  appraisal_->fetch = [&]() -> std::int64_t {
    if (++runs % 2 == 1) throw std::runtime_error("nobody at home");
    return 0;
  };
  const Job started = start(3);
  for (int i = 0; i < 10; ++i) run(std::chrono::minutes(10));
  EXPECT_EQ(job(started.id()).state(), contract::v1::JOB_STATE_DONE);
  EXPECT_EQ(paid_in(), 15);
}

TEST_P(JobsTest, GoesOnBehindItsLastStepAfterARestart) {
  int steps = 0;
  appraisal_->fetch = [&]() -> std::int64_t {
    if (++steps == 4) throw std::runtime_error("the process ends here");
    return 0;
  };
  const Job started = start(9);
  run();
  EXPECT_EQ(paid_in(), 15);
  restart();
  run(std::chrono::minutes(10));
  EXPECT_EQ(job(started.id()).done(), 9);
  EXPECT_EQ(paid_in(), 45);
  EXPECT_EQ(steps, 10) << "three steps, the one that failed, and six";
}

TEST_P(JobsTest, EndsWhereSomebodySaysSoAndKeepsWhatWasDone) {
  Halt halt(*appraisal_, 2);
  const Job started = start(5);
  halt.wait_until_reached();
  EXPECT_EQ(cancel(started.id()).state(), contract::v1::JOB_STATE_CANCELLED);
  halt.go_on();
  run();
  const Job ended = job(started.id());
  EXPECT_EQ(ended.state(), contract::v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(ended.done(), 2);
  EXPECT_EQ(paid_in(), 10) << "the step that was under way is thrown away";
  EXPECT_EQ(result_of(started.id()), "2");
  EXPECT_EQ(cancel(started.id()).state(), contract::v1::JOB_STATE_CANCELLED);
}

TEST_P(JobsTest, IsNotEndedASecondTime) {
  const Job started = start(1);
  run();
  try {
    cancel(started.id());
    ADD_FAILURE();
  } catch (const domain::Refusal& refusal) {
    EXPECT_EQ(refusal.code(), "job_ended");
  }
}

TEST_P(JobsTest, FailsWithWhatAStepIsRefusedForAndUndoesTheStep) {
  const Job started = start(9, std::to_string(ledger::kLimit / 2));
  run();
  const Job failed = job(started.id());
  EXPECT_EQ(failed.state(), contract::v1::JOB_STATE_FAILED);
  EXPECT_EQ(failed.problem(), "balance_limit");
  EXPECT_FALSE(failed.reason_zh().empty());
  EXPECT_EQ(failed.done(), 2);
  EXPECT_EQ(paid_in(), ledger::kLimit) << "the third deposit had been written before it was refused";
}

TEST_P(JobsTest, FailsWhereWhoStartedItMayDoSoNoMore) {
  Halt halt(*appraisal_, 2);
  const Job started = start(5);
  halt.wait_until_reached();
  work([](domain::Tx& tx) { tx.run("DELETE FROM grants WHERE user_id = 'wang'"); });
  grant("admin", "ADMIN");
  halt.go_on();
  run();
  EXPECT_EQ(job(started.id(), as("admin")).problem(), "not_allowed");
  EXPECT_EQ(paid_in(), 10);
}

TEST_P(JobsTest, IsSeenByWhoStartedItAndByAdmins) {
  const Job started = start(1);
  run();
  grant("admin", "ADMIN");
  grant("li", "OFFICE");
  EXPECT_EQ(job(started.id(), as("admin")).id(), started.id());
  EXPECT_THROW(job(started.id(), as("li")), domain::Refusal);
  EXPECT_EQ(result_of(started.id(), as("li")), "not_found");
  EXPECT_EQ(result_of(started.id(), as("admin")), "1");
}

TEST_P(JobsTest, TellsTheJournalOfEachStepByWhom) {
  const Job started = start(3);
  run();
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE caller = 'wang' AND method LIKE '%JobStep' AND subject = '" +
                  started.id() + "'"),
            4);
}

TEST_P(JobsTest, IsRemovedWithItsFilesWhenItsTimeHasCome) {
  const Job started = start(2);
  run();
  EXPECT_EQ(job(started.id()).expires_at().seconds() - job(started.id()).ended_at().seconds(), 30 * 24 * 3600);
  run(std::chrono::hours(24) * 31);
  EXPECT_THROW(job(started.id()), domain::Refusal);
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_P(JobsTest, RemovesInputsThatNeverBecameJobs) {
  // As a process leaves it that died between the two.
  outside_->blobs().put("ledger/jobs/01000000-0000-7000-8000-000000000000/input", "5");
  start(1);
  run();
  run(std::chrono::hours(24) * 31);
  EXPECT_THAT(blobs(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Engines, JobsTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
