#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/caller.h"
#include "domain/reader.h"

/// Methods of kind EDGE: protocols of others (Open311, OpenRosa) and the transfer of files, where HTTP itself has a
/// meaning. All else is a command or a query.
///
/// The contract declares an edge like any method, so that path, permissions and API reference stay in one place:
///
///     rpc CreateRequest(CreateRequestRequest) returns (CreateRequestAnswer) {  // a message without fields
///       option (wenming.contract.v1.method) = {
///         post: "/open311/v2/requests.{format}"
///         kind: KIND_EDGE
///         allow: {role: ROLE_CITIZEN, when: WHEN_ALWAYS}
///         body_media_type: "application/x-www-form-urlencoded"  // its fields are read into the request, and checked
///         answer_media_type: ["application/json", "application/xml"]
///         success_status: 201
///       };
///     }
///
/// and the table binds it: `.edge("CreateRequest", requests, &Requests::create, &Requests::refused)`.
///
///     EdgeAnswer Requests::create(Edge& edge, const v1::CreateRequestRequest& request) const {
///       if (!request.api_key().empty()) edge.sign_in(request.api_key());
///       const auto created = edge.call<v1::Case>("CreateCase", case_of(request), {.idempotency_key = …});
///       return {.status = 201, .headers = {{"Content-Type", "application/json"}}, .body = json_of(created)};
///     }
namespace wenming::domain {

/// A request as it came.
struct EdgeRequest {
  std::string verb;   // `GET`; a HEAD comes as one, and its answer loses its body
  std::string path;   // percent-encoded as sent
  std::string query;  // what follows `?`, as sent; contract::parse_parameters reads it, and forms
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};  // whole: the contract's `max_body_bytes` bounds it

  /// The value of the first header of that name, in whatever case; empty without one.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Bytes that are read while the client takes them, a piece at a time.
struct Pieces {
  std::uint64_t length = 0;  // of all
  /// The piece that begins there, at most so many bytes and at least one. Called on a thread that may wait, also long
  /// after the edge has returned: it holds what it needs. What it throws breaks the transfer off.
  std::function<std::string(std::uint64_t offset, std::size_t most)> read;
};

/// What is answered. Date, Content-Length, Connection and CORS are added.
struct EdgeAnswer {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<Pieces> pieces = {};  // in the place of `body`
};

/// What else comes with a call of a method.
struct EdgeCallOptions {
  std::string idempotency_key = {};
  std::optional<std::int64_t> if_match = {};
};

/// What an edge works with. It may read (`Reader`), and has what is to change changed by ordinary commands, as the
/// caller and by their rules. Lives as long as one request; one thread.
class Edge : public Reader {
 public:
  [[nodiscard]] virtual const EdgeRequest& request() const = 0;
  [[nodiscard]] virtual const Caller& caller() const = 0;

  /// Goes on as whoever this API key is of, for protocols that send it elsewhere than in `Authorization`. Throws
  /// `not_signed_in` where nobody is.
  virtual void sign_in(std::string_view api_key) = 0;

  /// Calls another method of this service, a command, prepared method or query, as the caller, and waits for its
  /// answer: field rules, permissions, idempotency and journal are as if it had come by itself. Personal fields are
  /// masked unless the method shows them. Throws Refusal; where it was none, `internal` or `unavailable`.
  template <class Response>
  Response call(std::string_view rpc, const google::protobuf::Message& request, const EdgeCallOptions& options = {}) {
    return static_cast<const Response&>(*call_method(rpc, request, options));
  }

  /// Writes down how far a transfer is, in a transaction: nothing that anybody is answerable for, which is a command's.
  /// It leaves no row in the journal, unless it publishes. Throws what the body throws.
  template <class F>
  auto note(F&& body) {
    using Result = std::invoke_result_t<F, Tx&>;
    if constexpr (std::is_void_v<Result>) {
      work(body);
    } else {
      // In a box of its own: the work may run again, on the writer's thread.
      const auto result = std::make_shared<std::optional<Result>>();
      work([&body, result](Tx& tx) { result->emplace(body(tx)); });
      return std::move(**result);
    }
  }

 private:
  virtual std::unique_ptr<google::protobuf::Message> call_method(std::string_view rpc,
                                                                 const google::protobuf::Message& request,
                                                                 const EdgeCallOptions& options) = 0;
  virtual void work(const std::function<void(Tx&)>& body) = 0;
};

}  // namespace wenming::domain
