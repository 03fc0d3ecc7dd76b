# Installs the build, as a user would, moves it elsewhere, and lets the consumer project find, build and
# test against it, with nothing of this tree in reach but the compiler's settings.
#
#   cmake -D BUILD=DIR -D SOURCE=DIR -D SCRATCH=DIR -D GENERATOR=G -D COMPILER=C -D FLAGS=F -D CONFIG=T -P consume.cmake
set(prefix ${SCRATCH}/moved)
set(consumer ${SCRATCH}/consumer)
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component IN ITEMS program development)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/installed --component ${component}
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(RENAME ${SCRATCH}/installed ${prefix})

# What names a place of the machine that built it works nowhere else.
file(GLOB_RECURSE package_files ${prefix}/*.cmake)
foreach(file IN LISTS package_files)
  file(READ ${file} text)
  foreach(place IN ITEMS ${BUILD} ${SOURCE} ${SCRATCH})
    string(FIND "${text}" "${place}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} names ${place}")
    endif()
  endforeach()
endforeach()

# The consumer's own copy, so that nothing is found beside it; and a source that includes every header.
file(COPY ${SOURCE}/tests/package/consumer/ DESTINATION ${SCRATCH}/project)
file(GLOB_RECURSE headers RELATIVE ${prefix}/include ${prefix}/include/*.h)
list(TRANSFORM headers REPLACE "(.+)" "#include \"\\1\"\n")
string(JOIN "" every_header ${headers})
file(WRITE ${SCRATCH}/project/every_header.cc "${every_header}")
file(APPEND ${SCRATCH}/project/CMakeLists.txt "target_sources(echo_server_test PRIVATE every_header.cc)\n")

run(${CMAKE_COMMAND} -S ${SCRATCH}/project -B ${consumer} -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER}
    -D CMAKE_BUILD_TYPE=${CONFIG} "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
    -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
run(${CMAKE_COMMAND} --build ${consumer})
run(${CMAKE_CTEST_COMMAND} --test-dir ${consumer} --output-on-failure --no-tests=error)
# The program that came with it holds the consumer's server to its requirements.
run(${prefix}/bin/eagain check --only echo/* -- ${consumer}/echo_server {port})
