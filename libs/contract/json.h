#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "contract/field_error.h"
#include "core/time.h"

namespace wenming::contract {

/// Bounds on JSON from outside.
struct JsonLimits {
  int depth = 16;
  std::size_t elements = 20'000;  // of all arrays and objects together
};

/// Reads a JSON object into the message, by SAX and reflection, without a document in between.
///
/// snake_case names; enums as upper-case words without their type's prefix; 64-bit integers as numbers; Timestamps as
/// RFC 3339; bytes as base64; `null` leaves a field absent. Refused, each with its JSON pointer: unknown fields, a field
/// given twice, wrong types, unknown enum words, output-only fields. Not well-formed JSON, invalid UTF-8 or a bound that
/// is exceeded throws the refusal-free `Malformed`, for nothing can be pointed at.
///
/// Returns every offending field; the message is usable only where there is none.
std::vector<FieldError> parse_json(std::string_view json, google::protobuf::Message& message, const JsonLimits& limits = {});

/// The text is not JSON at all; `what()` says where and why.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Sets one field from text, as paths and queries give it (`minutes=90`, `status=PENDING`, a repeated field once per
/// value). Appends what is wrong to `errors`.
void set_from_text(google::protobuf::Message& message, std::string_view field, std::string_view text,
                   std::vector<FieldError>& errors);

/// Checks all field rules of a message and those inside it; every offending field is named.
std::vector<FieldError> validate(const google::protobuf::Message& message);

struct WriteOptions {
  core::UtcOffset offset;       // of timestamps
  bool mask_personal = true;    // `138****5678`
};

/// Appends the message as JSON: zero values printed, absent optional fields and messages left out.
void write_json(const google::protobuf::Message& message, std::string& out, const WriteOptions& options);

/// Replaces personal fields by their masked form, in place; clears fields of FORMAT_SECRET. For the journal.
void mask(google::protobuf::Message& message);
/// The masked form of one text.
std::string masked(std::string_view text, v1::Personal kind);

}  // namespace wenming::contract
