// Which librdkafka this run is about.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <iostream>
#include <string>

#if defined(__SANITIZE_THREAD__)
// librdkafka is not built with the sanitizer: what it does among its own threads is not judged.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif

namespace understudy::compat {
namespace {

// A run that is to test the newest librdkafka must not pass by testing the one of the system twice.
TEST(Library, IsTheOneThatThisRunIsAbout) {
  const char* wanted = std::getenv("UNDERSTUDY_LIBRDKAFKA");
  std::cout << "librdkafka " << rd_kafka_version_str() << std::endl;
  if (wanted == nullptr) GTEST_SKIP() << "started by hand: whichever was loaded is the right one";
  if (std::string(wanted) == "newest") {
    EXPECT_GT(rd_kafka_version(), RD_KAFKA_VERSION);
  } else {
    EXPECT_EQ(rd_kafka_version(), RD_KAFKA_VERSION);
  }
}

}  // namespace
}  // namespace understudy::compat
