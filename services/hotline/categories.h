#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "wenming/hotline/v1/catalogue.pb.h"

/// What cases can be about: a tree of categories, each with the further questions that it asks. All functions are free
/// of state.
namespace wenming::hotline::categories {

/// Refused: a parent that is not there (`category_unknown`) or stands below (`category_loop`), and choices that do not
/// fit the kind of answer (`choices`).
v1::Category put(domain::Tx& tx, const domain::Caller& caller, const v1::PutCategoryRequest& request);
v1::Category get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetCategoryRequest& request);
v1::ListCategoriesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                const v1::ListCategoriesRequest& request);
v1::ImportCatalogueResponse import_csv(domain::Tx& tx, const domain::Caller& caller,
                                       const v1::ImportCategoriesRequest& request);

/// The category with what it asks; refused (`not_found`) where there is none.
v1::Category require(domain::ReadTx& tx, std::string_view code);

/// The category itself and all above it, from the bottom up; empty for one that the tree does not have.
std::vector<std::string> path_of(domain::ReadTx& tx, std::string_view code);

/// Refuses a category that takes no new cases (`category_unknown`) and answers that do not fit what it asks
/// (`answer_unknown`, `answer_missing`, `answer_invalid`). As long as the tree is empty every category is taken, and
/// nothing is asked; so is no category.
void check_answers(domain::ReadTx& tx, std::string_view code,
                   const google::protobuf::RepeatedPtrField<v1::CaseAttribute>& answers);

}  // namespace wenming::hotline::categories
