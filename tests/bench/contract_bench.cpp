// What the contract layer costs a request: routing, JSON in, rules, JSON out. The same object of about 200 bytes is
// also written with RapidJSON's writer, to see what appending by hand is worth.
#include <benchmark/benchmark.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>

#include "contract/contract.h"
#include "contract/json.h"
#include "contract/mask.h"
#include "contract/request.h"
#include "contract/testdata/trees.pb.h"
#include "contract/validate.h"

namespace {

using namespace wenming;
namespace trees = contract::testing::v1;

constexpr std::string_view kBody =
    R"({"unit_id":"0190b5a8-7c3d-7e1f-8a2b-3c4d5e6f7081","name":"黄葛树","health":"GOOD","height_m":12.5,"protected":true,)"
    R"("planted_at":"2026-03-05T09:00:00+08:00","girth_cm":120,"plate":"AB-1234","tags":["oak"]})";

trees::Tree tree() {
  trees::Tree tree;
  tree.set_id("0190b5a8-7c3d-7e1f-8a2b-3c4d5e6f7081");
  tree.set_version(3);
  tree.set_name("黄葛树");
  tree.set_health(trees::HEALTH_GOOD);
  tree.set_height_m(12.5);
  tree.mutable_planted_at()->set_seconds(1'772'672'400);
  tree.set_girth_cm(120);
  tree.add_tags("oak");
  tree.set_keeper_name("李华");
  return tree;
}

void parse_json(benchmark::State& state) {
  for (auto _ : state) {
    trees::PlantTreeRequest request;
    benchmark::DoNotOptimize(contract::parse_json(kBody, request));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBody.size()));
}
BENCHMARK(parse_json);

void validate(benchmark::State& state) {
  trees::PlantTreeRequest request;
  contract::parse_json(kBody, request);
  for (auto _ : state) benchmark::DoNotOptimize(contract::validate(request));
}
BENCHMARK(validate);

void write_json(benchmark::State& state) {
  const trees::Tree message = tree();
  std::string out;
  for (auto _ : state) {
    out.clear();
    contract::write_json(message, out, {});
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(write_json);

/// The same bytes by RapidJSON's writer, with the values at hand: no reflection at all.
void write_json_by_rapidjson(benchmark::State& state) {
  const trees::Tree message = tree();
  rapidjson::StringBuffer buffer;
  for (auto _ : state) {
    buffer.Clear();
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    const auto text = [&](const char* key, std::string_view value) {
      writer.Key(key);
      writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    writer.StartObject();
    text("id", message.id());
    writer.Key("version");
    writer.Int64(message.version());
    text("name", message.name());
    text("health", "GOOD");
    writer.Key("height_m");
    writer.Double(message.height_m());
    writer.Key("protected");
    writer.Bool(message.protected_());
    std::string planted_at;
    core::append_rfc3339(planted_at, core::Timestamp(message.planted_at().seconds() * 1'000'000), {});
    text("planted_at", planted_at);
    writer.Key("girth_cm");
    writer.Int(message.girth_cm());
    writer.Key("tags");
    writer.StartArray();
    for (const std::string& tag : message.tags())
      writer.String(tag.data(), static_cast<rapidjson::SizeType>(tag.size()));
    writer.EndArray();
    writer.Key("notes");
    writer.StartArray();
    writer.EndArray();
    text("keeper_name", contract::masked(message.keeper_name(), contract::v1::PERSONAL_NAME));
    text("keeper_phone", message.keeper_phone());
    writer.EndObject();
    benchmark::DoNotOptimize(buffer.GetString());
  }
}
BENCHMARK(write_json_by_rapidjson);

void match(benchmark::State& state) {
  const contract::Contract contract({trees::TreeService::descriptor()});
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        contract.match(contract::Verb::Post, "/v1/trees/0190b5a8-7c3d-7e1f-8a2b-3c4d5e6f7081:water"));
  }
}
BENCHMARK(match);

void read_request(benchmark::State& state) {
  const contract::Contract contract({trees::TreeService::descriptor()});
  for (auto _ : state) {
    const auto match = contract.match(contract::Verb::Post, "/v1/trees");
    trees::PlantTreeRequest request;
    benchmark::DoNotOptimize(
        contract::read_request(*match.method, {match.path_fields, "", std::string(kBody)}, request));
  }
}
BENCHMARK(read_request);

}  // namespace
