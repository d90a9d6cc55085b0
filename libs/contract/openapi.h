#pragma once

#include <string>
#include <string_view>

#include "contract/contract.h"

namespace wenming::contract {

/// The contract as an OpenAPI 3.1 document: paths, schemas with the rules of their fields, examples, problem answers,
/// security. Texts are the comments of the `.proto` files. The same contract gives the same bytes.
std::string openapi(const Contract& contract, std::string_view version);

/// The same with comments from another descriptor set (as protoc writes it, with source information) than the one that
/// the binary carries.
std::string openapi(const Contract& contract, std::string_view version, std::string_view descriptor_set);

/// The page `/docs`: reads `/openapi.json` and needs nothing from elsewhere.
std::string_view docs_page();

}  // namespace wenming::contract
