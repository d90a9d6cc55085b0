#include "many_cases.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "core/csv.h"
#include "core/encoding.h"
#include "core/text.h"
#include "hotline/case_store.h"
#include "hotline/service.h"
#include "store/service_store.h"

namespace wenming::bench {
namespace {

using hotline::v1::Case;

constexpr std::chrono::hours kThreeYears{3 * 365 * 24};
constexpr std::size_t kCasesOfCommit = 500;

/// In case no real records are there.
const std::vector<std::string> kPhrases{
    "路灯不亮",         "夜间施工噪音扰民", "小区停车费太高", "垃圾无人清运",     "自来水发黄",   "物业不作为",
    "公交车不准点",     "井盖缺失",         "占道经营",       "违章搭建",         "学校收费不清", "油烟扰民",
    "道路积水",         "绿化带被破坏",     "电梯经常故障",   "拖欠工资",         "希望尽快处理", "请领导关注",
    "多次反映没有结果", "影响居民出行",     "存在安全隐患",   "请求有关部门调查", "至今没有答复"};

template <class T>
const T& one_of(const std::vector<T>& all, std::mt19937& random) {
  return all[random() % all.size()];
}

}  // namespace

Texts::Texts() {
  const char* const samples = std::getenv("WENMING_SAMPLES");
  if (samples == nullptr) {
    subjects_ = sentences_ = kPhrases;
    count();
    return;
  }
  std::ifstream file(std::string(samples) + "/hotline/cases_with_replies.csv");
  core::CsvReader csv(file);
  while (const core::CsvRecord* const record = csv.next()) {
    subjects_.emplace_back(record->at("subject"));
    std::string_view detail = record->at("detail");
    while (!detail.empty()) {
      const std::size_t end = std::min(detail.find("。"), detail.size());
      const std::string_view sentence = core::trim(detail.substr(0, end));
      if (!sentence.empty()) sentences_.push_back(std::string(sentence) + "。");
      detail.remove_prefix(std::min(end + std::string_view("。").size(), detail.size()));
    }
  }
  count();
}

std::string Texts::subject(std::mt19937& random) const {
  return std::string(core::first_code_points(one_of(subjects_, random), 200));
}

std::string Texts::detail(std::mt19937& random, std::size_t characters) const {
  std::string detail;
  while (core::code_points(detail) < characters) detail += one_of(sentences_, random);
  return std::string(core::first_code_points(detail, characters));
}

void Texts::count() {
  constexpr int kTexts = 10'000;
  std::mt19937 random(1);
  std::unordered_map<std::string, int> counts;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = subject(random) + detail(random, 120);
    std::unordered_map<std::string, int> seen;
    for (std::string_view rest = text; core::code_points(rest) >= 2;
         rest.remove_prefix(core::first_code_points(rest, 1).size())) {
      const std::string_view pair = core::first_code_points(rest, 2);
      const bool chinese =
          pair.size() == 6 && pair[0] >= '\xe4' && pair[3] >= '\xe4' && pair[0] < '\xea' && pair[3] < '\xea';
      if (chinese) seen.emplace(pair, 1);
    }
    for (const auto& [pair, one] : seen) counts[pair] += one;
  }
  std::vector<std::pair<int, std::string>> by_count;
  for (const auto& [pair, number] : counts) by_count.emplace_back(number, pair);
  std::sort(by_count.rbegin(), by_count.rend());
  for (std::size_t i = 0; i < by_count.size() && i < 30; ++i) common_.push_back(by_count[i].second);
  for (const auto& [number, pair] : by_count)
    if (number >= 1 && number <= 3 && rare_.size() < 300) rare_.push_back(pair);
  if (rare_.empty()) rare_.push_back(by_count.back().second);
}

ManyCases::ManyCases(std::unique_ptr<store::Engine> engine, int cases)
    : service_(hotline::service(settings_)), contract_(service_.contract()) {
  for (const auto& method : contract_.methods()) methods_[std::string(method->name())] = method.get();
  store_ = store::open_store(std::move(engine), service_, contract_, {});
  std::int64_t there = 0;
  store_->read([&](domain::ReadTx& tx) { there = tx.value<std::int64_t>("SELECT places FROM case_index").value(); });
  if (there >= cases) return;
  found_county();
  fill(cases);
}

ManyCases::~ManyCases() {
  store_->stop();
}

