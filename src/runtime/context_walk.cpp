// The host's walk over steps and over the blocks that some of them run.
#include <algorithm>
#include <cstring>

#include "ops/if.h"
#include "ops/loop.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

using backends::TensorView;

/// Of all loops of a run: what a file asks for ends while somebody waits.
constexpr int64_t kMostIterations = INT32_MAX;

/// The inputs, then the outputs of what is noted, in views_.
size_t ContextData::note_views(const std::vector<int>& tensors) {
  const size_t first = views_.size();
  for (int t : tensors) {
    view_tensors_.push_back(t);
    views_.emplace_back();
  }
  return first;
}

/// The tensors are in use at this place of the order.
void ContextData::touch(const std::vector<int>& tensors) {
  for (int t : tensors) {
    const auto r = static_cast<size_t>(engine_->root[static_cast<size_t>(t)]);
    if (now_.outside[r]) continue;
    Arena& arena = arena_of(r);
    if (lifetime_of_[r] < 0) {
      lifetime_of_[r] = static_cast<int>(arena.lifetimes.size());
      arena.lifetimes.push_back({clock_, clock_});
      arena.tensors.push_back(static_cast<int>(r));
    }
    arena.lifetimes[static_cast<size_t>(lifetime_of_[r])].last = clock_;
  }
}

/// The active steps of a list in order, with views and lifetimes. Within a block all are active.
void ContextData::collect(const std::vector<PreparedStep>& steps, bool within_block) {
  for (size_t s = 0; s < steps.size(); ++s) {
    if (!within_block && !now_.active[s]) continue;
    const plan::Step& step = *steps[s].step;
    const size_t index = steps_.size();
    ActiveStep active;
    active.step = &steps[s];
    active.first_view = note_views(step.inputs);
    note_views(step.outputs);
    active.first_size = sizes_.size();
    sizes_.resize(sizes_.size() + steps[s].sizes.size());
    active.at = clock_;
    steps_.push_back(active);
    touch(step.inputs);
    touch(step.outputs);
    if (!step.blocks.empty()) collect_blocks(index);
    ++clock_;
    steps_[index].end = steps_.size();
  }
}

/// What a block has of its own lives while it runs; what it reads from outside lives until it has run the last time.
void ContextData::collect_blocks(size_t active) {
  const plan::Step& step = *steps_[active].step->step;
  const int begin = ++clock_;
  steps_[active].first_block = blocks_.size();
  blocks_.resize(blocks_.size() + step.blocks.size());
  for (size_t b = 0; b < step.blocks.size(); ++b) {
    const plan::Block& block = step.blocks[b];
    ActiveBlock made;
    made.first_view = note_views(block.inputs);
    note_views(block.outputs);
    made.inputs = block.inputs.size();
    touch(block.inputs);
    ++clock_;
    made.first = steps_.size();
    collect(steps_[active].step->blocks[b], true);
    made.last = steps_.size();
    touch(block.inputs);
    touch(block.outputs);
    ++clock_;
    blocks_[steps_[active].first_block + b] = made;
  }
  for (Arena& arena : arenas_)
    for (Lifetime& lifetime : arena.lifetimes)
      if (lifetime.first < begin && lifetime.last >= begin) lifetime.last = clock_;
  // Condition and trips are looked at, and carried values copied, while blocks begin and, without a trip, at the end.
  touch(step.inputs);
  touch(step.outputs);
}

/// Stops before a step whose counts do not agree. Each member sees the same sizes: all of them stop, or none.
bool ContextData::execute(size_t first, size_t last, Team& team) noexcept {
  for (size_t s = first; s < last; s = steps_[s].end)
    if (!execute_step(steps_[s], team)) return false;
  return true;
}

bool ContextData::execute_step(ActiveStep& active, Team& team) noexcept {
  if (!counts_agree(*active.step)) {
    if (team.rank() == 0) unequal_ = active.step;
    return false;
  }
  using Clock = std::chrono::steady_clock;
  Clock::time_point start;
  const plan::Step& step = *active.step->step;
  if (profile_ && team.rank() == 0) start = Clock::now();
  if (active.step->cpu) {
    const std::span<const TensorView> all = views_of(active);
    active.step->cpu->run({all.first(step.inputs.size()), all.subspan(step.inputs.size()), active.workspace,
                           active.extents, &fault_, sizes_of(active)},
                          team);
  } else if (!(step.op.is<ops::If>() ? execute_if(active, team) : execute_loop(active, team))) {
    return false;
  }
  // Before the barrier: nobody is in the next step yet.
  const plan::Step* none = nullptr;
  if (fault_.raised()) faulty_.compare_exchange_strong(none, &step);
  team.barrier();
  if (!active.step->symbols.empty()) adopt_extents(active, team);
  if (!profile_ || team.rank() != 0) return true;
  active.ran = true;
  active.microseconds += std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  return true;
}

