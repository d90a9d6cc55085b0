#include "http/worker.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/connection.h"

namespace wenming::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kTickWhileDraining{20};

/// How often deadlines are looked at: often enough that the shortest is late by a quarter at most.
std::chrono::milliseconds tick_of(const Options& options) {
  const auto shortest = std::min(
      {options.idle_timeout, options.header_timeout, options.body_timeout, options.write_timeout, options.heartbeat});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

}  // namespace

Worker::Worker(std::shared_ptr<Host> host) : host_(std::move(host)), tick_(tick_of(host_->options)) {}

void Worker::start() {
  asio::post(context_, [this] { schedule_tick(); });
  thread_ = std::thread([this] { context_.run(); });
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    mailbox_closed_ = true;
  }
  asio::post(context_, [this] {
    close_all();
    stopping_ = true;  // a tick may be due already, past cancelling
    timer_.cancel();
    work_.reset();
  });
  thread_.join();
  mailbox_.clear();
}

void Worker::deliver(Delivery delivery) {
  bool wake;
  {
    const std::lock_guard lock(mutex_);
    if (mailbox_closed_) return;
    wake = mailbox_.empty();
    mailbox_.push_back(std::move(delivery));
  }
  if (wake) asio::post(context_, [this] { open_mailbox(); });
}

void Worker::open_mailbox() {
  {
    const std::lock_guard lock(mutex_);
    opened_.swap(mailbox_);
  }
  // First all answers, then the writing, so that those of one connection go out together.
  for (Delivery& delivery : opened_) delivery.connection->receive(delivery.exchange, std::move(delivery.content));
  for (Delivery& delivery : opened_) delivery.connection->pump();
  opened_.clear();
}

void Worker::drain() {
  asio::post(context_, [this] {
    const auto connections = connections_;  // some may close at once
    for (const auto& connection : connections) connection->drain();
    schedule_tick();
  });
}

void Worker::cut_off() {
  asio::post(context_, [this] { close_all(); });
}

void Worker::close_all() {
  while (!connections_.empty()) std::shared_ptr<Connection>(connections_.back())->close();
}

std::string_view Worker::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 40> text;
    date_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
    date_second_ = now;
  }
  return date_;
}

void Worker::add(std::shared_ptr<Connection> connection) {
  connection->place_in_worker = connections_.size();
  connections_.push_back(std::move(connection));
}

void Worker::remove(Connection& connection) {
  const std::size_t place = connection.place_in_worker;
  connections_.back()->place_in_worker = place;
  std::swap(connections_[place], connections_.back());
  connections_.pop_back();
  --load_;
}

void Worker::schedule_tick() {
  if (stopping_) return;
  timer_.expires_after(host_->draining() ? std::min(tick_, kTickWhileDraining) : tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Worker::tick() {
  const auto now = std::chrono::steady_clock::now();
  // From the back: one that closes is replaced by the last, which has been looked at.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;  // several closed at once
    const std::shared_ptr<Connection> connection = connections_[i];
    connection->tick(now);
  }
  schedule_tick();
}

}  // namespace wenming::http