std::string ManyCases::unit(int number) {
  return "01930000-0000-7000-8000-" + std::to_string(100'000'000'000 + number);
}
std::string ManyCases::category(int number) {
  return "分类/" + std::to_string(number);
}

void ManyCases::work(const std::function<void(domain::Tx&)>& body) {
  std::promise<void> done;
  const auto settled = [&done](const std::exception_ptr& reason) {
    if (reason)
      done.set_exception(reason);
    else
      done.set_value();
  };
  if (!store_->work("", body, settled)) throw std::runtime_error("the store takes no work");
  done.get_future().get();
}

void ManyCases::found_county() {
  work([](domain::Tx& tx) {
    const auto found = [&](const std::string& id, const std::vector<std::string>& above) {
      tx.run(
          "INSERT INTO organisations (id, valid_from, valid_to, parent_id, code, name, level, version) "
          "VALUES ($1, '2000-01-01', '9999-12-31', $2, $1, $1, 'UNIT', 1)",
          id, domain::or_null(above.empty() ? "" : above.back()));
      for (std::size_t i = 0; i <= above.size(); ++i) {
        tx.run(
            "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) "
            "VALUES ($1, $2, '2000-01-01', '9999-12-31', $3)",
            id, i == above.size() ? id : above[i], above.size() - i);
      }
    };
    found("county", {});
    for (int town = 0; town < 27; ++town) found("town-" + std::to_string(town), {"county"});
    for (int number = 0; number < kUnits; ++number)
      found(unit(number), {"county", "town-" + std::to_string(number % 27)});
    tx.run(
        "INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ('1', 'operator', 'OPERATOR', "
        "'county', 0, 1)");
  });
}

Case ManyCases::made(std::mt19937& random, double age) const {
  const auto chance = [&random](double of_one) { return std::uniform_real_distribution<>(0, 1)(random) < of_one; };
  const auto between = [&random](double low, double high) {
    return std::uniform_real_distribution<>(low, high)(random);
  };
  const core::Timestamp received =
      core::SystemClock().now() - std::chrono::microseconds(static_cast<std::int64_t>(
                                      age * static_cast<double>(std::chrono::microseconds(kThreeYears).count())));
  Case subject;
  subject.set_channel(static_cast<hotline::v1::Channel>(1 + random() % 12));
  subject.set_kind(chance(0.7) ? hotline::v1::CASE_KIND_COMPLAINT : hotline::v1::CASE_KIND_SUGGESTION);
  subject.set_subject(texts_.subject(random));
  subject.set_detail(texts_.detail(random, static_cast<std::size_t>(30 + 250 * std::pow(between(0, 1), 2))));
  subject.set_category(category(static_cast<int>(kCategories * std::pow(between(0, 1), 2))));
  subject.set_receiving_unit_id("county");
  subject.set_responsible_unit_id("county");
  // One in ten is the first unit's; of the last units each has some hundred of a million.
  subject.set_unit_id(unit(chance(0.1) ? 0 : static_cast<int>(kUnits * std::pow(between(0, 1), 2.5))));
  if (chance(0.6)) {
    subject.mutable_position()->set_datum(contract::v1::DATUM_WGS84);
    subject.mutable_position()->set_longitude(between(kWest, kEast));
    subject.mutable_position()->set_latitude(between(kSouth, kNorth));
  }
  const bool open = age < 0.02 || chance(0.01);
  subject.set_state(!open         ? hotline::v1::CASE_STATE_CLOSED
                    : chance(0.3) ? hotline::v1::CASE_STATE_SIGNED
                    : chance(0.5) ? hotline::v1::CASE_STATE_DISPATCHED
                                  : hotline::v1::CASE_STATE_RECEIVED);
  subject.set_overdue(open && chance(0.1));
  *subject.mutable_received_at() = domain::to_proto(received);
  *subject.mutable_due_at() = domain::to_proto(received + std::chrono::hours(24 * 7));
  subject.set_version(1);
  return subject;
}

void ManyCases::fill(int cases) {
  const auto began = std::chrono::steady_clock::now();
  for (int first = 0; first < cases; first += static_cast<int>(kCasesOfCommit)) {
    work([&](domain::Tx& tx) {
      std::mt19937 random(static_cast<unsigned>(first));
      for (int i = first; i < std::min(cases, first + static_cast<int>(kCasesOfCommit)); ++i) {
        Case subject = made(random, 1.0 - static_cast<double>(i) / cases);
        subject.set_id(tx.new_id());
        hotline::insert_case(tx, subject, {});
      }
    });
  }
  const auto seconds = [began] {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
  };
  std::cerr << cases << " cases stored after " << seconds() << " s";
  wait_for_index();
  std::cerr << ", indexed after " << seconds() << " s\n";
}

void ManyCases::wait_for_index() {
  for (bool left = true; left;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    store_->read([&](domain::ReadTx& tx) { left = tx.value<bool>("SELECT under_way FROM case_index").value(); });
  }
}

void ManyCases::submit(std::string_view rpc, const google::protobuf::Message& request, store::Done done) {
  store::Call call;
  call.method = methods_.find(rpc)->second;
  call.request.reset(request.New());
  call.request->CopyFrom(request);
  call.principal = {"operator", {}, {}};
  call.route = call.method->path;
  if (!store_->submit(std::move(call), std::move(done))) throw std::runtime_error("the store takes no more");
}

domain::MessagePtr ManyCases::call(std::string_view rpc, const google::protobuf::Message& request) {
  std::promise<store::Outcome> answered;
  submit(rpc, request, [&answered](store::Outcome outcome) { answered.set_value(std::move(outcome)); });
  store::Outcome outcome = answered.get_future().get();
  if (outcome.refusal) throw std::runtime_error("refused: " + std::string(rpc) + " " + outcome.refusal->what());
  if (!outcome.answer) throw std::runtime_error("failed: " + std::string(rpc));
  return std::move(outcome.answer);
}

}  // namespace wenming::bench
