#include "e2e/recount.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace wenming::e2e {
namespace {

/// Behind every day and month that begins with the text.
constexpr char kBehind = '~';

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  return text;
}

}  // namespace

void Recount::add(const std::string& code, const std::string& figure, const std::string& day, std::int64_t amount) {
  amounts_[{code, figure}][day] += amount;
  if (!code.empty()) add(parents_.at(code), figure, day, amount);
}

std::int64_t Recount::sum(const std::string& code, const std::string& figure, const Days& days) const {
  const auto by_day = amounts_.find({code, figure});
  if (by_day == amounts_.end()) return 0;
  std::int64_t sum = 0;
  for (const auto& [day, amount] : by_day->second)
    if (day >= days.from && (days.to.empty() || day <= days.to + kBehind)) sum += amount;
  return sum;
}

std::set<std::string> Recount::codes() const {
  std::set<std::string> codes;
  for (const auto& [place, by_day] : amounts_) codes.insert(place.first);
  return codes;
}

std::set<std::string> Recount::children(const std::string& code) const {
  std::set<std::string> children;
  for (const auto& [child, parent] : parents_)
    if (parent == code) children.insert(child);
  return children;
}

void DashboardCheck::overviews(const Days& days) {
  for (const std::string& code : recount_.codes()) {
    std::string target = "/v1/dashboard/overview?" + unit_parameter(code);
    if (!days.from.empty()) target += "&from=" + days.from;
    if (!days.to.empty()) target += "&to=" + days.to;
    compare(client_.get(target)["figures"], code, days);
  }
}

void DashboardCheck::children() {
  for (const std::string& code : recount_.codes()) {
    const std::set<std::string> expected = recount_.children(code);
    std::set<std::string> shown;
    std::string token;
    do {
      const auto page =
          client_.get(fmt::format("/v1/dashboard/units?page_size=20&page_token={}&{}", token, unit_parameter(code)));
      for (const auto& unit : page["units"].GetArray()) {
        const auto child = std::string(runtime::text_of(unit, "code"));
        shown.insert(child);
        compare(unit["figures"], child, {});
        EXPECT_EQ(runtime::number_of(unit, "children"), static_cast<std::int64_t>(recount_.children(child).size()))
            << "below " << child;
      }
      token = runtime::text_of(page, "next_page_token");
    } while (!token.empty());
    EXPECT_EQ(shown, expected) << "below " << code;
  }
}

void DashboardCheck::months(const std::vector<std::string>& figures, const std::string& first,
                            const std::string& last) {
  for (const std::string& code : recount_.codes())
    for (const std::string& figure : figures) {
      const auto trend = client_.get(fmt::format("/v1/dashboard/trends?{}&metric={}&from={}-01&to={}-28&step=MONTH",
                                                 unit_parameter(code), upper(figure), first, last));
      std::string month;
      for (const auto& point : trend["points"].GetArray()) {
        month = runtime::text_of(point, "period");
        EXPECT_EQ(runtime::number_of(point, "amount"), recount_.sum(code, figure, {month, month}))
            << figure << " of '" << code << "' in " << month;
      }
      EXPECT_EQ(month, last) << "where the trend ends";
    }
}

std::string DashboardCheck::unit_parameter(const std::string& code) const {
  return "unit_id=" + (code.empty() ? code : ids_.at(code));
}

void DashboardCheck::compare(const rapidjson::Value& figures, const std::string& code, const Days& days) {
  EXPECT_GT(figures.MemberCount(), 30U) << "figures shown of '" << code << "'";
  for (const auto& figure : figures.GetObject())
    EXPECT_EQ(figure.value.GetInt64(), recount_.sum(code, figure.name.GetString(), days))
        << figure.name.GetString() << " of '" << code << "' from '" << days.from << "' to '" << days.to << "'";
}

}  // namespace wenming::e2e
