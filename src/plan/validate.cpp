#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/pages.h"
#include "ops/copy.h"
#include "ops/linear.h"
#include "ops/pack_index.h"
#include "plan/plan.h"
#include "plan/sequences.h"
#include "plan/waits.h"

namespace lathe::plan {
namespace {

/// Far more than any network has; work that grows with their square stays short.
constexpr size_t kMostPorts = 4096, kMostSymbols = 256, kMostProfiles = 64, kMostDevices = 8;

class Validator {
 public:
  Validator(const Plan& plan, std::string_view where) : plan_(plan), where_(where) {}

  void check() {
    require(plan_.inputs.size() <= kMostPorts && plan_.outputs.size() <= kMostPorts &&
                plan_.runtime_symbols.size() <= kMostSymbols && plan_.equalities.size() <= kMostPorts &&
                plan_.definitions.size() <= kMostPorts,
            plan_.name, "has more inputs, outputs, definitions, run-time symbols or equalities than any network");
    require(!plan_.profiles.empty() && plan_.profiles.size() <= kMostProfiles, plan_.name,
            "has no profile, or too many");
    check_devices();
    for (const Tensor& tensor : plan_.tensors) check_tensor(tensor);
    for (const Weight& weight : plan_.weights) check_weight(weight);
    for (const Tensor& tensor : plan_.tensors) check_quantization(tensor);
    for (const Port& port : plan_.inputs) check_input(port);
    check_symbols();
    check_steps();
    check_waits();
    check_default_positions();
    std::set<std::string_view> names;
    for (const OutputPort& port : plan_.outputs) {
      require(names.insert(port.name).second, port.name, "is the name of two outputs");
      require(known(port.tensor), port.name, "names no tensor");
      require(is_made(port.tensor), port.name, "is made by no step");
      const Tensor& tensor = plan_.tensors[static_cast<size_t>(port.tensor)];
      require(is_row_major(port.tensor), port.name, "is a packed weight");
      require((tensor.device == kHost && tensor.format.is_dense()) || !is_part(tensor), port.name,
              "is part of a tensor of a device, or turned");
    }
    check_roles();
  }

 private:
  void require(bool holds, std::string_view subject, std::string_view problem) const {
    if (!holds) fail(ErrorCode::corrupt_file, where_, "build the plan again", "'{}' {}", subject, problem);
  }
  bool known(int tensor) const { return tensor >= 0 && static_cast<size_t>(tensor) < plan_.tensors.size(); }

  void check_devices() const {
    require(!plan_.devices.empty() && plan_.devices.size() <= kMostDevices && plan_.devices[0] == "cpu", plan_.name,
            "does not begin its devices with the host, or has too many");
    require(std::set<std::string_view>(plan_.devices.begin(), plan_.devices.end()).size() == plan_.devices.size(),
            plan_.name, "names a device twice");
  }
  bool known_device(int device) const { return device >= 0 && static_cast<size_t>(device) < plan_.devices.size(); }

  /// Some columns of the rows of another tensor, or its dimensions in another order.
  bool is_part(const Tensor& tensor) const {
    return tensor.storage == Storage::view &&
           (!tensor.format.is_dense() ||
            !(count_of(tensor.type.shape) == count_of(plan_.tensors[static_cast<size_t>(tensor.base)].type.shape)));
  }

  /// Steps work in the memory of their own device; copies there, or between the host's and that, byte by byte.
  void check_memories(const Step& step) const {
    const auto device_of = [this](int t) { return plan_.tensors[static_cast<size_t>(t)].device; };
    if (step.op.is<ops::Copy>()) {
      const int from = device_of(step.inputs[0]), to = device_of(step.outputs[0]);
      const bool within = from == to && step.device == from;
      require(within || (from != to && (from == kHost || to == kHost) && step.device == from + to - kHost), step.name,
              "copies between other memories than the host's and its device's");
      require(is_row_major(step.inputs[0]), step.name, "copies a packed weight");
      const Tensor &source = plan_.tensors[static_cast<size_t>(step.inputs[0])],
                   &copy = plan_.tensors[static_cast<size_t>(step.outputs[0])];
      require(within || !is_part(source), step.name, "copies a part of a tensor to another memory");
      require(within || source.format == copy.format, step.name, "copies to another memory in another format");
      return;
    }
    for (const std::vector<int>* list : {&step.inputs, &step.outputs})
      for (int t : *list) require(device_of(t) == step.device, step.name, "works in the memory of another device");
  }

