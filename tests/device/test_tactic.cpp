#include "tests/device/test_tactic.h"

#include <cstring>

#include "base/error.h"
#include "tests/device/test_device.h"

namespace lathe::test {
namespace {
using namespace backends;

/// A launch that waits for its turn: what DeviceLaunch points to is gone by then.
struct Job {
  const CpuStep* step;
  std::vector<TensorView> views;  ///< inputs, then outputs
  size_t inputs;
  std::vector<LiveSize> live;
  std::byte* workspace;
  size_t workspace_bytes;
  int64_t* extents;
  FaultRecord* fault;
  int64_t number;
  std::vector<int64_t> sizes;
};

size_t span_of(const TensorView& view) {
  if (view.shape.count() == 0) return 0;
  if (view.strides.rank() > 0) {
    int64_t last = 0;
    for (int d = 0; d < view.strides.rank(); ++d)
      last += (view.shape[d] - 1) / (d == view.axis ? view.block : 1) * view.strides[d];
    return static_cast<size_t>(last + view.block) * size_of(view.dtype);
  }
  return static_cast<size_t>((view.rows() - 1) * view.row_stride + view.width()) * size_of(view.dtype);
}

/// Does it in the device's memory; gives what is wrong with its addresses.
std::string perform(TestDevice& device, Job& job) {
  for (const LiveSize& live : job.live) {
    const std::byte* value = device.reach(live.value, sizeof(int64_t));
    if (!value) return "a live size lies elsewhere";
    int64_t count = 0;
    std::memcpy(&count, value, sizeof count);
    TensorView& view = job.views[static_cast<size_t>(live.operand)];
    const bool dense = view.row_stride == view.width();
    const int64_t size = live.offset + live.scale * count;
    if (size < 0 || size > view.shape[live.dimension]) return "a live size is beyond its bound";
    view.shape[live.dimension] = size;
    if (dense) view.row_stride = view.width();
  }
  for (size_t i = 0; i < job.views.size(); ++i) {
    TensorView& view = job.views[i];
    std::byte* data = device.reach(view.data, span_of(view));
    if (!data) return fmt::format("operand {} lies elsewhere", i);
    view.data = data;
    if (i >= job.inputs) std::memset(data, 0xff, span_of(view));
  }
  std::byte* workspace = job.workspace;
  if (job.workspace_bytes > 0) {
    workspace = device.reach(job.workspace, job.workspace_bytes);
    if (!workspace) return "the workspace lies elsewhere";
    std::memset(workspace, 0xff, job.workspace_bytes);
  }
  auto* record = reinterpret_cast<FaultRecord*>(device.reach(job.fault, sizeof(FaultRecord)));
  if (!record) return "the fault record lies elsewhere";
  int64_t extents[ops::kMostCounts] = {};
  Fault fault;
  Team team = Team::solo();
  const std::span<const TensorView> all(job.views);
  job.step->run({all.first(job.inputs), all.subspan(job.inputs), workspace, extents, &fault, job.sizes}, team);
  if (fault.raised() && record->taken == 0)
    *record = {1,
               static_cast<int64_t>(fault.code()),
               job.number,
               reinterpret_cast<int64_t>(fault.problem()),
               fault.number(0),
               fault.number(1)};
  if (job.extents) {
    std::byte* place = device.reach(job.extents, sizeof extents);
    if (!place) return "the counts lie elsewhere";
    std::memcpy(place, extents, sizeof extents);
  }
  return {};
}

class TestStep : public DeviceStep {
 public:
  explicit TestStep(std::unique_ptr<Step> reference) : reference_(std::move(reference)) {}
  size_t workspace(std::span<const TensorView> in, std::span<const TensorView> out, int threads) const override {
    return reference_->workspace(in, out, threads);
  }
  void enqueue(const DeviceLaunch& launch, Queue& queue) const noexcept override {
    Job job{static_cast<const CpuStep*>(reference_.get()),
            {launch.inputs.begin(), launch.inputs.end()},
            launch.inputs.size(),
            {launch.live.begin(), launch.live.end()},
            launch.workspace,
            reference_->workspace(launch.inputs, launch.outputs, 1),
            launch.extents,
            launch.fault,
            launch.step,
            {launch.sizes.begin(), launch.sizes.end()}};
    job.views.insert(job.views.end(), launch.outputs.begin(), launch.outputs.end());
    auto& own = static_cast<TestQueue&>(queue);
    own.push([&device = own.test_device(), job]() mutable { return perform(device, job); });
  }
  /// Problems of the reference are literals of this process.
  const char* explain(int64_t problem) const override { return reinterpret_cast<const char*>(problem); }

 private:
  std::unique_ptr<Step> reference_;
};

}  // namespace

std::unique_ptr<Step> TestTactic::prepare(const Question& question) const {
  return std::make_unique<TestStep>(reference_.prepare(question));
}

}  // namespace lathe::test
