# How everything is compiled: one place, so that a flag is set once and its reason stands beside it.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Hidden by default: a plugin's copy of a library must never answer for the daemon's, and only a library
# without exported unique symbols can be replaced.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # not NDEBUG: assertions stay, GREFFE_INVARIANT is on in release
endif()

# CMAKE_UNITY_BUILD (presets release, asan, tsan, failpoints) compiles a room's files eight at a time: a clean build takes
# half as long, because the templates of one room are compiled once. `dev` compiles file by file, for short increments
# and for clang-tidy, and shows a missing include.
find_program(GREFFE_CCACHE ccache)
if(GREFFE_CCACHE)
  # pch_defines,time_macros: needed for hits beside a precompiled header.
  set(GREFFE_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${GREFFE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${GREFFE_LAUNCHER})
  set(CMAKE_C_COMPILER_LAUNCHER ${GREFFE_LAUNCHER})
endif()
find_program(GREFFE_MOLD mold)
if(GREFFE_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

add_library(greffe_flags INTERFACE)
target_compile_options(greffe_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
  -Woverloaded-virtual -Wnull-dereference -Wformat=2
  # Not in a release: what an office builds must not stop at a warning that a newer compiler invents.
  $<$<NOT:$<CONFIG:Release>>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(greffe_flags INTERFACE -fpch-preprocess -Wduplicated-cond -Wlogical-op
    # GCC 12 reports these two inside its own headers at -O2 (bugs 105329, 105562).
    -Wno-restrict -Wno-null-dereference
    # GCC 13 and 14 guess: a reference into a table counts as one into the argument that was looked up (bug 110358).
    $<$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>:-Wno-dangling-reference>)
  # Unique symbols pin a library in memory for ever (STB_GNU_UNIQUE).
  add_compile_options(-fno-gnu-unique)
endif()
target_compile_definitions(greffe_flags INTERFACE _FILE_OFFSET_BITS=64 _GNU_SOURCE)
if(GREFFE_FAILPOINTS)
  target_compile_definitions(greffe_flags INTERFACE GREFFE_FAILPOINTS=1)
endif()
if(GREFFE_SANITIZE)
  add_compile_options(-fsanitize=${GREFFE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GREFFE_SANITIZE})
  # A sanitizer wants more address space and CPU than a worker may have: the sandbox reads this to widen them.
  target_compile_definitions(greffe_flags INTERFACE GREFFE_SANITIZED=1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's own documentation: with the sanitizers' checks in between it takes initialised values for unset ones
    # (<regex> of GCC 12 stopped a whole build). The other builds keep the warning.
    target_compile_options(greffe_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
else()
  add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2> -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
if(GREFFE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(GREFFE_FUZZ)
  # The profile says how much of a parser its seeds reach (scripts/fuzz).
  add_compile_options(-fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

# greffe_module(name SOURCES … LINK …): one room of the daemon, a static library greffe_<name>.
function(greffe_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(greffe_${name} STATIC ${ARG_SOURCES})
  target_include_directories(greffe_${name} PUBLIC ${CMAKE_SOURCE_DIR}/daemon)
  target_link_libraries(greffe_${name} PUBLIC greffe_flags greffe_plugin_api ${ARG_LINK})
  # One precompiled header for all rooms: each of its own costs four seconds.
  if(name STREQUAL "base")
    target_precompile_headers(greffe_base PRIVATE ${CMAKE_SOURCE_DIR}/daemon/base/pch.h)
  else()
    target_precompile_headers(greffe_${name} REUSE_FROM greffe_base)
  endif()
endfunction()

# greffe_plugin(kind-name SOURCES … LINK …): a shipped plugin, lib/greffe/plugins/<kind-name>.so.
function(greffe_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/greffe/plugins)
  target_link_libraries(${name} PRIVATE greffe_flags greffe_plugin_sdk ${ARG_LINK})
  if(NOT GREFFE_PLUGIN_IS_EXAMPLE)
    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/greffe/plugins)
  endif()
endfunction()

# One precompiled header for all test programs: GoogleTest and JSON are two to four seconds of every file.
function(greffe_test_header)
  if(TARGET greffe_test_header)
    return()
  endif()
  add_executable(greffe_test_header EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/support/precompiled.cpp)
  greffe_test_settings(greffe_test_header)
  target_precompile_headers(greffe_test_header PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/precompiled.h)
endfunction()

# What the programs and their precompiled header must have in common. Not optimised: GoogleTest's macros and JSON take
# twice as long to compile otherwise, under sanitizers ten seconds a file, and what is tested is not in these files.
function(greffe_test_settings name)
  target_compile_options(${name} PRIVATE -O0)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE GREFFE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GREFFE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE greffe_flags ${ARG_LINK} fmt::fmt nlohmann_json::nlohmann_json GTest::gmock
    GTest::gtest_main)
endfunction()

# greffe_test(name SOURCES … LINK … LABELS …): one GoogleTest program; its cases appear one by one in CTest, a
# parameterised one under the name that its suite gives it: printed values are other ones at each discovery when there is
# a pointer in them.
function(greffe_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT GREFFE_TESTS)
    return()
  endif()
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  # Not in one piece: two tests may name their helpers alike.
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests UNITY_BUILD OFF)
  greffe_test_header()
  greffe_test_settings(${name})
  target_precompile_headers(${name} REUSE_FROM greffe_test_header)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
endfunction()