  void check_waits() const {
    const std::vector<std::vector<int>> needed = needed_waits(plan_);
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const Step& step = plan_.steps[s];
      for (int w : step.waits)
        require(w >= 0 && static_cast<size_t>(w) < s && plan_.steps[static_cast<size_t>(w)].device != kHost, step.name,
                "waits for what is no earlier step of a device");
      for (int from : needed[s])
        require(std::any_of(step.waits.begin(), step.waits.end(),
                            [&](int w) {
                              return w >= from && plan_.steps[static_cast<size_t>(w)].device ==
                                                      plan_.steps[static_cast<size_t>(from)].device;
                            }),
                step.name, "does not wait for what it reads");
    }
  }

  void check_tensor(const Tensor& tensor) const {
    require(known_device(tensor.device), tensor.name, "lies on no device");
    require(tensor.type.rank() <= Shape::kMaxRank, tensor.name, "has too many dimensions");
    // Memory is sized at the bounds of run-time symbols and used at their values.
    for (const Dim& d : tensor.type.shape)
      require(d.is_rising() || !plan_.is_run_time(d), tensor.name, "may grow beyond its bound");
    check_format(tensor);
    require(
        tensor.memory == Memory::ordinary || (plan_.devices.size() > 1 && tensor.device == kHost &&
                                              (tensor.storage == Storage::input || tensor.storage == Storage::arena)),
        tensor.name, "is pinned where nothing is");
    if (tensor.storage == Storage::weight) {
      require(tensor.weight >= 0 && static_cast<size_t>(tensor.weight) < plan_.weights.size(), tensor.name,
              "names no weight");
      const Weight& weight = plan_.weights[static_cast<size_t>(tensor.weight)];
      bool same = weight.dtype == tensor.type.dtype && weight.shape.rank() == tensor.type.rank();
      for (int i = 0; same && i < weight.shape.rank(); ++i)
        same = tensor.type.shape[static_cast<size_t>(i)] == Dim(weight.shape[i]);
      require(same, tensor.name, "differs from its weight");
    }
    if (tensor.storage == Storage::view) {
      require(known(tensor.base), tensor.name, "views no tensor");
      const Tensor& base = plan_.tensors[static_cast<size_t>(tensor.base)];
      require(
          (base.storage == Storage::input || base.storage == Storage::arena) && base.type.dtype == tensor.type.dtype,
          tensor.name, "views a tensor that cannot be viewed");
      require(base.device == tensor.device, tensor.name, "views a tensor of another device");
      require(base.format.is_dense(), tensor.name, "views a tensor that does not lie row-major");
      require(!is_part(tensor) || bits_of(tensor.type.dtype) >= 8, tensor.name, "begins within a byte");
      require(is_view_of(tensor, base), tensor.name, "leaves the tensor that it views");
    }
  }

  /// Distances are known before the tensor is made.
  void check_format(const Tensor& tensor) const {
    const Format& format = tensor.format;
    if (format.is_dense()) return;
    require(format.fits(tensor.type.rank()), tensor.name, "has a format that its dimensions cannot have");
    require(tensor.storage != Storage::weight, tensor.name, "is a weight in the format of a tensor");
    require(tensor.storage != Storage::view || format.block == 1, tensor.name, "is a view in blocks");
    require(bits_of(tensor.type.dtype) >= 8, tensor.name, "begins within a byte");
    for (int d = 0; d < tensor.type.rank(); ++d)
      require(format.may_vary(d) || !plan_.is_run_time(tensor.type.shape[static_cast<size_t>(d)]), tensor.name,
              "has distances that only a run finds");
  }

  /// Scales and zero points are weights of the plan, row-major, one number or one for each place along the axis.
  void check_quantization(const Tensor& tensor) const {
    const Quantization& q = tensor.quantization;
    if (q == Quantization{}) return;
    const bool places = q.axis >= 0 && q.axis < tensor.type.rank();
    require(q.axis == -1 || places, tensor.name, "is quantized along no dimension of it");
    std::vector<Dim> shape;
    if (places) shape.push_back(tensor.type.shape[static_cast<size_t>(q.axis)]);
    const auto check = [&](int t, DType type) {
      require(known(t) && storage_of(t) == Storage::weight &&
                  plan_.tensors[static_cast<size_t>(t)].type == ops::TensorType{type, shape} && is_row_major(t),
              tensor.name, "has a scale or zero point of another kind");
    };
    check(q.scale, DType::f32);
    if (q.zero_point != -1) check(q.zero_point, tensor.type.dtype);
  }

