# lathe_room(NAME ROOMS room... USES target...): the sources of src/NAME as one static library `lathe_NAME`.
# Sources are found by globbing, so that adding an op, a kernel or a pass touches no build file.
# What rooms share is visible within the libraries' own circle (lathe_library below); kernels stay inside.
function(lathe_room name)
  cmake_parse_arguments(ROOM "" "" "ROOMS;USES" ${ARGN})
  string(REPLACE "/" "_" target lathe_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    foreach(source IN LISTS sources)
      if(name MATCHES "^kernels/" AND NOT LATHE_SANITIZE)
        set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS -O3)
      endif()
      if(source MATCHES "_(avx2|avx512|avx512_bf16|amx_bf16)\\.cpp$")
        set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS ${LATHE_FLAGS_${CMAKE_MATCH_1}})
        if(LATHE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
          # GCC's headers build "undefined" vectors from themselves, which sanitizers show to its warnings (PR 105593).
          set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS -Wno-uninitialized -Wno-maybe-uninitialized)
        endif()
      endif()
    endforeach()
  endif()
  if(sources AND NOT name MATCHES "^kernels/")
    # Nobody replaces a function of ours by another of its name: calls within a library stay direct.
    set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET default)
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
  endif()
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_link_libraries(${target} ${scope} ${ROOM_USES})
  if(LATHE_PCH AND name STREQUAL base)
    target_precompile_headers(${target} PRIVATE <algorithm> <functional> <map> <memory> <string> <vector>
                              <fmt/format.h> <nlohmann/json.hpp>)
  elseif(LATHE_PCH AND sources AND NOT name MATCHES "^kernels/")
    target_precompile_headers(${target} REUSE_FROM lathe_base)
  endif()
  foreach(room IN LISTS ROOM_ROOMS)
    string(REPLACE "/" "_" dependency lathe_${room})
    target_link_libraries(${target} ${scope} ${dependency})
  endforeach()
endfunction()

# lathe_library(TARGET NAME ROOMS room... LIBRARIES target... USES target...): libNAME.so of these rooms. Its names, those of the public headers and those that the libraries share, carry the version
# of this version (exports.map): libraries and backends of different versions refuse to be loaded together.
configure_file(${PROJECT_SOURCE_DIR}/cmake/exports.map.in ${PROJECT_BINARY_DIR}/exports.map @ONLY)
function(lathe_library target name)
  cmake_parse_arguments(LIBRARY "" "" "ROOMS;LIBRARIES;USES" ${ARGN})
  add_library(${target} SHARED)
  foreach(room IN LISTS LIBRARY_ROOMS)
    string(REPLACE "/" "_" room lathe_${room})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${room}>)
  endforeach()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} VERSION ${PROJECT_VERSION} SOVERSION 0
                        LINKER_LANGUAGE CXX LINK_DEPENDS ${PROJECT_BINARY_DIR}/exports.map INSTALL_RPATH "$ORIGIN")
  target_link_options(${target} PRIVATE -Wl,--version-script=${PROJECT_BINARY_DIR}/exports.map)
  if(NOT LATHE_SANITIZE)  # what sanitizers call is the program's: clang links it nowhere else
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                              $<INSTALL_INTERFACE:include>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${LIBRARY_LIBRARIES} PRIVATE ${LIBRARY_USES})
endfunction()
