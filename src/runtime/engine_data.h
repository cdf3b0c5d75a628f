#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/tactic.h"
#include "lathe/plan.h"
#include "plan/plan.h"

namespace lathe::runtime {

/// A step with its tactic made ready; a copy has none, nor has one that runs blocks.
struct PreparedStep {
  const plan::Step* step = nullptr;
  int number = 0;  ///< among all of the plan, those of blocks right behind the one that runs them
  std::string tactic;
  std::unique_ptr<backends::Step> run;
  const backends::CpuStep* cpu = nullptr;        ///< `run` where the host runs it
  const backends::DeviceStep* device = nullptr;  ///< `run` where a device does
  std::vector<std::vector<PreparedStep>> blocks;
  std::vector<int> symbols;  ///< run-time symbols that this step writes, in the order of Launch::extents
  std::vector<int> counted;  ///< run-time symbols that its attributes and outputs speak of
  std::vector<int> sizes;    ///< Launch::sizes (indices into EngineData::dims); none where all are constants
  /// Sizes that its op's rule needs equal and that nothing shows to be: it runs only where they are.
  struct Equal {
    int a = 0, b = 0;      ///< indices into EngineData::dims
    bool counted = false;  ///< known when the steps before have run
  };
  std::vector<Equal> equal;
  std::vector<int>
      whole;  ///< of a step within a block: dimensions that may come out negative, and it does not run then
};

template <class Visit>
void for_each_step(const std::vector<PreparedStep>& steps, Visit&& visit) {
  for (const PreparedStep& step : steps) {
    visit(step);
    for (const std::vector<PreparedStep>& block : step.blocks) for_each_step(block, visit);
  }
}

/// A port whose values delimit sequences. Each run copies and checks them before a step reads them.
struct BoundsPort {
  size_t port = 0;
  std::vector<int> rows;  ///< dimensions (indices into EngineData::dims) that the last value must equal
  int64_t longest = 0;    ///< what the profile allows a sequence to have; 0: no limit
};

/// A dimension that is scale * symbol + offset.
struct LiveDim {
  int symbol = 0;
  size_t place = 0;  ///< of the symbol among what its step counts
  Dim scale, offset;
};

/// A dimension of an input of several symbols. Its size says one once it is known what the others are.
struct JointDim {
  size_t port = 0, dimension = 0;
  struct Part {
    int symbol = 0;
    Dim scale, offset;  ///< the dimension is scale * symbol + offset
  };
  std::vector<Part> parts;  ///< for each symbol of which it is linear
};

/// The immutable part of a plan's execution, shared by contexts.
struct EngineData {
  explicit EngineData(Plan source);

  Plan handle;
  const plan::Plan& plan;
  std::vector<backends::Device*> devices;  ///< the plan's; null for the host
  std::vector<Blob> weights;               ///< as the chosen tactics read them
  std::vector<const void*> weight_data;    ///< per tensor of a weight: where it lies on its device
  std::vector<PreparedStep> steps;
  int step_count = 0;  ///< those of blocks included

  /// All symbols: those of inputs first, then the run-time ones.
  std::vector<std::string> symbols;
  std::vector<std::optional<Dim>> bounds;  ///< per symbol: its bound where it is a run-time symbol
  /// The distinct dimensions of all tensors; a tensor's shape is a list of indices into it.
  std::vector<Dim> dims;
  /// Per dimension: its value in a large batch, for which the buffers of arenas are put in order, since there memory
  /// matters. None where it is beyond all memory.
  std::vector<int64_t> large;
  std::vector<std::vector<int>> shapes;
  std::vector<int> counter;                     ///< per symbol: the step that counts it, or -1
  std::vector<std::vector<LiveDim>> live_dims;  ///< per dimension: for each symbol that a step of a device counts
  std::vector<int> producer;                    ///< per tensor: the step that writes it, or -1
  std::vector<bool> of_block;                   ///< per tensor: steps within blocks alone have it
  std::vector<int> root;                        ///< per tensor: itself, or the tensor that it views
  std::vector<backends::Layout> layout;  ///< per tensor: rows for some columns of each row of its root, else that of
                                         ///< its format
  std::vector<int> port_of;              ///< per tensor: the input port that binds it, or -1
  std::vector<BoundsPort> bounds_ports;
  std::vector<bool> is_bounds;  ///< per tensor: its values delimit sequences
  std::vector<JointDim> joint_dims;
  std::vector<size_t> first_element;  ///< per port: where its elements that are sizes begin among those of all ports
  size_t element_count = 0;
  std::vector<int> positions_from;  ///< per port: the port of the bounds that default positions count from, or -1

  int symbol(std::string_view name) const;
  /// What the step's attributes and rule need of sizes.
  void prepare_sizes(PreparedStep& prepared);

 private:
  void index_symbols();
  void index_ports();
  void open_devices();
  void prepare_steps();
  void load_weights();
  void note_large_dims();
  void note_live_dims();
  int dim_index(const Dim& dim);
  void note_symbol(const std::string& name);
  std::vector<backends::DeviceMemory> device_weights_;
  std::map<std::string, int, std::less<>> symbol_index_, dim_index_;
};

}  // namespace lathe::runtime
