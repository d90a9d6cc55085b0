#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/authenticator.h"
#include "auth/token.h"

namespace wenming::auth {

/// Tokens whose signature was proved: a token that comes with every request of a page costs a look-up, not a
/// verification. Holds two generations: when the younger one is full, the older one is forgotten, so what is in use
/// stays and memory is bounded. Not synchronised.
class ProvedTokens {
 public:
  struct Proved {
    Claims claims;
    std::optional<core::Timestamp> key_retires_at;
  };

  explicit ProvedTokens(std::size_t generation) : generation_(generation) {}

  /// Null where the token is not known; valid until the next call.
  const Proved* find(std::string_view token);
  void keep(std::string_view token, Proved proved);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Generation = std::unordered_map<std::string, Proved, Hash, std::equal_to<>>;
  std::size_t generation_;
  Generation young_, old_;
};

/// Authenticates by access token, API key or stream ticket.
///
/// Public keys come from the source, which is asked at the first token, for a token of a key that is not known (at most
/// once a second), and once a minute to learn of retirements. The source may be a database that is away or hangs: only
/// who brings an unknown key waits for it, and hears what it throws.
///
/// A ticket is good once in this process, so one that is sent again and again is refused at no cost; that it is good
/// once among all processes is for whoever opens the stream to see to (`Proof::ticket_id`). Owned by the runtime; any
/// thread may call.
class TokenAuthenticator final : public Authenticator {
 public:
  using KeySource = std::function<std::vector<PublicKey>()>;

  /// Runs work on another thread some time; false: not now.
  using Executor = std::function<bool(std::function<void()>)>;

  /// The executor looks for retirements; without one, whoever comes after a minute does it.
  explicit TokenAuthenticator(KeySource source, std::size_t proved_tokens = 20'000, Executor executor = nullptr)
      : source_(std::move(source)), executor_(std::move(executor)), proved_(proved_tokens / 2) {}

  [[nodiscard]] Proof authenticate(const Credentials& credentials, core::Timestamp now) override;

 private:
  std::optional<Claims> proved(TokenUse use, std::string_view token, core::Timestamp now);
  std::optional<PublicKey> key_for(TokenUse use, std::string_view header, core::Timestamp now);
  [[nodiscard]] std::optional<PublicKey> known_key(TokenUse use, std::string_view header) const;
  [[nodiscard]] bool is_due(const std::optional<core::Timestamp>& last, std::chrono::microseconds every,
                            core::Timestamp now) const;
  void look_for_retirements(core::Timestamp now);
  void load_unless_just_tried(core::Timestamp now);
  void load_keys(core::Timestamp now);
  bool spend(const Claims& ticket, core::Timestamp now);

  const KeySource source_;
  const Executor executor_;
  std::mutex loading_;  // held by whoever asks the source; guards what it last threw
  std::exception_ptr failure_;
  std::atomic<bool> looks_ = false;  // the executor has been told
  mutable std::mutex mutex_;         // guards all below; never held while a signature is checked or the source asked
  std::map<std::string, PublicKey, std::less<>> access_keys_, ticket_keys_;  // by the header of their tokens
  std::optional<core::Timestamp> loaded_at_, tried_at_;
  ProvedTokens proved_;
  std::map<std::string, core::Timestamp> spent_tickets_;  // until they expire
};

}  // namespace wenming::auth