  /// Either the same elements, or columns [offset, offset + width) of every row.
  bool is_view_of(const Tensor& view, const Tensor& base) const {
    if (view.offset == 0 && count_of(view.type.shape) == count_of(base.type.shape)) return true;
    if (!view.format.is_dense() || view.type.rank() != base.type.rank() || view.type.rank() == 0) return false;
    for (int i = 0; i + 1 < view.type.rank(); ++i)
      if (!(view.type.shape[static_cast<size_t>(i)] == base.type.shape[static_cast<size_t>(i)])) return false;
    const Dim &narrow = view.type.shape.back(), &wide = base.type.shape.back();
    return narrow.is_constant() && wide.is_constant() && view.offset >= 0 && narrow.constant() >= 0 &&
           view.offset <= wide.constant() - narrow.constant();
  }

  void check_weight(const Weight& weight) const {
    int64_t count = 1, most = 1;
    for (int64_t d : weight.shape) {
      require(d >= 0, weight.name, "has a negative dimension");
      count = saturating_mul(count, d);
      most = saturating_mul(most, std::max<int64_t>(d, 1));
    }
    require(bytes_of(weight.dtype, most) <= kMostBytes, weight.name, "is larger than any memory");
    if (weight.format.empty())
      require(static_cast<int64_t>(weight.data.size) == bytes_of(weight.dtype, count), weight.name,
              "has the wrong number of bytes");
    else
      require(weight.shape.rank() >= 2, weight.name, "is packed but no matrix");
  }

  /// Ports hold what callers bind, never a weight or a part of another tensor; defaults are written as i32.
  void check_input(const Port& port) {
    require(port_names_.insert(port.name).second, port.name, "is the name of two inputs");
    require(known(port.tensor), port.name, "names no tensor");
    require(ported_.insert(port.tensor).second, port.name, "is bound to the tensor of another input");
    const Tensor& tensor = plan_.tensors[static_cast<size_t>(port.tensor)];
    require(tensor.storage == Storage::input || tensor.storage == Storage::arena, port.name, "cannot be bound");
    require(port.declared.empty() || port.declared.size() == tensor.type.shape.size(), port.name,
            "was declared with another rank");
    if (!port.elements.empty())
      require(tensor.storage == Storage::input && port.absent == ops::InputDefault::required &&
                  tensor.format.is_dense() && tensor.type.dtype != DType::boolean &&
                  ops::followed(tensor.type) == static_cast<int64_t>(port.elements.size()),
              port.name, "has no such elements");
    if (port.absent != ops::InputDefault::required)
      require(tensor.type.dtype == DType::i32 && tensor.format.is_dense(), port.name, "is not i32, row-major");
  }

  /// Roles tell callers what to bind and what to read: what they name is there, and has the type of the role.
  void check_roles() const {
    const auto check = [this](const auto& port, const auto& ports, bool is_output) {
      const Tensor& tensor = plan_.tensors[static_cast<size_t>(port.tensor)];
      const ops::PortRole& role = port.role;
      require(role.role == Role::plain || tensor.format.is_dense(), port.name, "has a role and is not row-major");
      const bool lists = tensor.type.dtype == DType::i32 && tensor.type.rank() == 1 && !is_output;
      if (role.role == Role::plain || role.role == Role::mask)
        require(role.of.empty(), port.name, "has a role of nothing");
      if (role.role == Role::mask) require(!is_output && tensor.type.dtype == DType::i32, port.name, "is no mask");
      if (role.role == Role::bounds || (role.role == Role::rows && !is_output))
        require(lists && !role.of.empty(), port.name, "is no list of rows");
      if (role.role == Role::packed || (role.role == Role::rows && is_output))
        require(tensor.type.rank() >= 1 &&
                    std::any_of(ports.begin(), ports.end(),
                                [&](const auto& other) { return other.name == role.of && &other != &port; }),
                port.name, "is the packed form of nothing");
      if (is_output) require(role.role != Role::bounds, port.name, "is no list of rows");
    };
    for (const Port& port : plan_.inputs) check(port, plan_.inputs, false);
    for (const OutputPort& port : plan_.outputs) check(port, plan_.outputs, true);
  }

