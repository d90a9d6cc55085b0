// How long it takes to find cases among a million, whatever is asked, on both databases, alone and while cases come in.
//
//     case_search_bench sqlite|postgresql [CASES [FOLDER]]
//
// FOLDER keeps the SQLite file for the next run. PostgreSQL is started by the bench, or is the one whose socket lies in
// BENCH_POSTGRES, with a user `wenming` and a database `wenming_bench`, and then keeps the cases too. With
// WENMING_SAMPLES the texts are those of real cases. Prints a table in Markdown.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "core/text.h"
#include "many_cases.h"
#include "store/postgres/engine.h"
#include "store/sqlite/engine.h"
#include "testing/postgres_server.h"
#include "testing/temporary_folder.h"
#include "wenming/hotline/v1/case_search.pb.h"

namespace wenming::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using ListRequest = hotline::v1::ListCasesRequest;
using SimilarRequest = hotline::v1::FindSimilarCasesRequest;

class Times {
 public:
  void add(Clock::duration time) { times_.push_back(Milliseconds(time).count()); }
  [[nodiscard]] double percentile(double part) {
    std::sort(times_.begin(), times_.end());
    return times_.empty() ? 0
                          : times_[std::min(times_.size() - 1,
                                            static_cast<std::size_t>(part * static_cast<double>(times_.size())))];
  }
  [[nodiscard]] std::string text() {
    return fmt::format("{:.1f} | {:.1f} | {:.1f}", percentile(0.5), percentile(0.99), percentile(1.0));
  }
  [[nodiscard]] std::size_t count() const { return times_.size(); }

 private:
  std::vector<double> times_;
};

template <class F>
Clock::duration timed(F&& f) {
  const auto began = Clock::now();
  f();
  return Clock::now() - began;
}

/// The kinds of question, each with values of its own every time.
class Questions {
 public:
  explicit Questions(ManyCases& cases) : texts_(cases.texts()) {
    ListRequest request;
    request.set_page_size(500);
    const auto answer = cases.call("ListCases", request);
    const auto& found = static_cast<const hotline::v1::ListCasesResponse&>(*answer).cases();
    latest_.assign(found.begin(), found.end());
  }

