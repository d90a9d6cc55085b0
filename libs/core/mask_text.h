#pragma once

#include <string>
#include <string_view>

namespace wenming::core {

/// The text with the phone numbers and identity-card numbers in it made unreadable, for those who may read the text but
/// not whom it names: `打13812345678找我` becomes `打138****5678找我`.
///
/// Finds mobile phones (also with +86), landlines with their area code, and identity-card numbers of 18 characters, in
/// ASCII or full-width digits, also with spaces, hyphens and dashes between them. Of a mobile phone the first three and
/// the last four digits stay, of a landline the area code and the last four, of an identity card nothing; what stands
/// between the digits stays. Left alone are amounts, dates, numbers of documents and of services (12345, 400-…), and an
/// extension behind a landline. A number without a plausible date of birth is none of an identity card.
///
/// Names are not found: nobody can tell them from other words. Takes UTF-8; any thread may call.
std::string mask_numbers(std::string_view text);

}  // namespace wenming::core
