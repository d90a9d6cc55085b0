#pragma once

#include <memory>
#include <string_view>

#include "domain/edge.h"
#include "http/message.h"
#include "http/responder.h"
#include "store/store.h"

namespace wenming::runtime {

/// The request as an edge sees it; its body is taken over.
domain::EdgeRequest edge_request(http::Request& request);

/// Sends what an edge has answered. A long body is read piece by piece on the store's threads for edges, no faster than
/// the client takes it. `verb` is that of the request, `route` what the answer is counted under.
void send_edge_answer(domain::EdgeAnswer answer, std::string_view verb, std::string_view route,
                      std::shared_ptr<store::Store> store, http::Responder responder);

}  // namespace wenming::runtime
