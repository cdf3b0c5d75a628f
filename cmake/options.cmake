# Warnings, sanitizers and the flags of each instruction set.
add_compile_definitions(LATHE_WITH_ZLIB LATHE_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 and 13 see overlaps and overruns in inlined std::string that are not there (PR 105329, 105651).
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(LATHE_WERROR)
  add_compile_options(-Werror)
endif()
if(LATHE_SANITIZE)
  add_compile_options(-fsanitize=${LATHE_SANITIZE} -fno-omit-frame-pointer -g -O1)
  add_link_options(-fsanitize=${LATHE_SANITIZE})
endif()

# A kernel source names its instruction set at the end of its file name and is compiled with that set's flags alone.
# Such a source must keep every function static or in an anonymous namespace (the linker may otherwise pick its copy
# of an inline function for a machine that lacks the set).
set(LATHE_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
set(LATHE_FLAGS_avx512 ${LATHE_FLAGS_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
set(LATHE_FLAGS_avx512_bf16 ${LATHE_FLAGS_avx512} -mavx512bf16)
set(LATHE_FLAGS_amx_bf16 ${LATHE_FLAGS_avx512_bf16} -mamx-tile -mamx-bf16)

# Rebuilds after a switch of branch or options come from ccache where it is installed.
find_program(LATHE_CCACHE ccache)
if(LATHE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LATHE_CCACHE})
endif()
