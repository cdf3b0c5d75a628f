#pragma once
#include <vector>

#include "plan/plan.h"

namespace lathe::plan {

/// The earlier steps of other devices that each step depends on, the latest of each device: those that make what it
/// reads, and those that count sizes of what it and its blocks read and write. A device knows its own counts, but only
/// sizes of the form a * symbol + b follow from them there: for others the step waits for its own device too. Steps of
/// the host are done before whatever comes behind them is enqueued. The plan's indices must be valid.
std::vector<std::vector<int>> needed_waits(const Plan& plan);

/// Sets the waits of all steps to what they need.
void note_waits(Plan& plan);

/// Per tensor: where its content comes from, seen through copies from device to device; else the tensor itself.
std::vector<int> copy_sources(const Plan& plan);

}  // namespace lathe::plan