  /// A bound is evaluated before anything runs, from the shapes that callers bind; all other sizes follow from these
  /// and from what is counted.
  void check_symbols() const {
    std::set<std::string> known_symbols;
    for (const Port& port : plan_.inputs)
      for (const std::vector<Dim>* list : {&plan_.tensors[static_cast<size_t>(port.tensor)].type.shape, &port.elements})
        for (const Dim& d : *list)
          for (std::string& name : d.symbols()) known_symbols.insert(std::move(name));
    check_definitions(known_symbols);
    std::set<std::string_view> names;
    for (const RuntimeSymbol& symbol : plan_.runtime_symbols)
      require(names.insert(symbol.name).second, symbol.name, "is the name of two run-time symbols");
    const auto check = [&](const Dim& d, std::string_view of) {
      for (const std::string& name : d.symbols())
        require(known_symbols.contains(name) || names.contains(name), of, "has a size that nothing says");
    };
    for (const Tensor& tensor : plan_.tensors)
      for (const Dim& d : tensor.type.shape) check(d, tensor.name);
    for_each_step(plan_.steps, [&](const Step& step) {
      for (const Dim& d : step.op.dims()) check(d, step.name);
    });
    for (const RuntimeSymbol& symbol : plan_.runtime_symbols)
      for (const std::string& name : symbol.bound.symbols())
        require(known_symbols.contains(name) && !names.contains(name), symbol.name,
                "has a bound that is not known before it runs");
  }

  /// Computed one after the other from what is bound.
  void check_definitions(std::set<std::string>& known_symbols) const {
    for (const Definition& d : plan_.definitions) {
      for (const std::string& name : d.value.symbols())
        require(known_symbols.contains(name), d.by, "defines a size by what nothing says");
      if (!d.size.symbol_name().empty()) known_symbols.emplace(d.size.symbol_name());
      for (const std::string& name : d.size.symbols())
        require(known_symbols.contains(name) && !plan_.is_run_time(Dim::symbol(name)), d.by,
                "defines what nothing says, or what a step counts");
    }
  }

  void check_steps() {
    made_.resize(plan_.tensors.size());
    for (size_t i = 0; i < plan_.tensors.size(); ++i)
      made_[i] = plan_.tensors[i].storage == Storage::weight ||
                 (plan_.tensors[i].storage == Storage::input && ported_.contains(static_cast<int>(i)));
    check_steps(plan_.steps, 0, nullptr);
    for (const RuntimeSymbol& symbol : plan_.runtime_symbols)
      require(counted_.contains(symbol.name), symbol.name, "is counted by no step");
  }

  /// `own`: of a block: what its steps may read beside weights, as whoever runs the step around it knows what it needs.
  void check_steps(const std::vector<Step>& steps, int depth, std::set<int>* own) {
    for (const Step& step : steps) {
      require(known_device(step.device), step.name, "runs on no device");
      ops::Types inputs, outputs;
      for (int t : step.inputs) {
        require(known(t), step.name, "reads no tensor");
        require(is_made(t), step.name, "reads a tensor before it is made");
        require(!own || storage_of(plan_.root(t)) == Storage::weight || own->contains(plan_.root(t)), step.name,
                "is within a block and reads what that is not given");
        inputs.push_back(type_of(t));
      }
      for (int t : step.outputs) {
        require(known(t) && storage_of(t) == Storage::arena, step.name, "writes no tensor of the arena");
        require(depth == 0 || !ported_.contains(t), step.name, "is within a block and writes what callers bind");
        outputs.push_back(type_of(t));
      }
      ops::Types expected;
      ops::Equalities needed;
      std::vector<ops::Count> counts;
      std::vector<ops::BlockTypes> blocks;
      try {
        expected = step.op.infer(inputs, needed);
        counts = step.op.counts(inputs);
        blocks = step.op.blocks(inputs);
      } catch (const Error& error) {
        require(false, step.name, std::string("does not fit its inputs: ") + error.what());
      }
      require(expected == outputs, step.name, "does not fit its outputs");
      for (const ops::Equality& e : needed)
        require(plan_.find_equality(e.a, e.b) != nullptr, step.name, "needs sizes to be equal that no equality names");
      require(depth == 0 || (step.device == kHost && step.waits.empty() && counts.empty()), step.name,
              "is within a block and waits, counts, or runs on a device");
      check_memories(step);
      note_counts(step, counts);
      check_counted(step);
      if (auto bounds = step.op.bounds()) check_sequences(step, *bounds);
      if (const auto* linear = step.op.as<ops::Linear>()) check_orientation(step, *linear);
      check_blocks(step, blocks, depth);
      for (int t : step.outputs) {
        make(t, step);
        if (own) own->insert(t);
      }
    }
  }

