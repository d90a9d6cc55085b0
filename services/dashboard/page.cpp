#include "dashboard/page.h"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/embedded_file.h"

namespace wenming::dashboard {

std::span<const core::EmbeddedFile> web();

namespace {

std::string_view text_of(std::string_view name) {
  for (const auto& file : web()) {
    if (file.name == name) return file.text;
  }
  throw std::logic_error("the page has no file " + std::string(name));
}

}  // namespace

std::span<const domain::Service::Asset> page() {
  static constexpr std::string_view kScript = "text/javascript; charset=utf-8";
  static const std::array<domain::Service::Asset, 10> kFiles{{
      {"/", "text/html; charset=utf-8", text_of("index.html")},
      {"/style.css", "text/css; charset=utf-8", text_of("style.css")},
      {"/favicon.svg", "image/svg+xml", text_of("favicon.svg")},
      {"/app.js", kScript, text_of("app.js")},
      {"/api.js", kScript, text_of("api.js")},
      {"/chart.js", kScript, text_of("chart.js")},
      {"/dom.js", kScript, text_of("dom.js")},
      {"/figures.js", kScript, text_of("figures.js")},
      {"/period.js", kScript, text_of("period.js")},
      {"/texts.js", kScript, text_of("texts.js")},
  }};
  return kFiles;
}

}  // namespace wenming::dashboard
