#pragma once

#include <string>
#include <string_view>

namespace wenming::http {

/// Bodies below this gain nothing: the answer fits one packet either way.
constexpr std::size_t kWorthCompressing = 1024;

/// Whether a body of this media type shrinks.
bool is_compressible(std::string_view content_type);

/// Whether the client takes gzip, by its Accept-Encoding.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace wenming::http
