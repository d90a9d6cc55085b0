#include "http/outbox.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace wenming::http {
namespace {

std::string gathered(Outbox& outbox) {
  std::string all;
  for (const auto& buffer : outbox.buffers()) all.append(static_cast<const char*>(buffer.data()), buffer.size());
  return all;
}

TEST(OutboxTest, KeepsLongBodiesWhereTheyLie) {
  const auto body = std::make_shared<const std::string>(100'000, 'b');
  Outbox outbox;
  outbox.text() += "head";
  outbox.append(Body(body));
  ASSERT_EQ(outbox.buffers().size(), 2U);
  EXPECT_EQ(outbox.buffers()[1].data(), body->data());
}

TEST(OutboxTest, GivesEveryByteOnceAndInOrderHoweverMuchIsWrittenAtATime) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto up_to = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
  Outbox outbox;
  std::string expected, written;
  for (int step = 0; step < 2'000; ++step) {
    const char letter = static_cast<char>('a' + step % 26);
    if (up_to(2) == 0) {
      const std::string body(up_to(1) == 0 ? up_to(100) : up_to(20'000), letter);
      expected += body;
      outbox.append(Body(body));
    } else {
      const std::string text(up_to(50), letter);
      expected += text;
      outbox.text() += text;
    }
    ASSERT_EQ(outbox.pending(), expected.size() - written.size());
    const std::string next = gathered(outbox);
    ASSERT_EQ(next.size(), outbox.pending());
    const std::size_t count = up_to(3) == 0 ? next.size() : up_to(next.size());
    written += next.substr(0, count);
    outbox.consume(count);
  }
  written += gathered(outbox);
  EXPECT_TRUE(written == expected);
}

}  // namespace
}  // namespace wenming::http
