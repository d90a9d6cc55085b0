#include "core/time.h"

#include <array>
#include <stdexcept>

namespace wenming::core {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr microseconds kYearOne = local_days(std::chrono::year(1) / 1 / 1).time_since_epoch();
constexpr microseconds kYearTenThousand = local_days(std::chrono::year(10'000) / 1 / 1).time_since_epoch();
constexpr minutes kWidestOffset{18 * 60};

bool has_four_digit_year(microseconds since_epoch) {
  return since_epoch >= kYearOne && since_epoch < kYearTenThousand;
}

/// Reads fixed-width fields from the front of a text. After the first mismatch every answer is worthless and `failed`.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    if (text_.size() < count) return fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(text_[i])) return fail();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  void expect(char c) {
    if (!accept(c)) fail();
  }

  bool accept(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  /// The digits after a decimal point as microseconds; what is finer is dropped.
  microseconds fraction() {
    if (text_.empty() || !is_digit(text_.front())) fail();
    std::int64_t value = 0;
    for (std::int64_t unit = 100'000; !text_.empty() && is_digit(text_.front()); unit /= 10, text_.remove_prefix(1)) {
      value += unit * (text_.front() - '0');
    }
    return microseconds(value);
  }

  /// `+08:00`, bounded by `hour` ≤ 23 and `minute` ≤ 59.
  minutes numeric_offset() {
    const bool west = accept('-');
    if (!west) expect('+');
    const int hour = digits(2);
    expect(':');
    const int minute = digits(2);
    if (hour > 23 || minute > 59) fail();
    const minutes offset = hours(hour) + minutes(minute);
    return west ? -offset : offset;
  }

  int fail() {
    failed_ = true;
    text_ = {};
    return 0;
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool finished() const { return !failed_ && text_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view text_;
  bool failed_ = false;
};

std::optional<Date> read_date(Reader& reader) {
  const int year = reader.digits(4);
  reader.expect('-');
  const int month = reader.digits(2);
  reader.expect('-');
  const int day = reader.digits(2);
  if (reader.failed() || year < 1) return std::nullopt;
  const auto ymd = std::chrono::year(year) / month / day;
  if (!ymd.ok()) return std::nullopt;
  return Date(local_days(ymd));
}

char* put_digits(char* out, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + count;
}

char* put_date(char* out, Date day) {
  if (!has_four_digit_year(day.days().time_since_epoch())) throw std::out_of_range("a day beyond the years 1 to 9999");
  const auto ymd = day.ymd();
  out = put_digits(out, static_cast<unsigned>(static_cast<int>(ymd.year())), 4);
  *out++ = '-';
  out = put_digits(out, static_cast<unsigned>(ymd.month()), 2);
  *out++ = '-';
  return put_digits(out, static_cast<unsigned>(ymd.day()), 2);
}

char* put_offset(char* out, minutes offset) {
  if (offset == minutes(0)) {
    *out++ = 'Z';
    return out;
  }
  *out++ = offset < minutes(0) ? '-' : '+';
  const auto amount = static_cast<unsigned>(offset < minutes(0) ? -offset.count() : offset.count());
  out = put_digits(out, amount / 60, 2);
  *out++ = ':';
  return put_digits(out, amount % 60, 2);
}

/// Three digits where they suffice, else six.
char* put_fraction(char* out, unsigned micros) {
  if (micros == 0) return out;
  *out++ = '.';
  return micros % 1000 == 0 ? put_digits(out, micros / 1000, 3) : put_digits(out, micros, 6);
}

}  // namespace

Date Date::first_of_month() const {
  const auto day = ymd();
  return Date(local_days(day.year() / day.month() / 1));
}

Date Date::first_of_next_month() const {
  const auto day = ymd();
  return Date(local_days((day.year() / day.month() + std::chrono::months(1)) / 1));
}

std::optional<UtcOffset> UtcOffset::parse(std::string_view text) {
  if (text == "Z") return UtcOffset(std::chrono::minutes(0));
  Reader reader(text);
  const auto offset = reader.numeric_offset();
  if (!reader.finished() || offset > kWidestOffset || offset < -kWidestOffset) return std::nullopt;
  return UtcOffset(offset);
}

std::string UtcOffset::text() const {
  std::array<char, 8> buffer;
  return {buffer.data(), put_offset(buffer.data(), offset_)};
}

Date UtcOffset::date_of(Timestamp t) const {
  return Date(local_days(floor<days>(microseconds(t.micros()) + offset_)));
}

Timestamp UtcOffset::start_of(Date day) const {
  return Timestamp((microseconds(day.days().time_since_epoch()) - offset_).count());
}

microseconds UtcOffset::time_of_day(Timestamp t) const {
  const microseconds local = microseconds(t.micros()) + offset_;
  return local - floor<days>(local);
}

std::string to_rfc3339(Timestamp t, UtcOffset offset) {
  std::string out;
  append_rfc3339(out, t, offset);
  return out;
}

void append_rfc3339(std::string& out, Timestamp t, UtcOffset offset) {
  const microseconds utc(t.micros());
  if (!has_four_digit_year(utc)) throw std::out_of_range("a moment beyond the years 1 to 9999");
  if (!has_four_digit_year(utc + offset.minutes())) offset = UtcOffset(minutes(0));

  const microseconds local = utc + offset.minutes();
  const days day = floor<days>(local);
  const auto micros = static_cast<std::uint64_t>((local - day).count());
  const auto second_of_day = static_cast<unsigned>(micros / 1'000'000);

  std::array<char, 40> buffer;
  char* end = put_date(buffer.data(), Date(local_days(day)));
  *end++ = 'T';
  end = put_digits(end, second_of_day / 3600, 2);
  *end++ = ':';
  end = put_digits(end, second_of_day / 60 % 60, 2);
  *end++ = ':';
  end = put_digits(end, second_of_day % 60, 2);
  end = put_fraction(end, static_cast<unsigned>(micros % 1'000'000));
  end = put_offset(end, offset.minutes());
  out.append(buffer.data(), end);
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader reader(text);
  const auto day = read_date(reader);
  if (!day) return std::nullopt;
  if (!reader.accept('T')) reader.expect('t');
  const int hour = reader.digits(2);
  reader.expect(':');
  const int minute = reader.digits(2);
  reader.expect(':');
  const int second = reader.digits(2);
  const microseconds fraction = reader.accept('.') ? reader.fraction() : microseconds(0);
  const minutes offset = reader.accept('Z') || reader.accept('z') ? minutes(0) : reader.numeric_offset();
  if (!reader.finished() || hour > 23 || minute > 59 || second > 60) return std::nullopt;

  const microseconds utc_minute = day->days().time_since_epoch() + hours(hour) + minutes(minute) - offset;
  const bool leap_second = second == 60;
  if (leap_second) {
    // Leap seconds end a month of UTC; anywhere else the 60 is a slip.
    const microseconds next_minute = utc_minute + minutes(1);
    const Date next_day(local_days(floor<days>(next_minute)));
    if (next_day.days().time_since_epoch() != next_minute || next_day != next_day.first_of_month()) return std::nullopt;
  }
  const microseconds moment = utc_minute + seconds(leap_second ? 59 : second) + fraction;
  if (!has_four_digit_year(moment)) return std::nullopt;
  return Timestamp(moment.count());
}

std::string to_text(Date day) {
  std::array<char, 10> buffer;
  return {buffer.data(), put_date(buffer.data(), day)};
}

std::optional<Date> parse_date(std::string_view text) {
  Reader reader(text);
  const auto day = read_date(reader);
  if (!reader.finished()) return std::nullopt;
  return day;
}

std::string month_of(Date day) {
  return to_text(day).substr(0, 7);
}

std::optional<Date> parse_month(std::string_view text) {
  if (text.size() != 7) return std::nullopt;
  return parse_date(std::string(text) + "-01");
}

}  // namespace wenming::core
