# The target check_headers: every header of wire, codec and broker compiles by itself, so that who includes it need not know what
# it needs. Neither a unity build nor a .cc that includes other headers before it shows that.
file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/wire/*.h ${PROJECT_SOURCE_DIR}/codec/*.h ${PROJECT_SOURCE_DIR}/broker/*.h)
set(folder ${CMAKE_CURRENT_BINARY_DIR}/check_headers)
set(units)
set(messages "")
foreach(header ${headers})
  # Twice, so that a missing #pragma once shows as well.
  set(unit "#include \"${header}\"\n#include \"${header}\"\n")
  file(STRINGS ${PROJECT_SOURCE_DIR}/${header} includes REGEX "^#include")
  if(header MATCHES "^wire/messages/" AND includes STREQUAL "#include \"wire/schema.h\"")
    string(APPEND messages "${unit}")  # a hundred that are alike: one unit
  else()
    file(CONFIGURE OUTPUT ${folder}/${header}.cc CONTENT "${unit}")
    list(APPEND units ${folder}/${header}.cc)
  endif()
endforeach()
file(CONFIGURE OUTPUT ${folder}/messages.cc CONTENT "${messages}")

add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${units} ${folder}/messages.cc)
understudy_target(check_headers)
set_target_properties(check_headers PROPERTIES UNITY_BUILD OFF EXPORT_COMPILE_COMMANDS OFF)
target_compile_options(check_headers PRIVATE -O0)
target_link_libraries(check_headers PRIVATE understudy_embedding understudy_server understudy_wire_json GTest::gmock)
