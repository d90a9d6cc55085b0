#include "faults/load.h"

#include <fmt/format.h>

#include <cstdlib>
#include <thread>

namespace wenming::faults {
namespace {

/// A server that is busy is asked again after this.
constexpr std::chrono::milliseconds kBusyPause{20};
/// After a fault there is nothing to gain by hurrying.
constexpr std::chrono::milliseconds kFaultPause{10};
constexpr int kRepeatPercent = 10;
constexpr std::size_t kRepeatsOfOld = 10;

bool is_between(unsigned status, unsigned from, unsigned to) {
  return status >= from && status < to;
}
/// To be asked again; nothing was done.
/// Turned away before it was taken. Other refusals that may be repeated, as of a full disk, are answers.
bool is_busy(const http::Reply& reply) {
  return reply.status == 429 || (reply.status == 503 && reply.body.find(R"("code":"busy")") != std::string::npos);
}

std::string id_in(const http::Reply& reply) {
  rapidjson::Document document;
  document.Parse(reply.body.data(), reply.body.size());
  return document.IsObject() ? std::string(runtime::text_of(document, "id")) : std::string();
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  acknowledged += other.acknowledged;
  refused += other.refused;
  faults += other.faults;
  lost += other.lost;
  repeated += other.repeated;
  return *this;
}

std::string Tally::text() const {
  return fmt::format("{} requests: {} acknowledged, {} refused, {} faults, {} answers lost, {} repeated", requests(),
                     acknowledged, refused, faults, lost, repeated);
}

LoadClient::LoadClient(const County& county, std::string url, std::uint64_t seed, std::size_t number,
                       std::size_t clients)
    : county_(county), storyteller_(county, seed, number, clients), random_(~(seed + number)), connection_(url) {}

void LoadClient::play(const std::atomic<bool>& enough) {
  while (!enough) {
    Story& story = stories_.emplace_back(storyteller_.next());
    while (!story.over() && !enough) {
      const Outcome outcome = take_next_step(story);
      if (outcome == Outcome::Lost) return;
      if (outcome == Outcome::Fault) {
        std::this_thread::sleep_for(kFaultPause);
        break;
      }
      const std::size_t step = story.answered - 1;
      if (!story.over() && !story.steps[step].forbidden && random_() % 100 < kRepeatPercent) repeat(story, step);
    }
  }
}

void LoadClient::settle() {
  for (Story& story : stories_) {
    if (!story.in_doubt) continue;
    while (!story.over() && take_next_step(story) == Outcome::Answered) {
    }
  }
  for (std::size_t i = 0; i < kRepeatsOfOld && !stories_.empty(); ++i) {
    const Story& story = stories_[random_() % stories_.size()];
    if (story.answered == 0) continue;
    const std::size_t step = random_() % story.answered;
    if (!story.steps[step].forbidden && !story.abandoned) repeat(story, step);
  }
}

void LoadClient::trust_that_lost_is_not_done() {
  for (Story& story : stories_) story.in_doubt = false;
}

LoadClient::Outcome LoadClient::take_next_step(Story& story) {
  const std::size_t number = story.answered;
  const Step& step = story.steps[number];
  const bool was_in_doubt = story.in_doubt;
  http::Reply reply;
  try {
    do {
      story.in_doubt = true;
      reply = send(story, number);
    } while (is_busy(reply));
  } catch (const std::exception&) {
    count(&Tally::lost);
    return Outcome::Lost;
  }
  if (is_between(reply.status, 500, 600)) {
    count(&Tally::faults);
    story.in_doubt = was_in_doubt;
    return Outcome::Fault;
  }
  story.in_doubt = false;
  const bool accepted = is_between(reply.status, 200, 300);
  const bool broke_a_rule = reply.status == 409 || reply.status == 422;
  // A first answer that calls itself a repetition: the real first one was lost without the client knowing.
  const bool silently_lost = accepted && !was_in_doubt && reply.headers.has("Idempotency-Replayed");
  if ((step.forbidden ? !broke_a_rule : !accepted) || silently_lost) surprise(story, number, reply);
  if (accepted && story.id.empty()) story.id = id_in(reply);
  count(step.forbidden ? &Tally::refused : &Tally::acknowledged);
  ++story.answered;
  return Outcome::Answered;
}

void LoadClient::repeat(const Story& story, std::size_t step) {
  http::Reply reply;
  try {
    reply = send(story, step);
  } catch (const std::exception&) {
    count(&Tally::lost);  // of something that was answered before: nothing is in doubt
    return;
  }
  if (is_between(reply.status, 500, 600)) {
    count(&Tally::faults);
    return;
  }
  count(&Tally::repeated);
  const bool by_key = story.steps[step].verb == "POST";
  const bool same = is_between(reply.status, 200, 300) && id_in(reply) == story.id &&
                    (!by_key || reply.headers.has("Idempotency-Replayed"));
  if (!same)
    surprises_.push_back(fmt::format("{} step {} sent again: {} {}", story.marker, step, reply.status, reply.body));
}

void LoadClient::surprise(Story& story, std::size_t step, const http::Reply& reply) {
  story.abandoned = true;
  surprises_.push_back(fmt::format("{} step {} ({} {} {}): {}{} {}", story.marker, step, story.steps[step].verb,
                                   story.target(step), story.steps[step].body, reply.status,
                                   reply.headers.has("Idempotency-Replayed") ? " replayed" : "", reply.body));
}

http::Reply LoadClient::send(const Story& story, std::size_t number) {
  const Step& step = story.steps[number];
  http::Headers headers{{"Content-Type", "application/json"}};
  if (step.verb == "POST") headers.add("Idempotency-Key", story.key(number));
  if (step.hand != Hand::Citizen)
    headers.add("Authorization", "Bearer " + (step.hand == Hand::Office ? county_.office_key : county_.unit_key));
  http::Reply reply = connection_.request(step.verb, story.target(number), headers, step.body);
  if (is_busy(reply)) std::this_thread::sleep_for(kBusyPause);
  return reply;
}

void LoadClient::count(std::int64_t Tally::*kind) {
  const std::lock_guard lock(mutex_);
  ++(tally_.*kind);
}

Tally LoadClient::tally() const {
  const std::lock_guard lock(mutex_);
  return tally_;
}

Load::Load(const County& county, const e2e::ServerProcess& server, std::uint64_t seed, std::size_t clients) {
  for (std::size_t i = 0; i < clients; ++i)
    clients_.push_back(std::make_unique<LoadClient>(county, server.url(), seed, i, clients));
}

void Load::play_while(const std::function<void()>& meanwhile) {
  std::atomic<bool> enough = false;
  std::vector<std::jthread> threads;
  for (const auto& client : clients_) threads.emplace_back([&enough, &client] { client->play(enough); });
  try {
    meanwhile();
  } catch (...) {
    enough = true;
    throw;
  }
  enough = true;
}

void Load::settle() {
  on_all([](LoadClient& client) { client.settle(); });
}

void Load::trust_that_lost_is_not_done() {
  on_all([](LoadClient& client) { client.trust_that_lost_is_not_done(); });
}

void Load::on_all(const std::function<void(LoadClient&)>& job) {
  std::vector<std::jthread> threads;
  for (const auto& client : clients_) threads.emplace_back([&job, &client] { job(*client); });
}

void Load::each_story(const std::function<void(const Story&)>& visit) const {
  for (const auto& client : clients_)
    for (const Story& story : client->stories()) visit(story);
}

Tally Load::tally() const {
  Tally sum;
  for (const auto& client : clients_) sum += client->tally();
  return sum;
}

std::vector<std::string> Load::surprises() const {
  std::vector<std::string> all;
  for (const auto& client : clients_) all.insert(all.end(), client->surprises().begin(), client->surprises().end());
  return all;
}

std::uint64_t taken_from_environment(const char* variable, std::uint64_t otherwise) {
  const char* given = std::getenv(variable);
  const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
  ::unsetenv(variable);
  return value;
}

std::uint64_t seed_of_this_run() {
  const std::uint64_t seed = taken_from_environment("WENMING_SEED", std::random_device{}());
  fmt::print("WENMING_SEED={}\n", seed);
  return seed;
}

}  // namespace wenming::faults
