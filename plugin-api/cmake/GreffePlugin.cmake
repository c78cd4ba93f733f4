# How a plugin is built and tested, in Greffe's tree and out of it.
#
#   greffe_plugin(kind-name SOURCES … LINK …)                   the shared object <kind-name>.so
#   greffe_plugin_unit_test(kind-name SOURCES … LINK …)         a GoogleTest program on its sources
#   greffe_plugin_conformance_test(kind-name OPTIONS file SECRETS name=file… FILES document…)
#                                                               the rules of SPEC.md on the shared object

# In the tree scripts/cmake/GreffeBuild.cmake has its own.
if(NOT COMMAND greffe_plugin)
  function(greffe_plugin name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} MODULE ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE Greffe::greffe_plugin_sdk ${ARG_LINK})
    # Hidden: a plugin's copy of a library must never answer for the daemon's.
    set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    # A missing symbol is found here and not at the office.
    target_link_options(${name} PRIVATE -Wl,-z,relro,-z,now)
    if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")  # whose symbols the host brings
      target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/greffe/plugins)
  endfunction()
endif()

function(greffe_plugin_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(COMMAND greffe_test)
    greffe_test(plugin_${name} SOURCES ${ARG_SOURCES} LINK greffe_plugin_sdk ${ARG_LINK} LABELS unit plugin)
    if(TARGET plugin_${name})
      target_include_directories(plugin_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    endif()
    return()
  endif()
  find_package(GTest QUIET)
  if(NOT BUILD_TESTING OR NOT GTest_FOUND)
    message(STATUS "${name}: no unit tests (GoogleTest is not installed, or BUILD_TESTING is off)")
    return()
  endif()
  include(GoogleTest)
  add_executable(plugin_${name} ${ARG_SOURCES})
  set_target_properties(plugin_${name} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  target_include_directories(plugin_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(plugin_${name} PRIVATE Greffe::greffe_plugin_sdk ${ARG_LINK} GTest::gtest_main)
  gtest_discover_tests(plugin_${name})
endfunction()

function(greffe_plugin_conformance_test name)
  cmake_parse_arguments(ARG "" "OPTIONS;PARAMS" "SECRETS;FILES" ${ARGN})
  if(NOT TARGET Greffe::greffe-plugin-test OR (DEFINED GREFFE_TESTS AND NOT GREFFE_TESTS))
    return()
  endif()
  set(arguments)
  if(ARG_OPTIONS)
    list(APPEND arguments --options ${ARG_OPTIONS})
  endif()
  if(ARG_PARAMS)
    list(APPEND arguments --params ${ARG_PARAMS})
  endif()
  foreach(secret IN LISTS ARG_SECRETS)
    list(APPEND arguments --secret ${secret})
  endforeach()
  foreach(file IN LISTS ARG_FILES)
    list(APPEND arguments --file ${file})
  endforeach()
  add_test(NAME conformance.${name} COMMAND Greffe::greffe-plugin-test $<TARGET_FILE:${name}> ${arguments})
  set_tests_properties(conformance.${name} PROPERTIES LABELS "conformance;plugin" TIMEOUT 600)
endfunction()
