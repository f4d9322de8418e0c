// libFuzzer's entrance.
#include "wire/decode_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  understudy::wire::fuzz_decode(data, size);
  return 0;
}
