#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "core/settings.h"
#include "domain/service.h"
#include "store/store.h"
#include "wenming/hotline/v1/cases.pb.h"

namespace wenming::bench {

/// Texts as citizens write them: sentences of real cases put together anew where WENMING_SAMPLES names a folder of real
/// records, else made of phrases.
class Texts {
 public:
  Texts();
  [[nodiscard]] std::string subject(std::mt19937& random) const;
  /// About so many characters.
  [[nodiscard]] std::string detail(std::mt19937& random, std::size_t characters) const;

  /// Pairs of characters by how often they come: in some per cent of the texts, and in a few of ten thousand.
  [[nodiscard]] const std::vector<std::string>& common() const { return common_; }
  [[nodiscard]] const std::vector<std::string>& rare() const { return rare_; }

 private:
  void count();

  std::vector<std::string> subjects_, sentences_, common_, rare_;
};

/// A hotline with many cases: a county of 27 towns and 300 units, cases of three years, most of them closed. The first
/// units have many cases (`busy`: one in ten), the last ones few.
class ManyCases {
 public:
  ManyCases(std::unique_ptr<store::Engine> engine, int cases);
  ~ManyCases();

  /// Calls a method as the operator of the county, and waits. Throws std::runtime_error where it is refused.
  domain::MessagePtr call(std::string_view rpc, const google::protobuf::Message& request);
  /// The same without waiting; `done` runs on another thread.
  void submit(std::string_view rpc, const google::protobuf::Message& request, store::Done done);

  /// Waits until the index has taken everything up.
  void wait_for_index();

  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const Texts& texts() const { return texts_; }
  [[nodiscard]] static std::string unit(int number);
  [[nodiscard]] static std::string category(int number);
  static constexpr int kUnits = 300, kCategories = 80;
  static constexpr double kWest = 105.5, kEast = 106.0, kSouth = 29.4, kNorth = 29.9;

 private:
  void work(const std::function<void(domain::Tx&)>& body);
  void found_county();
  void fill(int cases);
  [[nodiscard]] hotline::v1::Case made(std::mt19937& random, double age) const;

  const Texts texts_;
  core::Settings settings_;
  const domain::Service service_;
  const contract::Contract contract_;
  std::map<std::string, const contract::Method*, std::less<>> methods_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace wenming::bench
