#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/contract.h"
#include "contract/field_error.h"

namespace wenming::contract {

/// A request as it came over HTTP. Path and query are borrowed; the body is taken over, for it may be a large file.
struct RequestText {
  const std::vector<std::pair<std::string, std::string>>& path_fields;  // of Contract::Match
  std::string_view query;                                               // raw, without `?`
  std::string body;
};

/// Reads a whole request into its message and checks it: path, query, body, then the rules of all fields. Returns every
/// offending field, each once; the message is usable only where there is none. Throws Malformed. Any thread may call.
///
/// An empty body stands for `{}`. The caller has checked the body's size and media type.
std::vector<FieldError> read_request(const Method& method, RequestText text, google::protobuf::Message& request);

/// The same for a method of kind EDGE: path and query, and the body where it is a form, are read into those fields that
/// they name; what else they hold is the function's own business.
std::vector<FieldError> read_edge_request(const Method& method, const RequestText& text,
                                          google::protobuf::Message& request);

/// The parameters of a query or form, in order. Throws Malformed.
std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view text);

/// The part of it that reads path and query.
///
/// Queries are `application/x-www-form-urlencoded`: a repeated field once per value, an empty value as if it were not
/// there. Parameters that are no field of the request, or belong into its path or JSON body, are refused as unknown.
std::vector<FieldError> bind_path_and_query(const Method& method,
                                            const std::vector<std::pair<std::string, std::string>>& path_fields,
                                            std::string_view query, google::protobuf::Message& request);

/// Sets one field from text, as paths, queries and CSV give it (`minutes` from `90`, `status` from `PENDING`), or adds
/// to it where it is repeated. Appends what is wrong to `errors`.
void set_from_text(google::protobuf::Message& message, std::string_view field, std::string_view text,
                   std::vector<FieldError>& errors);

}  // namespace wenming::contract
