# The libFuzzer target for the plan parser: built where the compiler has libFuzzer (clang) or EAGAIN_FUZZ asks
# for it, and run for a bounded number of inputs as a test.
#
# To search for longer: build/.../plan_fuzz -dict=tests/fault/plan.dict new_inputs tests/fault/corpus/plan
# To keep what it found: plan_fuzz -merge=1 tests/fault/corpus/plan new_inputs
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_FLAGS -fsanitize=fuzzer)
check_cxx_source_compiles("#include <cstddef>
                           #include <cstdint>
                           extern \"C\" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }"
                          EAGAIN_HAS_LIBFUZZER)
unset(CMAKE_REQUIRED_FLAGS)
option(EAGAIN_FUZZ "Build the fuzz targets" ${EAGAIN_HAS_LIBFUZZER})
if(EAGAIN_FUZZ AND NOT EAGAIN_HAS_LIBFUZZER)
  message(FATAL_ERROR "EAGAIN_FUZZ needs a compiler with -fsanitize=fuzzer: use clang++")
endif()

if(EAGAIN_FUZZ)
  # Compiled from the sources, since the parser has to be instrumented too.
  get_target_property(plan_dir eagain_plan SOURCE_DIR)
  get_target_property(plan_sources eagain_plan SOURCES)
  list(TRANSFORM plan_sources PREPEND ${plan_dir}/)
  add_executable(plan_fuzz plan_fuzz.cc ${plan_sources})
  target_include_directories(plan_fuzz PRIVATE $<TARGET_PROPERTY:eagain_plan,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_options(plan_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_options(plan_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_libraries(plan_fuzz PRIVATE eagain_options fmt::fmt)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plan_fuzz_found)
  add_test(NAME plan_fuzz
           COMMAND plan_fuzz -runs=20000 -max_total_time=20 -max_len=400
                   -dict=${CMAKE_CURRENT_SOURCE_DIR}/plan.dict -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/
                   ${CMAKE_CURRENT_BINARY_DIR}/plan_fuzz_found ${CMAKE_CURRENT_SOURCE_DIR}/corpus/plan)
  set_tests_properties(plan_fuzz PROPERTIES TIMEOUT 120)
endif()
