#pragma once
/// Everything at once:
///
///   lathe::Plan plan = lathe::load_or_build("models/minilm-fill-mask");
///   lathe::FillMask fill(plan);
///   std::vector<std::string> texts{"Paris is the [MASK] of France."};
///   std::cout << fill(texts)[0][0][0].sequence << "\n";
#include "lathe/build.h"
#include "lathe/engine.h"
#include "lathe/error.h"
#include "lathe/layers.h"
#include "lathe/log.h"
#include "lathe/network.h"
#include "lathe/plan.h"
#include "lathe/tasks.h"
#include "lathe/tokenizer.h"
#include "lathe/types.h"
