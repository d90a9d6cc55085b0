#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/time.h"

/// Messages to other systems, signed as Standard Webhooks says (https://www.standardwebhooks.com), so that receivers
/// need no code of ours to verify them.
namespace wenming::webhooks {

/// How much chance goes into a secret.
inline constexpr std::size_t kSecretBytes = 32;

/// `whsec_…`, as receivers take it.
std::string secret(std::string_view random);

/// The value of `webhook-signature`: a signature for each of the secrets, so that a receiver who knows one of them is
/// content. Throws std::invalid_argument for what is no secret.
std::string signature(std::span<const std::string> secrets, std::string_view id, core::Timestamp sent_at,
                      std::string_view body);

/// The value of `webhook-timestamp`: seconds.
std::string timestamp(core::Timestamp sent_at);

}  // namespace wenming::webhooks