  /// What is made within a block is gone behind it.
  void check_blocks(const Step& step, const std::vector<ops::BlockTypes>& expected, int depth) {
    require(step.blocks.size() == expected.size(), step.name, "has other blocks than its op");
    require(step.blocks.empty() || step.device == kHost, step.name, "runs blocks on a device");
    for (const std::vector<int>* list : {&step.inputs, &step.outputs})
      for (int t : *list)
        require(step.blocks.empty() || lies_plain(t), step.name, "gives or takes of blocks what is packed or turned");
    for (size_t b = 0; b < expected.size(); ++b) {
      const Block& block = step.blocks[b];
      const ops::BlockTypes& types = expected[b];
      require(block.inputs.size() == types.inputs.size() && block.outputs.size() == types.outputs.size(), step.name,
              "has a block of other inputs or outputs");
      const size_t before = order_.size();
      std::set<int> own;
      for (size_t i = 0; i < block.inputs.size(); ++i) {
        const int t = block.inputs[i];
        require(known(t) && type_of(t) == types.inputs[i], step.name, "gives a block another type");
        if (types.from[i] >= 0) {
          require(t == step.inputs[static_cast<size_t>(types.from[i])], step.name, "gives a block another tensor");
        } else {
          require(storage_of(t) == Storage::arena && plan_.tensors[static_cast<size_t>(t)].device == kHost &&
                      !ported_.contains(t) && lies_plain(t),
                  step.name, "gives a block no memory of its own");
          make(t, step);
        }
        own.insert(plan_.root(t));
      }
      check_steps(block.steps, depth + 1, &own);
      for (size_t i = 0; i < block.outputs.size(); ++i) {
        const int t = block.outputs[i];
        require(known(t) && is_made(t) && type_of(t) == types.outputs[i], step.name,
                "has a block that gives another type");
        require(lies_plain(t) && plan_.tensors[static_cast<size_t>(t)].device == kHost, step.name,
                "has a block that gives what is packed or turned");
        require(storage_of(plan_.root(t)) == Storage::weight || own.contains(plan_.root(t)), step.name,
                "has a block that gives what that is not given");
      }
      // A tensor is made in one place of the plan, so that nobody else takes its memory.
      for (; order_.size() > before; order_.pop_back()) {
        made_[static_cast<size_t>(order_.back())] = false;
        gone_.insert(order_.back());
      }
    }
  }

  const ops::TensorType& type_of(int t) const { return plan_.tensors[static_cast<size_t>(t)].type; }
  Storage storage_of(int t) const { return plan_.tensors[static_cast<size_t>(t)].storage; }
  bool lies_plain(int t) const { return is_row_major(t) && plan_.tensors[static_cast<size_t>(t)].format.is_dense(); }
  bool is_row_major(int t) const {
    return storage_of(t) != Storage::weight ||
           plan_.weights[static_cast<size_t>(plan_.tensors[static_cast<size_t>(t)].weight)].format.empty();
  }
  void make(int t, const Step& step) {
    require(!made_[static_cast<size_t>(t)] && !gone_.contains(t), step.name, "writes a tensor twice");
    made_[static_cast<size_t>(t)] = true;
    order_.push_back(t);
  }

