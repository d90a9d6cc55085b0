// A server that does nothing but serve: the yardstick for everything that answers over HTTP. `GET` gives a constant
// body, `POST` gives back what it was sent. Ends when its standard input does.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

#include "http/server.h"

namespace {

using namespace wenming::http;

constexpr std::size_t kConstantBytes = 2048;

void answer(Request&& request, Responder responder) {
  static const Bytes kConstant = std::make_shared<const std::string>(kConstantBytes, 'x');
  Response response{.status = 200, .headers = {{"Content-Type", "application/octet-stream"}}, .body = kConstant};
  if (request.verb == "POST") response.body = std::move(request.body);
  responder.send(std::move(response));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    if (argc > 1) options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    const Server server(std::move(options), answer);
    std::cout << server.port() << std::endl;
    std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
