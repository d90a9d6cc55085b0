# Compiler settings and the libraries that come from the system.

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS system)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
pkg_check_modules(argon2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
pkg_check_modules(opencc REQUIRED IMPORTED_TARGET opencc)
pkg_check_modules(expat REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(xlsxwriter REQUIRED IMPORTED_TARGET xlsxwriter)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips)
find_package(cpprestsdk REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)

add_library(wenming_flags INTERFACE)
target_compile_options(wenming_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in `"text" + string` where there are none (GCC bug 105329).
  target_compile_options(wenming_flags INTERFACE -Wno-restrict)
endif()
if(WENMING_WERROR)
  target_compile_options(wenming_flags INTERFACE -Werror)
endif()
target_include_directories(wenming_flags INTERFACE ${CMAKE_SOURCE_DIR}/libs)
# One Boost per process: Debian's 1.74. Deprecated parts are compiled out so that nobody leans on them.
target_compile_definitions(wenming_flags INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CONCEPTS)

if(WENMING_SANITIZE)
  add_compile_options(-fsanitize=${WENMING_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WENMING_SANITIZE})
  # Asio's fences are not understood by ThreadSanitizer, which g++ says at every one; its locks, which it does understand,
  # order the same accesses.
  if(WENMING_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-tsan>)
  endif()
endif()

# Everything is watched for coverage; only the fuzzers themselves link the driver (tests/fuzz/CMakeLists.txt).
if(WENMING_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# Debian's RapidJSON adds to the null pointer of its empty stack, in headers that everybody compiles.
if(WENMING_FUZZ OR WENMING_SANITIZE MATCHES undefined)
  add_compile_options(-fno-sanitize=pointer-overflow)
endif()
