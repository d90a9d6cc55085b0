# The few functions that the build files of this project are written in.

# wenming_library(core SOURCES time.cpp … DEPENDS contract … LINK OpenSSL::Crypto … TESTS time_test.cpp …)
#
# A library `wenming_core` of this folder and, where tests are built, its test program `core_test`. DEPENDS are libraries
# of this project, LINK are those of the system; both are private to the library as far as linking order goes, public as
# far as headers go, because the layering is checked by includes (scripts/check-includes).
function(wenming_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK;TESTS;TEST_DEPENDS" ${ARGN})
  add_library(wenming_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(wenming_${name} PUBLIC wenming_flags Threads::Threads)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(wenming_${name} PUBLIC wenming_${dependency})
  endforeach()
  target_link_libraries(wenming_${name} PUBLIC ${ARG_LINK})
  if(WENMING_TESTS AND ARG_TESTS)
    wenming_test(${name}_test SOURCES ${ARG_TESTS} DEPENDS ${name} ${ARG_TEST_DEPENDS})
  endif()
endfunction()

# wenming_test(e2e_test SOURCES … DEPENDS … [LABEL …] [POSTGRES] [BOTH_DATABASES])
#
# A GoogleTest program, each of its tests known to ctest by its own name. POSTGRES: it needs the server that tests share.
# BOTH_DATABASES: each test runs on SQLite and, as `postgresql/…`, on PostgreSQL (testing/database.h).
function(wenming_test name)
  cmake_parse_arguments(ARG "POSTGRES;BOTH_DATABASES" "TIMEOUT;LABEL" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wenming_flags GTest::gmock GTest::gtest_main ${ARG_LINK})
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(${name} PRIVATE wenming_${dependency})
  endforeach()
  # No property without a value: it would take the name of the next one for its value, and so on to the end.
  set(properties TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABEL)
    list(PREPEND properties LABELS ${ARG_LABEL})
  endif()
  set(server FIXTURES_REQUIRED postgres ENVIRONMENT "TEST_POSTGRES=${WENMING_TEST_POSTGRES}")
  if(ARG_POSTGRES)
    list(APPEND properties ${server})
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
  if(ARG_BOTH_DATABASES)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 TEST_PREFIX postgresql/ TEST_LIST ${name}_on_postgresql
      PROPERTIES ${properties} ${server} ENVIRONMENT_MODIFICATION "TEST_DATABASE=set:postgresql")
  endif()
endfunction()

# wenming_embed(target header.h namespace::symbol FILES …): the files as a table of (name, text) inside the target.
# The header declares `std::span<const wenming::EmbeddedFile> symbol();`.
function(wenming_embed target symbol)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  string(REPLACE "::" "_" stem ${symbol})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${stem}.cpp)
  list(JOIN ARG_FILES "|" files)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DSYMBOL=${symbol} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${ARG_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

# wenming_service(volunteer SOURCES service.cpp hours.cpp … TESTS …)
#
# One OBJECT library for the domain of a service (shared by its main, the all-in-one, tests and benchmarks), its own
# executable `wenming-volunteer`, its schema embedded, and its unit tests.
function(wenming_service name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;DEPENDS" ${ARGN})
  file(GLOB schema CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/schema/*.sql)
  add_library(wenming_${name}_service OBJECT ${ARG_SOURCES})
  target_include_directories(wenming_${name}_service PUBLIC ${CMAKE_SOURCE_DIR}/services)
  target_link_libraries(wenming_${name}_service PUBLIC wenming_flags wenming_domain wenming_proto)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(wenming_${name}_service PUBLIC wenming_${dependency})
  endforeach()
  wenming_embed(wenming_${name}_service wenming::${name}::schema FILES ${schema})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    add_executable(wenming-${name} main.cpp)
    target_link_libraries(wenming-${name} PRIVATE wenming_${name}_service wenming_runtime)
  endif()
  if(WENMING_TESTS AND ARG_TESTS)
    wenming_test(${name}_service_test BOTH_DATABASES SOURCES ${ARG_TESTS} DEPENDS ${name}_service testing)
  endif()
endfunction()

if(WENMING_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  # One PostgreSQL server for all tests of a run. Its socket needs a short path.
  string(MD5 here ${CMAKE_BINARY_DIR})
  string(SUBSTRING ${here} 0 8 here)
  set(WENMING_TEST_POSTGRES /tmp/wenming-postgres-${here})
  add_test(NAME postgres_start COMMAND ${CMAKE_SOURCE_DIR}/tests/engines/postgres start ${WENMING_TEST_POSTGRES})
  add_test(NAME postgres_stop COMMAND ${CMAKE_SOURCE_DIR}/tests/engines/postgres stop ${WENMING_TEST_POSTGRES})
  set_tests_properties(postgres_start PROPERTIES FIXTURES_SETUP postgres)
  set_tests_properties(postgres_stop PROPERTIES FIXTURES_CLEANUP postgres)
endif()