  using Fill = std::function<void(Questions&, ListRequest&)>;
  struct Kind {
    std::string name;
    Fill fill;
  };
  static std::vector<Kind> kinds() {
    using Q = Questions;
    using R = ListRequest;
    return {
        {"all, the latest", [](Q&, R&) {}},
        {"a busy unit", [](Q&, R& r) { r.set_unit_id(ManyCases::unit(0)); }},
        {"a busy unit, counted",
         [](Q&, R& r) {
           r.set_unit_id(ManyCases::unit(0));
           r.set_include_total(true);
         }},
        {"a town, counted",
         [](Q& q, R& r) {
           r.set_unit_id(q.town());
           r.set_include_total(true);
         }},
        {"common word", [](Q& q, R& r) { r.set_query(q.common()); }},
        {"common word, counted",
         [](Q& q, R& r) {
           r.set_query(q.common());
           r.set_include_total(true);
         }},
        {"rare word, counted",
         [](Q& q, R& r) {
           r.set_query(q.rare());
           r.set_include_total(true);
         }},
        {"common word, rare unit, counted",
         [](Q& q, R& r) {
           r.set_query(q.common());
           r.set_unit_id(q.rare_unit());
           r.set_include_total(true);
         }},
        {"rare word, busy unit, counted",
         [](Q& q, R& r) {
           r.set_query(q.rare());
           r.set_unit_id(ManyCases::unit(0));
           r.set_include_total(true);
         }},
        {"three common words, counted",
         [](Q& q, R& r) {
           r.set_query(q.common() + " " + q.common() + " " + q.common());
           r.set_include_total(true);
         }},
        {"a whole subject, counted",
         [](Q& q, R& r) {
           r.set_query(q.sentence());
           r.set_include_total(true);
         }},
        {"state and category, counted",
         [](Q& q, R& r) {
           r.set_state(hotline::v1::CASE_STATE_DISPATCHED);
           r.set_category(q.category());
           r.set_include_total(true);
         }},
        {"late ones of a town",
         [](Q& q, R& r) {
           r.set_unit_id(q.town());
           r.set_overdue(true);
         }},
        {"deadline in a week and category, counted",
         [](Q& q, R& r) {
           q.week(r);
           r.set_category(q.category());
           r.set_include_total(true);
         }},
        {"circle of 1 km, counted",
         [](Q& q, R& r) {
           q.circle(r, 1000);
           r.set_include_total(true);
         }},
        {"circle of 20 km and common word, counted",
         [](Q& q, R& r) {
           q.circle(r, 20'000);
           r.set_query(q.common());
           r.set_include_total(true);
         }},
        {"word, town, state, category, channel, period, circle; counted", [](Q& q, R& r) { q.everything(r); }},
        {"nothing matches",
         [](Q& q, R& r) {
           r.set_query(q.common());
           r.set_category(q.category());
           r.set_area_id("county");
         }},
        {"page 100 of a common word",
         [](Q& q, R& r) {
           r.set_query(q.common());
           r.set_from("2000-01-01");
         }},
    };
  }

  std::string common() { return one_of(texts_.common()); }
  std::string rare() { return one_of(texts_.rare()); }
  std::string sentence() { return std::string(core::first_code_points(texts_.subject(random_), 20)); }
  std::string category() { return ManyCases::category(static_cast<int>(random_() % ManyCases::kCategories)); }
  std::string town() { return "town-" + std::to_string(random_() % 27); }
  std::string rare_unit() { return ManyCases::unit(ManyCases::kUnits - 1 - static_cast<int>(random_() % 20)); }
  void week(ListRequest& request) {
    const core::Date day = core::Date(2024, 1, 1) + std::chrono::days(random_() % 700);
    request.set_due_from(core::to_text(day));
    request.set_due_to(core::to_text(day + std::chrono::days(7)));
  }
  void circle(ListRequest& request, double metres) {
    std::uniform_real_distribution<> part(0.2, 0.8);
    request.set_longitude(ManyCases::kWest + (ManyCases::kEast - ManyCases::kWest) * part(random_));
    request.set_latitude(ManyCases::kSouth + (ManyCases::kNorth - ManyCases::kSouth) * part(random_));
    request.set_radius_m(metres);
  }
  void everything(ListRequest& request) {
    request.set_query(common());
    request.set_unit_id(town());
    request.set_state(hotline::v1::CASE_STATE_CLOSED);
    request.set_category(category());
    request.set_channel(static_cast<hotline::v1::Channel>(1 + random_() % 12));
    request.set_from("2024-03-01");
    circle(request, 20'000);
    request.set_include_total(true);
  }
  /// As a citizen would who saw what one of the latest cases tells.
  SimilarRequest similar(bool with_position) {
    const hotline::v1::Case& seen = latest_[random_() % latest_.size()];
    SimilarRequest request;
    request.set_receiving_unit_id("county");
    request.set_category(seen.category());
    request.set_subject(seen.subject());
    request.set_detail(texts_.detail(random_, 200));
    if (with_position && seen.has_position()) *request.mutable_position() = seen.position();
    return request;
  }
  hotline::v1::CreateCaseRequest intake() {
    hotline::v1::CreateCaseRequest request;
    request.set_receiving_unit_id("county");
    request.set_channel(hotline::v1::CHANNEL_PHONE);
    request.set_kind(hotline::v1::CASE_KIND_COMPLAINT);
    request.set_subject(texts_.subject(random_));
    request.set_detail(texts_.detail(random_, 660));  // 2 KB
    return request;
  }

 private:
  const std::string& one_of(const std::vector<std::string>& all) { return all[random_() % all.size()]; }

  const Texts& texts_;
  std::vector<hotline::v1::Case> latest_;
  std::mt19937 random_{7};
};

void questions_alone(ManyCases& cases, int rounds) {
  Questions questions(cases);
  fmt::print("| question | p50 ms | p99 ms | longest | found on average |\n|---|---|---|---|---|\n");
  for (const auto& [name, fill] : Questions::kinds()) {
    Times times;
    double found = 0;
    for (int round = 0; round < rounds; ++round) {
      ListRequest request;
      fill(questions, request);
      for (int page = 1; name.starts_with("page 100") && page < 100; page += 10) {
        request.set_page_size(500);
        const auto answer = cases.call("ListCases", request);
        request.set_page_token(static_cast<const hotline::v1::ListCasesResponse&>(*answer).next_page_token());
      }
      request.set_page_size(50);
      domain::MessagePtr answer;
      times.add(timed([&] { answer = cases.call("ListCases", request); }));
      const auto& response = static_cast<const hotline::v1::ListCasesResponse&>(*answer);
      found += response.has_total() ? static_cast<double>(response.total()) : response.cases_size();
    }
    fmt::print("| {} | {} | {:.0f} |\n", name, times.text(), found / rounds);
  }
  for (const bool with_position : {true, false}) {
    Times times;
    double found = 0;
    for (int round = 0; round < rounds; ++round) {
      const SimilarRequest request = questions.similar(with_position);
      domain::MessagePtr answer;
      times.add(timed([&] { answer = cases.call("FindSimilarCases", request); }));
      found += static_cast<const hotline::v1::SimilarCases&>(*answer).cases_size();
    }
    fmt::print("| duplicates {} | {} | {:.1f} |\n", with_position ? "by place and text" : "by text", times.text(),
               found / rounds);
  }
}

/// Cases come in at a steady pace, whoever waits.
class Intake {
 public:
  Intake(ManyCases& cases, int per_second) : cases_(cases), thread_([this, per_second] { run(per_second); }) {}
  ~Intake() {
    ends_ = true;
    thread_.join();
    while (under_way_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  [[nodiscard]] int taken() const { return taken_; }

 private:
  void run(int per_second) {
    Questions questions(cases_);
    auto next = Clock::now();
    while (!ends_) {
      std::this_thread::sleep_until(next += std::chrono::microseconds(1'000'000 / per_second));
      ++under_way_;
      cases_.submit("CreateCase", questions.intake(), [this](const store::Outcome& outcome) {
        if (outcome.answer) ++taken_;
        --under_way_;
      });
    }
  }

  ManyCases& cases_;
  std::atomic<bool> ends_ = false;
  std::atomic<int> taken_ = 0, under_way_ = 0;
  std::thread thread_;
};

void questions_while_writing(ManyCases& cases, int per_second, std::chrono::seconds time) {
  Questions questions(cases);
  Times busy_unit, search, similar, changes;
  int taken = 0;
  const auto began = Clock::now();
  {
    const Intake intake(cases, per_second);
    while (Clock::now() < began + time) {
      ListRequest list;
      list.set_unit_id(ManyCases::unit(0));
      for (int i = 0; i < 8; ++i) busy_unit.add(timed([&] { cases.call("ListCases", list); }));
      ListRequest words;
      words.set_query(questions.common());
      words.set_unit_id(questions.rare_unit());
      words.set_include_total(true);
      search.add(timed([&] { cases.call("ListCases", words); }));
      similar.add(timed([&] { cases.call("FindSimilarCases", questions.similar(true)); }));
      cases.store().read([&](domain::ReadTx& tx) {
        changes.add(std::chrono::milliseconds(tx.value<std::int64_t>("SELECT COUNT(*) FROM case_changes").value()));
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    taken = intake.taken();
  }
  const double rate = taken / std::chrono::duration<double>(time).count();
  fmt::print(
      "\nWhile {:.0f} cases a second come in, of 2 KB each:\n\n| question | p50 ms | p99 ms | longest "
      "|\n|---|---|---|---|\n",
      rate);
  fmt::print("| a busy unit | {} |\n| common word, rare unit, counted | {} |\n| duplicates by place and text | {} |\n",
             busy_unit.text(), search.text(), similar.text());
  fmt::print("| cases that wait for the index, number | {} |\n", changes.text());
}

/// As many as the store takes.
void intake_alone(ManyCases& cases, std::chrono::seconds time) {
  Questions questions(cases);
  std::vector<hotline::v1::CreateCaseRequest> requests;
  for (int i = 0; i < 1000; ++i) requests.push_back(questions.intake());
  std::atomic<int> taken = 0, under_way = 0;
  const auto began = Clock::now();
  for (std::size_t i = 0; Clock::now() < began + time; ++i) {
    while (under_way >= 64) std::this_thread::yield();
    ++under_way;
    cases.submit("CreateCase", requests[i % requests.size()], [&](const store::Outcome& outcome) {
      if (outcome.answer) ++taken;
      --under_way;
    });
  }
  const double rate = taken / std::chrono::duration<double>(Clock::now() - began).count();
  while (under_way > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  fmt::print("\n{:.0f} cases a second of 2 KB are taken in where as many as can come, 64 at a time", rate);
  const auto behind = timed([&] { cases.wait_for_index(); });
  fmt::print("; the index is up to date {:.1f} s later.\n", std::chrono::duration<double>(behind).count());
}

int run(const std::string& database, int count, const std::string& folder) {
  std::unique_ptr<testing::PostgresServer> server;
  std::unique_ptr<testing::TemporaryFolder> temporary;
  std::unique_ptr<store::Engine> engine;
  if (database == "postgresql") {
    if (const char* const running = std::getenv("BENCH_POSTGRES")) {
      engine =
          std::make_unique<store::PostgresEngine>("user=wenming dbname=wenming_bench host=" + std::string(running));
    } else {
      server = std::make_unique<testing::PostgresServer>(testing::PostgresServer::Disk::Durable);
      engine = std::make_unique<store::PostgresEngine>(server->database("cases"));
    }
  } else {
    std::filesystem::path place = folder;
    if (folder.empty()) {
      temporary = std::make_unique<testing::TemporaryFolder>();
      place = temporary->path();
    }
    std::filesystem::create_directories(place);
    engine = std::make_unique<store::SqliteEngine>((place / "cases.sqlite").string(), true);
  }
  ManyCases cases(std::move(engine), count);
  fmt::print("\n{} cases on {}\n\n", count, database);
  questions_alone(cases, 1);  // so that nobody pays for the first look
  fmt::print("\n");
  questions_alone(cases, 100);
  questions_while_writing(cases, 500, std::chrono::seconds(20));
  cases.wait_for_index();
  intake_alone(cases, std::chrono::seconds(10));
  return 0;
}

}  // namespace
}  // namespace wenming::bench

int main(int argc, char** argv) {
  try {
    return wenming::bench::run(argc > 1 ? argv[1] : "sqlite", argc > 2 ? std::atoi(argv[2]) : 1'000'000,
                               argc > 3 ? argv[3] : "");
  } catch (const std::exception& fault) {
    std::cerr << fault.what() << '\n';
    return 1;
  }
}
