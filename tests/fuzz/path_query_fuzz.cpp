// Any bytes as `VERB /path?query` and, after a line break, a body: what is found has fields of sound text, and what is
// wrong with it is said in JSON.
#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "contract/contract.h"
#include "contract/malformed.h"
#include "contract/problem.h"
#include "contract/request.h"
#include "contract/testdata/trees.pb.h"
#include "core/text.h"

namespace {

using namespace wenming;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Cuts off what stands before the mark.
std::string_view take(std::string_view& rest, char mark) {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

void answer(const std::vector<contract::FieldError>& errors) {
  const auto& problem = *contract::v1::Problem_descriptor()->FindValueByNumber(contract::v1::PROBLEM_INVALID_FIELDS);
  const std::string text = contract::problem_json(problem, contract::Language::English, {}, errors, "/");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  require(!document.HasParseError());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const contract::Contract contract({contract::testing::v1::TreeService::descriptor()});
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string_view line = take(rest, '\n');
  const contract::Verb verb = contract::parse_verb(take(line, ' '));
  const std::string_view path = take(line, '?');

  const auto match = contract.match(verb, path);
  if (match.method == nullptr) return 0;
  require(match.path_fields.size() == match.method->path_fields.size());
  for (const auto& [name, value] : match.path_fields) require(core::is_utf8(value));
  const std::unique_ptr<google::protobuf::Message> request(match.method->request->New());
  try {
    answer(contract::read_request(*match.method, {match.path_fields, line, std::string(rest)}, *request));
    require(request->SerializeAsString().size() <= 4 * (size + 64));
  } catch (const contract::Malformed&) {
    // Nothing to point at: the one other way to refuse.
  }
  return 0;
}
