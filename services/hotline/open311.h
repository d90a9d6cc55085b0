#pragma once

#include <string>
#include <string_view>

#include "core/settings.h"
#include "domain/edge.h"
#include "domain/refusal.h"
#include "domain/tx.h"
#include "wenming/hotline/v1/open311.pb.h"

/// Open311 GeoReport v2 at the edge: requests as the protocol has them become commands and questions, and answers and
/// errors become its JSON and XML.
namespace wenming::hotline {

/// Immutable; every thread may call.
class Open311 {
 public:
  explicit Open311(core::Settings& settings);

  domain::EdgeAnswer discover(domain::Edge& edge, const v1::DiscoverOpen311Request& request) const;
  domain::EdgeAnswer services(domain::Edge& edge, const v1::ListOpen311ServicesRequest& request) const;
  domain::EdgeAnswer service(domain::Edge& edge, const v1::GetOpen311ServiceRequest& request) const;
  domain::EdgeAnswer create(domain::Edge& edge, const v1::CreateOpen311RequestRequest& request) const;
  domain::EdgeAnswer requests(domain::Edge& edge, const v1::ListOpen311RequestsRequest& request) const;
  domain::EdgeAnswer request(domain::Edge& edge, const v1::GetOpen311RequestRequest& request) const;
  domain::EdgeAnswer token(domain::Edge& edge, const v1::GetOpen311TokenRequest& request) const;
  domain::EdgeAnswer updates(domain::Edge& edge, const v1::ListOpen311UpdatesRequest& request) const;
  domain::EdgeAnswer add_update(domain::Edge& edge, const v1::CreateOpen311UpdateRequest& request) const;

  /// Errors as the protocol has them, with its statuses: 400, 403 and 404 where others have 422, 401 and so on.
  static domain::EdgeAnswer refused(const domain::EdgeRequest& request, const domain::Refusal& refusal);

 private:
  [[nodiscard]] std::string office(domain::ReadTx& tx, std::string_view jurisdiction_id) const;

  std::string jurisdiction_, contact_;
};

}  // namespace wenming::hotline
