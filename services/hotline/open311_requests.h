#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/tx.h"
#include "wenming/hotline/v1/open311.pb.h"

/// What Open311 tells of public cases: service requests and what happened to them. All functions are free of state; the
/// office is the organisation below which cases were received.
namespace wenming::hotline::open311 {

constexpr int kPageSize = 100;

/// One page, and whether there is another one.
template <class M>
struct Page {
  std::vector<M> entries;
  bool more = false;
};

/// Refused: parameters that cannot be read (`parameter`), and periods of more than 90 days (`period_too_long`).
Page<v1::Open311Request> requests(domain::ReadTx& tx, std::string_view office_id,
                                  const v1::ListOpen311RequestsRequest& asked);
/// Refused (`not_found`) where there is none, or it is not public.
v1::Open311Request request(domain::ReadTx& tx, std::string_view office_id, std::string_view id);
/// Refused as `requests` is.
Page<v1::Open311Update> updates(domain::ReadTx& tx, std::string_view office_id,
                                const v1::ListOpen311UpdatesRequest& asked);

}  // namespace wenming::hotline::open311
