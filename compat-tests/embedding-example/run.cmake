# Builds this project and runs its test: with the package, which BUILD_DIR installs to WORK_DIR/prefix, or without a BUILD_DIR
# with the sources in SOURCE_DIR.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nfailed:\n${output}")
  endif()
endfunction()

set(flags)
if(SANITIZE STREQUAL "address")
  set(flags "-fsanitize=address,undefined")
elseif(SANITIZE STREQUAL "thread")
  set(flags "-fsanitize=thread")
endif()

file(REMOVE_RECURSE ${WORK_DIR})
set(objects)
if(SANITIZE STREQUAL "thread")  # librdkafka's threads are made known to the sanitizer
  set(objects ${WORK_DIR}/c11_threads.o)
  file(MAKE_DIRECTORY ${WORK_DIR})
  run(${CXX_COMPILER} -std=c++20 -fsanitize=thread -c ${C11_THREADS} -o ${objects})
endif()
if(BUILD_DIR)
  run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix)
  set(understudy -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix)
else()
  # Without a build type: compiled quickly, and not to be fast.
  set(understudy -DUNDERSTUDY_SOURCE=${SOURCE_DIR} -DCMAKE_UNITY_BUILD=ON)
endif()
run(${CMAKE_COMMAND} -S ${EXAMPLE_DIR} -B ${WORK_DIR}/build -G ${GENERATOR}
    ${understudy} -DCMAKE_CXX_COMPILER=${CXX_COMPILER}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${CXX_COMPILER_LAUNCHER} "-DCMAKE_CXX_FLAGS=${flags}"
    -DCMAKE_EXE_LINKER_FLAGS=${objects})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${WORK_DIR}/build/orders_test)