  /// What a step's sizes and attributes speak of is counted by then.
  void check_counted(const Step& step) const {
    std::vector<Dim> dims = step.op.dims();
    for (int t : step.outputs)
      for (const Dim& d : plan_.tensors[static_cast<size_t>(t)].type.shape) dims.push_back(d);
    for (const Dim& d : dims)
      if (plan_.is_run_time(d))
        for (const std::string& name : d.symbols())
          require(!plan_.is_run_time(Dim::symbol(name)) || counted_.contains(name), step.name,
                  "uses a count that comes later");
  }

  /// A run-time symbol has one step that counts it and a bound that this step keeps.
  void note_counts(const Step& step, const std::vector<ops::Count>& counts) {
    require(counts.size() <= ops::kMostCounts, step.name, "counts too much");
    for (const ops::Count& count : counts) {
      const auto known = std::find_if(plan_.runtime_symbols.begin(), plan_.runtime_symbols.end(),
                                      [&](const RuntimeSymbol& symbol) { return symbol.name == count.symbol; });
      require(known != plan_.runtime_symbols.end() && known->bound == plan_.bound_of(count.most), step.name,
              "counts something without its bound");
      require(count.most.is_rising() || !plan_.is_run_time(count.most), step.name, "counts more than its bound");
      require(counted_.insert(count.symbol).second, step.name, "counts what another step counts");
    }
    if (const auto* pack = step.op.as<ops::PackIndex>()) sequences_[step.outputs[1]] = pack->symbol;
    if (step.op.is<ops::Copy>()) copied_[step.outputs[0]] = origin(step.inputs[0]);
  }

  /// Where a tensor's content comes from, seen through copies.
  int origin(int tensor) const {
    auto known = copied_.find(tensor);
    return known == copied_.end() ? tensor : known->second;
  }

  /// Bounds of sequences are trusted by kernels: they come from the step that counts, and then belong to the tensor
  /// whose rows it counts, or from a port, whose values each run checks against the reader's rows (find_sequences).
  void check_sequences(const Step& step, const ops::SequenceBounds& bounds) const {
    const int tensor = origin(step.inputs[bounds.input]);
    auto made = sequences_.find(tensor);
    require(made != sequences_.end() || plan_.tensors[static_cast<size_t>(tensor)].storage == Storage::input, step.name,
            "reads unchecked bounds of sequences");
    require(lies_plain(tensor) && lies_plain(step.inputs[bounds.input]), step.name,
            "reads bounds of sequences that are not row-major");
    const Dim& rows = plan_.tensors[static_cast<size_t>(step.inputs[0])].type.shape[0];
    require(made == sequences_.end() || !bounds.delimits_rows || rows == Dim::symbol(made->second), step.name,
            "reads bounds of another tensor");
  }

  /// The kernel reads the weight as the op says, whatever the weight says.
  void check_orientation(const Step& step, const ops::Linear& linear) const {
    const Tensor& tensor = plan_.tensors[static_cast<size_t>(step.inputs[1])];
    if (tensor.storage != Storage::weight) return;
    const Weight& weight = plan_.weights[static_cast<size_t>(tensor.weight)];
    require(weight.format.empty() || weight.transposed == linear.transposed, step.name,
            "reads a weight that was packed the other way round");
  }

  void check_default_positions() const {
    std::vector<Sequences> bound = find_sequences(plan_);
    std::erase_if(bound, [&](const Sequences& sequences) { return !ported_.contains(sequences.tensor); });
    for (const Port& port : plan_.inputs)
      require(port.form != Form::packed || port.absent != ops::InputDefault::positions ||
                  find_bounds(bound, plan_.tensors[static_cast<size_t>(port.tensor)]) != nullptr,
              port.name, "counts positions in sequences without bounds");
  }

  bool is_made(int tensor) const { return made_[static_cast<size_t>(plan_.root(tensor))]; }

  const Plan& plan_;
  std::string_view where_;
  std::vector<bool> made_;
  std::vector<int> order_;  ///< of what steps made
  std::set<std::string_view> port_names_;
  std::set<int> gone_;                    ///< made within blocks
  std::set<int> ported_;                  ///< tensors that a port binds
  std::set<std::string> counted_;         ///< run-time symbols
  std::map<int, int> copied_;             ///< results of copies: what they are copies of
  std::map<int, std::string> sequences_;  ///< bounds of sequences that steps make: the tensor, its symbol
};

}  // namespace

void validate(const Plan& plan, std::string_view where) { Validator(plan, where).check(); }

}  // namespace lathe::plan
