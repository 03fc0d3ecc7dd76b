# A module is a folder of sources that is one static library, eagain::NAME. Its headers are reached as
# "eagain/NAME/file.h", and only by those who link it: each module has an include directory of its own,
# in which one symbolic link leads to the sources. So the link lines below are the dependency rules.

set(EAGAIN_WARNINGS -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in its own std::string (GCC bug 105651), and overruns where that is precompiled.
  list(APPEND EAGAIN_WARNINGS -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(EAGAIN_WERROR)
  list(APPEND EAGAIN_WARNINGS -Werror)
endif()

set(EAGAIN_SANITIZER_FLAGS "")
if(EAGAIN_SANITIZE)
  set(EAGAIN_SANITIZER_FLAGS -fsanitize=${EAGAIN_SANITIZE} -fno-omit-frame-pointer)
  if(EAGAIN_SANITIZE MATCHES "undefined")
    list(APPEND EAGAIN_SANITIZER_FLAGS -fno-sanitize-recover=undefined)
  elseif(EAGAIN_SANITIZE MATCHES "thread")
    # It knows no fences (GCC warns of them); Asio's own locks order what its handlers do.
    list(APPEND EAGAIN_SANITIZER_FLAGS -DBOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

# How all of the project's own targets are compiled.
add_library(eagain_options INTERFACE)
target_compile_options(eagain_options INTERFACE ${EAGAIN_WARNINGS} ${EAGAIN_SANITIZER_FLAGS})
target_link_options(eagain_options INTERFACE ${EAGAIN_SANITIZER_FLAGS})
# Asserts state programmers' mistakes; they cost nothing beside a system call, so every build has them.
target_compile_options(eagain_options INTERFACE -UNDEBUG)

# What waits for others, parses and prints runs once where a server runs a million times: compiled in half the time, and
# as fast as anybody can tell, with less optimisation.
add_library(eagain_quick_compile INTERFACE)
target_compile_options(eagain_quick_compile INTERFACE $<$<CONFIG:Release>:-Og>)

# What is called millions of times a second lies in several modules: programs that care (eagain_fast_link) are optimised
# across them. Their objects hold ordinary code as well, for those that would rather link in no time (eagain_quick_link):
# who says neither is optimised too. Release preset, GCC.
option(EAGAIN_LINK_TIME_OPTIMIZATION "Optimise programs across the modules of the servers and the simulator" OFF)
add_library(eagain_fast_link INTERFACE)
add_library(eagain_quick_link INTERFACE)
if(EAGAIN_LINK_TIME_OPTIMIZATION AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(EAGAIN_FAST_FLAGS -flto=auto -ffat-lto-objects)
  target_link_options(eagain_fast_link INTERFACE -flto=auto)
  target_link_options(eagain_quick_link INTERFACE -fno-lto)
endif()

# eagain_headers(TARGET AS PATH): the current folder's headers as "eagain/PATH/...", for those who link TARGET.
function(eagain_headers target)
  cmake_parse_arguments(ARG "" "AS;SCOPE" "" ${ARGN})
  string(REPLACE "/" "_" flat ${ARG_AS})
  set(root ${CMAKE_BINARY_DIR}/include/${flat})
  cmake_path(GET ARG_AS PARENT_PATH parent)
  file(MAKE_DIRECTORY ${root}/eagain/${parent})
  if(NOT EXISTS ${root}/eagain/${ARG_AS})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/eagain/${ARG_AS} SYMBOLIC)
  endif()
  target_include_directories(${target} ${ARG_SCOPE} $<BUILD_INTERFACE:${root}>)
endfunction()

# Most of the time that a file takes to compile goes into the same few big headers. Who includes them takes them from
# here, compiled once; no file may rely on it: each includes what it needs (.ci/tidy builds without).
option(EAGAIN_PRECOMPILE "Compile big headers of other projects once" ON)

# eagain_precompile(TARGET WHICH): the headers of eagain_precompiled_WHICH, for one that includes some of them.
function(eagain_precompile target which)
  if(EAGAIN_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM eagain_precompiled_${which})
  endif()
endfunction()

# eagain_precompiled(WHICH HEADERS <header>... LINK target...)
function(eagain_precompiled which)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK" ${ARGN})
  if(EAGAIN_PRECOMPILE)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled/${which}.cc "// Nothing: see eagain_precompiled() in src/module.cmake.\n")
    add_library(eagain_precompiled_${which} OBJECT ${CMAKE_BINARY_DIR}/precompiled/${which}.cc)
    target_link_libraries(eagain_precompiled_${which} PRIVATE eagain_options ${ARG_LINK})
    target_precompile_headers(eagain_precompiled_${which} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()

# eagain_module(NAME [AS PATH] [EXPORT SET] [FAST] SOURCES file... [LINK target...] [PRIVATE target...] [PRECOMPILED which])
# EXPORT: other projects get it with the package, in that set of targets (package.cmake). FAST: programs that link
# eagain_fast_link are optimised across it.
function(eagain_module name)
  cmake_parse_arguments(ARG "FAST" "AS;EXPORT;PRECOMPILED" "SOURCES;LINK;PRIVATE" ${ARGN})
  if(NOT ARG_AS)
    set(ARG_AS ${name})
  endif()
  if(ARG_SOURCES)
    add_library(eagain_${name} STATIC ${ARG_SOURCES})
    eagain_headers(eagain_${name} AS ${ARG_AS} SCOPE PUBLIC)
    target_link_libraries(eagain_${name} PUBLIC ${ARG_LINK}
                          PRIVATE $<BUILD_INTERFACE:eagain_options> ${ARG_PRIVATE})
    if(ARG_FAST)
      target_compile_options(eagain_${name} PRIVATE ${EAGAIN_FAST_FLAGS})
    endif()
    if(ARG_PRECOMPILED)
      eagain_precompile(eagain_${name} ${ARG_PRECOMPILED})
    endif()
  else()
    add_library(eagain_${name} INTERFACE)
    eagain_headers(eagain_${name} AS ${ARG_AS} SCOPE INTERFACE)
    target_link_libraries(eagain_${name} INTERFACE ${ARG_LINK})
  endif()
  set_target_properties(eagain_${name} PROPERTIES EXPORT_NAME ${name})
  add_library(eagain::${name} ALIAS eagain_${name})
  if(ARG_EXPORT)
    eagain_install_module(${name} ${ARG_AS} ${ARG_EXPORT})
  endif()
endfunction()
