// ASSERT: on in every build. A stand-in that goes on with broken state makes the tests of others
// lie.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace understudy::wire {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace understudy::wire

#define ASSERT(condition) \
  ((condition) ? void(0) : ::understudy::wire::assertion_failed(#condition, __FILE__, __LINE__))
