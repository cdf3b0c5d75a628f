#pragma once
#include "fuzz/choices.h"
#include "lathe/engine.h"

namespace lathe::fuzz {

/// Binds inputs of right and wrong shapes, types and values, requests outputs, binds memory for some, and runs: a few
/// times in one context. Aborts where a run reports Error(internal) or writes into an input.
void exercise(const Engine& engine, Choices& choices);

}  // namespace lathe::fuzz
