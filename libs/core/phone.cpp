#include "core/phone.h"

namespace wenming::core {

std::string normal_phone(std::string_view written) {
  constexpr std::string_view kWideDigit = "\xef\xbc";  // U+FF10 to U+FF19 follow it with 0x90 to 0x99
  constexpr std::size_t kMobileDigits = 11;
  bool from_abroad = false;
  std::string digits;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string_view rest = written.substr(i);
    const auto last = rest.size() > 2 ? static_cast<unsigned char>(rest[2]) : 0U;
    if (rest[0] >= '0' && rest[0] <= '9') {
      digits += rest[0];
    } else if (rest.starts_with(kWideDigit) && last >= 0x90 && last <= 0x99) {
      digits += static_cast<char>('0' + (last - 0x90));
    } else if (digits.empty() && (rest[0] == '+' || rest.starts_with("＋"))) {
      from_abroad = true;
    }
  }
  if (!from_abroad && digits.starts_with("00")) {
    from_abroad = true;
    digits.erase(0, 2);
  }
  if (!digits.starts_with("86")) return from_abroad ? "+" + digits : digits;
  const bool mobile = digits.size() == 2 + kMobileDigits && digits[2] == '1';
  if (!from_abroad && !mobile) return digits;
  digits.erase(0, 2);
  // A landline is called with a zero before its area code at home, and without it from abroad.
  return mobile || digits.starts_with('0') ? digits : "0" + digits;
}

}  // namespace wenming::core
