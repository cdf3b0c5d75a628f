#include "plan/plan.h"

#include "base/error.h"

namespace lathe::plan {
namespace {

template <class Ports>
int find_port(const Ports& ports, std::string_view name) {
  for (size_t i = 0; i < ports.size(); ++i)
    if (ports[i].name == name) return static_cast<int>(i);
  return -1;
}

class Validator {
 public:
  Validator(const Plan& plan, std::string_view where) : plan_(plan), where_(where) {}

  void check() {
    for (const Tensor& tensor : plan_.tensors) check_tensor(tensor);
    for (const Weight& weight : plan_.weights) check_weight(weight);
    check_steps();
    for (const Port& port : plan_.inputs) require(known(port.tensor), port.name, "names no tensor");
    for (const OutputPort& port : plan_.outputs) {
      require(known(port.tensor), port.name, "names no tensor");
      require(made_[static_cast<size_t>(port.tensor)], port.name, "is made by no step");
    }
  }

 private:
  void require(bool holds, std::string_view subject, std::string_view problem) const {
    if (!holds) fail(ErrorCode::corrupt_file, where_, "build the plan again", "'{}' {}", subject, problem);
  }
  bool known(int tensor) const { return tensor >= 0 && static_cast<size_t>(tensor) < plan_.tensors.size(); }

  void check_tensor(const Tensor& tensor) const {
    require(tensor.type.rank() <= Shape::kMaxRank, tensor.name, "has too many dimensions");
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
      require(base.storage != Storage::view && base.type.dtype == tensor.type.dtype, tensor.name,
              "views a tensor that cannot be viewed");
      require(is_view_of(tensor, base), tensor.name, "leaves the tensor that it views");
    }
  }

  /// Either the same elements, or columns [offset, offset + width) of every row.
  static bool is_view_of(const Tensor& view, const Tensor& base) {
    if (view.offset == 0 && count_of(view.type.shape) == count_of(base.type.shape)) return true;
    if (view.type.rank() != base.type.rank() || view.type.rank() == 0) return false;
    for (int i = 0; i + 1 < view.type.rank(); ++i)
      if (!(view.type.shape[static_cast<size_t>(i)] == base.type.shape[static_cast<size_t>(i)])) return false;
    const Dim &narrow = view.type.shape.back(), &wide = base.type.shape.back();
    return narrow.is_constant() && wide.is_constant() && view.offset >= 0 && narrow.constant() >= 0 &&
           view.offset <= wide.constant() - narrow.constant();
  }

  void check_weight(const Weight& weight) const {
    int64_t bytes = static_cast<int64_t>(size_of(weight.dtype));
    for (int64_t d : weight.shape) {
      require(d >= 0, weight.name, "has a negative dimension");
      bytes = saturating_mul(bytes, d);
    }
    if (weight.format.empty())
      require(static_cast<int64_t>(weight.data.size) == bytes, weight.name, "has the wrong number of bytes");
    else
      require(weight.shape.rank() == 2, weight.name, "is packed but no matrix");
  }

  void check_steps() {
    made_.resize(plan_.tensors.size());
    for (size_t i = 0; i < plan_.tensors.size(); ++i)
      made_[i] = plan_.tensors[i].storage == Storage::input || plan_.tensors[i].storage == Storage::weight;
    for (const Step& step : plan_.steps) {
      ops::Types inputs, outputs;
      for (int t : step.inputs) {
        require(known(t), step.name, "reads no tensor");
        require(is_made(t), step.name, "reads a tensor before it is made");
        inputs.push_back(plan_.tensors[static_cast<size_t>(t)].type);
      }
      for (int t : step.outputs) {
        require(known(t) && plan_.tensors[static_cast<size_t>(t)].storage == Storage::arena, step.name,
                "writes no tensor of the arena");
        require(!made_[static_cast<size_t>(t)], step.name, "writes a tensor twice");
        made_[static_cast<size_t>(t)] = true;
        outputs.push_back(plan_.tensors[static_cast<size_t>(t)].type);
      }
      ops::Types expected;
      try {
        expected = step.op.infer(inputs);
      } catch (const Error& error) {
        require(false, step.name, std::string("does not fit its inputs: ") + error.what());
      }
      require(expected == outputs, step.name, "does not fit its outputs");
    }
    for (size_t i = 0; i < plan_.tensors.size(); ++i)
      if (plan_.tensors[i].storage == Storage::view) made_[i] = made_[static_cast<size_t>(plan_.tensors[i].base)];
  }

  bool is_made(int tensor) const {
    const Tensor& t = plan_.tensors[static_cast<size_t>(tensor)];
    return t.storage == Storage::view ? made_[static_cast<size_t>(t.base)] : made_[static_cast<size_t>(tensor)];
  }

  const Plan& plan_;
  std::string_view where_;
  std::vector<bool> made_;
};

}  // namespace

int Plan::find_input(std::string_view port) const { return find_port(inputs, port); }
int Plan::find_output(std::string_view port) const { return find_port(outputs, port); }

void validate(const Plan& plan, std::string_view where) { Validator(plan, where).check(); }

}  // namespace lathe::plan
