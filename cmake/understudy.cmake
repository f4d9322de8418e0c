# What every target of this project shares: warnings, sanitizers, and how a test is added.

find_package(Threads REQUIRED)

# An object file that ccache has from one checkout fits every other: what it is made of is named by paths relative to the top.
find_program(CCACHE ccache)
if(CCACHE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()
find_program(MOLD mold)
if(MOLD AND PROJECT_IS_TOP_LEVEL)
  add_link_options(-fuse-ld=mold)
endif()

if(UNDERSTUDY_SANITIZE STREQUAL "address")
  # AddressSanitizer knows sizes of objects better than what is left out.
  add_compile_options(
    -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(UNDERSTUDY_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(UNDERSTUDY_SANITIZE)
  message(FATAL_ERROR "UNDERSTUDY_SANITIZE is '${UNDERSTUDY_SANITIZE}'; it is empty, address or thread")
endif()

# How code is compiled that takes longer to compile than to run: tests, and most of what checks the broker from outside.
set(UNDERSTUDY_QUICKLY $<$<CONFIG:Release>:-O1>)
if(UNDERSTUDY_SANITIZE)
  set(UNDERSTUDY_QUICKLY -O0)
endif()

# understudy_target(TARGET): the warnings and the include root of our own code.
function(understudy_target target)
  # Somebody else's compiler may warn of more.
  set(errors)
  if(PROJECT_IS_TOP_LEVEL)
    set(errors -Werror)
  endif()
  # Designated initializers name what matters and leave the rest at its default: no warning for that.
  target_compile_options(${target} PRIVATE -Wall -Wextra ${errors} -Wno-missing-field-initializers)
  # GCC 12 sees overlapping copies in `"literal" + std::string` when it optimizes (its bug 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
endfunction()

# understudy_alone(SOURCE...): what a unity build (CMAKE_UNITY_BUILD, all presets but debug) does not put together with its
# neighbours, for their inner names are the same.
function(understudy_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# understudy_seldom(SOURCE...): what runs little, or once, and is large when a sanitizer has been through it.
function(understudy_seldom)
  if(UNDERSTUDY_SANITIZE)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
endfunction()

# understudy_test(NAME [AT_TOP] [ORACLES] SOURCES... LIBS ...): a GoogleTest program; each of its tests is one ctest. AT_TOP: they
# run in the top folder, whose files they read. ORACLES: they read Kafka's definitions and golden vectors, which the test
# `oracles` makes before them, unless the cache has them. No path of this checkout is compiled in, so that ccache knows the
# object files of another one.
if(UNDERSTUDY_TESTS)
  enable_testing()
  set(oracles ${PROJECT_BINARY_DIR}/oracles)
  add_test(NAME oracles COMMAND ${PROJECT_SOURCE_DIR}/scripts/golden --make ${oracles})
  set_tests_properties(oracles PROPERTIES FIXTURES_SETUP oracles TIMEOUT 600 COST 1000)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  function(understudy_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "AT_TOP;ORACLES" "TIMEOUT" "SOURCES;LIBS")
    if(NOT arg_TIMEOUT)
      set(arg_TIMEOUT 120)
    endif()
    set(folder ${CMAKE_CURRENT_BINARY_DIR})
    if(arg_AT_TOP)
      set(folder ${PROJECT_SOURCE_DIR})
    endif()
    set(properties TIMEOUT ${arg_TIMEOUT})
    if(arg_ORACLES)
      list(APPEND properties FIXTURES_REQUIRED oracles ENVIRONMENT UNDERSTUDY_ORACLES=${oracles})
    endif()
    add_executable(${name} ${arg_SOURCES})
    understudy_target(${name})
    target_compile_options(${name} PRIVATE ${UNDERSTUDY_QUICKLY})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock_main)
    gtest_discover_tests(${name} WORKING_DIRECTORY ${folder} DISCOVERY_TIMEOUT 120 PROPERTIES ${properties})
  endfunction()
endif()

# understudy_fuzzer(FOLDER NAME SOURCES... LIBS...): a function for libFuzzer (LLVMFuzzerTestOneInput) and its corpus,
# corpus/NAME beside it. Makes the program FOLDER_NAME_fuzz (scripts/fuzz runs it), and a test that replays the corpus.
function(understudy_fuzzer folder name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;LIBS")
  if(UNDERSTUDY_FUZZERS)
    add_executable(${folder}_${name}_fuzz ${arg_SOURCES})
    understudy_target(${folder}_${name}_fuzz)
    target_link_libraries(${folder}_${name}_fuzz PRIVATE ${arg_LIBS})
    target_link_options(${folder}_${name}_fuzz PRIVATE -fsanitize=fuzzer)
  endif()
  if(UNDERSTUDY_TESTS)
    set(test ${folder}_${name}_corpus_test)
    understudy_test(${test} AT_TOP SOURCES ${PROJECT_SOURCE_DIR}/cmake/corpus_test.cc ${arg_SOURCES} LIBS ${arg_LIBS})
    # broker_log_partition_corpus is BrokerLogPartitionCorpus in the names of its tests.
    set(suite "")
    string(REPLACE "_" ";" words "${folder}_${name}_corpus")
    foreach(word ${words})
      string(SUBSTRING ${word} 0 1 first)
      string(SUBSTRING ${word} 1 -1 rest)
      string(TOUPPER ${first} first)
      string(APPEND suite ${first}${rest})
    endforeach()
    file(RELATIVE_PATH corpus ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    target_compile_definitions(${test} PRIVATE UNDERSTUDY_CORPUS="${corpus}" UNDERSTUDY_CORPUS_SUITE=${suite})
  endif()
endfunction()