void ContextData::adopt_extents(const ActiveStep& active, Team& team) noexcept {
  if (team.rank() == 0) {
    for (size_t i = 0; i < active.step->symbols.size(); ++i)
      symbols_[static_cast<size_t>(active.step->symbols[i])] = active.extents[i];
    evaluate_dims();
    refresh_views();
  }
  team.barrier();
}

void copy_elements(const TensorView& from, void* target) noexcept {
  auto* to = static_cast<std::byte*>(target);
  if (from.strides.rank() > 0 || from.row_stride == from.width() || from.rows() <= 1) {
    std::memcpy(to, from.data, static_cast<size_t>(bytes_of(from.dtype, from.elements())));
    return;
  }
  const auto size = static_cast<int64_t>(size_of(from.dtype)), row = from.width() * size;
  for (int64_t r = 0; r < from.rows(); ++r)
    std::memcpy(to + r * row, from.as<const std::byte>() + r * from.row_stride * size, static_cast<size_t>(row));
}

namespace {

bool is_true(const TensorView& flag) { return *flag.as<const uint8_t>() != 0; }

}  // namespace

bool ContextData::execute_if(ActiveStep& active, Team& team) noexcept {
  const std::span<const TensorView> all = views_of(active);
  const ActiveBlock& block = blocks_[active.first_block + (is_true(all[0]) ? 0 : 1)];
  if (!execute(block.first, block.last, team)) return false;
  const std::span<const TensorView> results = all.subspan(active.step->step->inputs.size());
  for (size_t i = 0; i < results.size() && team.rank() == 0; ++i)
    copy_elements(views_[block.first_view + block.inputs + i], results[i].data);
  return true;
}

/// Every member counts and looks at the condition by itself: what they look at changes only between barriers.
bool ContextData::execute_loop(ActiveStep& active, Team& team) noexcept {
  const plan::Step& step = *active.step->step;
  const auto& loop = *step.op.as<ops::Loop>();
  const std::span<const TensorView> all = views_of(active);
  const TensorView* results = all.data() + step.inputs.size();
  const ActiveBlock& block = blocks_[active.first_block];
  const TensorView *given = views_.data() + block.first_view, *made = given + block.inputs;
  const auto carried = static_cast<size_t>(loop.carried);
  const int64_t trips = *all[0].as<const int64_t>();
  const int64_t most = loop.most[0].evaluate([this](std::string_view name) { return value_of(name); });
  bool going = is_true(all[1]);
  if (team.rank() == 0)
    for (size_t i = 0; i < carried; ++i) copy_elements(all[2 + i], given[1 + i].data);
  int64_t i = 0;
  for (; going && i < trips && !fault_.raised(); ++i) {
    if (i >= most || iterations_ >= kMostIterations) {
      if (team.rank() == 0)
        fault_.set(ErrorCode::out_of_range, "it runs more than {} times", std::min(most, kMostIterations));
      break;
    }
    if (team.rank() == 0) std::memcpy(given[0].data, &i, sizeof i);
    team.barrier();
    if (!execute(block.first, block.last, team)) return false;
    going = is_true(made[0]);
    team.barrier();
    if (team.rank() == 0) {
      // What the block gives may be what it was given: all of it is read before the next iteration's is written.
      for (size_t c = 0; c < carried; ++c) copy_elements(made[1 + c], results[c].data);
      for (size_t c = carried; c < loop.results.size(); ++c) {
        const TensorView& one = made[1 + c];
        copy_elements(one, results[c].as<std::byte>() + i * lathe::bytes_of(one.dtype, one.shape.count()));
      }
      for (size_t c = 0; c < carried; ++c) copy_elements(results[c], given[1 + c].data);
      ++iterations_;
    }
    team.barrier();
  }
  if (team.rank() != 0) return true;
  if (i == 0)
    for (size_t c = 0; c < carried; ++c) copy_elements(all[2 + c], results[c].data);
  active.extents[0] = i;
  return true;
}

}  // namespace lathe::runtime
