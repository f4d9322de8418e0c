// What the fuzzer and the replay of its corpus do with one input.
#pragma once

#include <cstddef>
#include <cstdint>

namespace understudy::wire {

// Three bytes choose the message: 0 request, 1 response, 2 another one; its API key, or its place
// among the others; its version. The rest is the body. What decodes must encode to something that
// decodes to the same. Stops the process otherwise.
void fuzz_decode(const std::uint8_t* data, std::size_t size);

}  // namespace understudy::wire
