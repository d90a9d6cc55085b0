#pragma once

#include <string>

#include "contract/contract.h"

namespace wenming::contract {

/// The contract as an OpenAPI 3.1 document: paths, schemas with the rules of their fields, examples, problem answers,
/// security. Texts are the comments of the `.proto` files. The same contract gives the same bytes.
std::string openapi(const Contract& contract, std::string_view version);

/// The page `/docs`: reads `/openapi.json` and needs nothing from elsewhere.
std::string_view docs_page();

}  // namespace wenming::contract
