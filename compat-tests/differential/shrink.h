// Makes a script that shows a difference as short as it can be.
#pragma once

#include <functional>

#include "differential/script.h"

namespace understudy::differential {

// Whether a script still shows what it is about.
using StillFails = std::function<bool(const Script&)>;

struct ShrinkLimits {
  int plays = 400;
};

// First whole steps are removed (delta debugging: halves, quarters, ... single ones), then elements
// of arrays, then members of objects, then numbers become 0. `script` must fail; what is returned
// does, too.
Script shrink(Script script, const StillFails& still_fails, const ShrinkLimits& limits = {});

}  // namespace understudy::differential
