#pragma once

#include <google/protobuf/message.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/field_error.h"
#include "contract/malformed.h"
#include "core/time.h"

// JSON ⇄ message, by SAX and reflection, without a document in between. All functions may be called from any thread.
// They serve generated messages; a type is read once (see shape.h), then without locks.

namespace wenming::contract {

/// Bounds on JSON from outside, and what kind of request it is.
struct ReadOptions {
  std::size_t depth = 16;
  std::size_t elements = 20'000;  // of all arrays and objects together
  std::size_t errors = 1'000;     // named; those beyond are counted by nobody
  /// The body of a PATCH (RFC 7396): its keys fill the `update_mask` of the message, where there is one, and `null`
  /// gives an optional scalar its zero value, so that it is present and cleared. Objects and arrays inside are values:
  /// they replace what was there.
  bool merge_patch = false;
  /// Fields that come from the path: refused here.
  std::span<const google::protobuf::FieldDescriptor* const> not_here{};
};

/// Reads a JSON object into the message.
///
/// snake_case names; enums as upper-case words without their type's prefix; integers without fraction or exponent, none
/// beyond 2^53; Timestamps as RFC 3339; bytes as base64; `null` leaves a field absent. Refused, each with its JSON
/// pointer: unknown fields, a field given twice, two fields of a oneof, wrong types, unknown enum words, output-only
/// fields. Text that is not well-formed JSON in UTF-8, or exceeds a bound, throws Malformed, for nothing can be pointed
/// at.
///
/// Returns every offending field; the message is usable only where there is none.
std::vector<FieldError> parse_json(std::string_view json, google::protobuf::Message& message,
                                   const ReadOptions& options = {});

struct WriteOptions {
  core::UtcOffset offset;     // of timestamps
  bool mask_personal = true;  // `138****5678`; personal fields that are not text are left out
};

/// Appends the message as JSON: zero values printed, absent optional fields and messages left out, repeated fields
/// always there. Doubles are the shortest text that reads back the same; what JSON has no number for is `null`.
void write_json(const google::protobuf::Message& message, std::string& out, const WriteOptions& options);

}  // namespace wenming::contract
