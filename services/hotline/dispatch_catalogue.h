#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/catalogue.pb.h"

/// The living dispatch catalogues (派单目录): for an office, a category and a region, who leads, who takes part and how
/// long they have, from one day to another. All functions are free of state.
namespace wenming::hotline::dispatch_catalogue {

/// Refused: unknown categories and organisations, units and regions outside the receiving organisation, and days that
/// are past.
v1::DispatchEntry create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateDispatchEntryRequest& request);
v1::DispatchEntry end(domain::Tx& tx, const domain::Caller& caller, const v1::EndDispatchEntryRequest& request);
v1::ListDispatchEntriesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                     const v1::ListDispatchEntriesRequest& request);
v1::DispatchSuggestion suggest(domain::ReadTx& tx, const domain::Caller& caller,
                               const v1::SuggestDispatchRequest& request);
v1::ImportCatalogueResponse import_csv(domain::Tx& tx, const domain::Caller& caller,
                                       const v1::ImportDispatchEntriesRequest& request);
std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

/// The entry that holds today: of the most particular category that has one, and within it of the smallest region.
std::optional<v1::DispatchEntry> entry_for(domain::ReadTx& tx, std::string_view receiving_unit_id,
                                           std::string_view category, std::string_view area_id);

}  // namespace wenming::hotline::dispatch_catalogue
