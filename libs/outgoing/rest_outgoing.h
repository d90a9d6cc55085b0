#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/outside.h"
#include "outgoing/ip_address.h"

namespace wenming::outgoing {

struct OutgoingOptions {
  std::vector<std::string> allowed = {};  // see AddressPolicy
  /// `http://proxy.example:3128`, with name and password where it asks for them; empty: none. With a proxy it is the
  /// proxy that looks names up, so it has to keep inner addresses from being called; addresses that stand in URLs as
  /// numbers are judged here all the same.
  std::string proxy = {};
  std::string ca_file = {};  // PEM, believed beside the system's
  /// How names are looked up; for tests.
  std::function<std::vector<IpAddress>(const std::string& host, std::chrono::steady_clock::time_point deadline)>
      resolve = {};
};

/// The text, if it names a proxy. Throws std::invalid_argument.
std::string checked_proxy(std::string_view text);

/// HTTP to other systems by cpprestsdk, of which nothing is to be seen outside of this class.
///
/// A name is looked up here and its address is called as such, so that nobody can answer one address for the check and
/// another one for the call; `Host`, server name indication and the certificate's check go by the name. (cpprestsdk
/// takes these three from one header, so behind TLS on another port than 443 the header lacks the port.)
///
/// cpprestsdk's threads, two of them, start with the first request. Connections are kept for 20 s, 32 at most.
class RestOutgoing final : public domain::Outgoing {
 public:
  /// Throws std::invalid_argument naming what is wrong with the options. Opens nothing.
  explicit RestOutgoing(OutgoingOptions options = {});
  ~RestOutgoing() override;
  RestOutgoing(const RestOutgoing&) = delete;
  RestOutgoing& operator=(const RestOutgoing&) = delete;

  domain::OutgoingReply send(const domain::OutgoingRequest& request) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wenming::outgoing
