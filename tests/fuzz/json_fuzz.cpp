// Any bytes as JSON: what is taken has to read back the same after it is written, and what is refused has to be
// answered with JSON, whatever the bytes were.
#include <google/protobuf/util/message_differencer.h>
#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "contract/json.h"
#include "contract/malformed.h"
#include "contract/mask.h"
#include "contract/problem.h"
#include "contract/testdata/trees.pb.h"
#include "contract/validate.h"
#include "core/text.h"

namespace {

using namespace wenming;
namespace trees = contract::testing::v1;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_json(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  require(!document.HasParseError());
}

void answer(const std::vector<contract::FieldError>& errors) {
  const auto& problem = *contract::v1::Problem_descriptor()->FindValueByNumber(contract::v1::PROBLEM_INVALID_FIELDS);
  require_json(contract::problem_json(problem, contract::Language::Chinese, {}, errors, "/"));
}

void read_back(trees::PlantTreeRequest& request) {
  std::string text;
  contract::write_json(request, text, {.offset = {}, .mask_personal = false});
  require(core::is_utf8(text));
  trees::PlantTreeRequest back;
  require(contract::parse_json(text, back).empty());
  require(google::protobuf::util::MessageDifferencer::Equals(request, back));

  contract::mask(request);
  text.clear();
  contract::write_json(request, text, {});
  require_json(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  for (const bool merge_patch : {false, true}) {
    try {
      trees::PlantTreeRequest request;
      const auto errors = contract::parse_json(json, request, {.merge_patch = merge_patch});
      answer(errors);
      answer(contract::validate(request));
      if (errors.empty()) read_back(request);
      trees::UpdateTreeRequest update;
      contract::parse_json(json, update, {.merge_patch = merge_patch});
    } catch (const contract::Malformed&) {
      // Nothing to point at: the one other way to refuse.
    }
  }
  return 0;
}
