# utf8proc ships no CMake package on Debian and Ubuntu.
find_path(UTF8PROC_INCLUDE_DIR utf8proc.h)
find_library(UTF8PROC_LIBRARY utf8proc)
if(NOT UTF8PROC_INCLUDE_DIR OR NOT UTF8PROC_LIBRARY)
  message(FATAL_ERROR "utf8proc is missing: run scripts/setup.sh, or apt-get install libutf8proc-dev")
endif()
add_library(lathe_utf8proc INTERFACE)
target_include_directories(lathe_utf8proc SYSTEM INTERFACE ${UTF8PROC_INCLUDE_DIR})
target_link_libraries(lathe_utf8proc INTERFACE ${UTF8PROC_LIBRARY})
