#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string_view>

namespace wenming::testing {

/// Whether the call is refused with this code; says what happened instead if not.
::testing::AssertionResult refused(std::string_view code, const std::function<void()>& call);
/// Whether the call is refused with `invalid_fields`, this field among them.
::testing::AssertionResult field_refused(std::string_view pointer, const std::function<void()>& call);

}  // namespace wenming::testing

/// `EXPECT_REFUSED("hours_overlap", submit(li_hua, at("2026-03-05T10:30+08:00"), 60_min));`
#define EXPECT_REFUSED(code, ...) \
  EXPECT_TRUE(::wenming::testing::refused(code, [&] { static_cast<void>(__VA_ARGS__); }))

/// `EXPECT_FIELD_REFUSED("/minutes", submit(li_hua, at("2026-03-05T10:30+08:00"), 0_min));`
#define EXPECT_FIELD_REFUSED(pointer, ...) \
  EXPECT_TRUE(::wenming::testing::field_refused(pointer, [&] { static_cast<void>(__VA_ARGS__); }))
