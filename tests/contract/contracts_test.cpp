// Judges all contracts of this repository at once, each as its service would be started with.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "contract/descriptors.h"
#include "contract/example.h"
#include "contract/json.h"
#include "contract/openapi.h"
#include "contract/problem.h"
#include "contract/request.h"
#include "contract/shape.h"
#include "contract/testdata/lines.h"

namespace wenming::contract {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;
using ::testing::IsEmpty;

std::vector<const ServiceDescriptor*> all_services() {
  google::protobuf::FileDescriptorSet files;
  const std::string_view embedded = descriptors().front().text;
  files.ParseFromArray(embedded.data(), static_cast<int>(embedded.size()));
  std::vector<const ServiceDescriptor*> services;
  for (const auto& file : files.file()) {
    for (const auto& service : file.service()) {
      services.push_back(DescriptorPool::generated_pool()->FindServiceByName(file.package() + "." + service.name()));
    }
  }
  return services;
}

/// The `{name}` places of a text.
std::set<std::string> places(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    names.emplace(text.substr(open + 1, text.find('}', open) - open - 1));
  }
  return names;
}

class ContractsTest : public ::testing::Test {
 protected:
  const Contract contract_{all_services()};
};

TEST_F(ContractsTest, HaveNoFaults) {
  EXPECT_GT(contract_.methods().size(), 0U);
}

TEST_F(ContractsTest, SayTheSameInEnglishAndChinese) {
  for (const auto* service : contract_.services()) {
    const auto* problems =
        DescriptorPool::generated_pool()->FindEnumTypeByName(service->file()->package() + ".Problem");
    for (int i = 1; problems != nullptr && i < problems->value_count(); ++i) {
      const auto& problem = *problems->value(i);
      EXPECT_EQ(places(text_of(problem, Language::English, {})), places(text_of(problem, Language::Chinese, {})))
          << problem.full_name();
    }
  }
}

TEST_F(ContractsTest, GiveExampleBodiesThatPassTheirOwnRules) {
  for (const auto& method : contract_.methods()) {
    if (!method->takes_json()) continue;
    std::vector<std::pair<std::string, std::string>> path_fields;
    for (const auto* field : method->path_fields) {
      std::string example = example_value(*field);
      std::erase(example, '"');
      path_fields.emplace_back(field->name(), example);
    }
    const std::unique_ptr<google::protobuf::Message> request(method->request->New());
    const std::string body = example_body(*method);
    EXPECT_THAT(testing::lines(read_request(*method, {path_fields, "", body}, *request)), IsEmpty())
        << method->descriptor->full_name() << ' ' << body;
  }
}

TEST_F(ContractsTest, AreFoundUnderTheirOwnPaths) {
  for (const auto& method : contract_.methods()) {
    std::string path = method->path;
    for (std::size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      path.replace(open, path.find('}') - open + 1, "42");
    }
    EXPECT_EQ(contract_.match(method->verb, path).method, method.get()) << path;
  }
}

TEST_F(ContractsTest, HaveACommentOnEverythingThatTheReferenceShows) {
  const std::string document = openapi(contract_, "0");
  EXPECT_EQ(document.find("\"description\": \"\""), std::string::npos)
      << document.substr(document.find("\"description\": \"\"") - 400, 500);
}

}  // namespace
}  // namespace wenming::contract
