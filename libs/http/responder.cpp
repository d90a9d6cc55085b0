#include "http/responder.h"

#include <stdexcept>

namespace wenming::http {

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    if (const auto sink = std::exchange(sink_, std::move(other.sink_))) sink->abandon(exchange_);
    exchange_ = other.exchange_;
  }
  return *this;
}

Responder::~Responder() {
  if (sink_) sink_->abandon(exchange_);
}

void Responder::send(Response response) {
  take()->answer(exchange_, std::move(response));
}

void Responder::send_made(std::function<Response()> make) {
  take()->answer(exchange_, std::move(make));
}

std::shared_ptr<Stream> Responder::stream(Response head) {
  return take()->open_stream(exchange_, std::move(head));
}

std::shared_ptr<ResponseSink> Responder::take() {
  if (!sink_) throw std::logic_error("a request was answered twice");
  return std::exchange(sink_, nullptr);
}

}  // namespace wenming::http
