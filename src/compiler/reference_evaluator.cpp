#include "compiler/reference_evaluator.h"

#include "backends/reference/evaluate.h"

namespace lathe::compiler {
namespace {

class ReferenceEvaluator : public ir::Evaluator {
 public:
  std::vector<ir::ConstantTensor> evaluate(const ops::Op& op,
                                           std::span<const ir::ConstantTensor> inputs) const override {
    std::vector<backends::reference::Tensor> tensors;
    for (const ir::ConstantTensor& constant : inputs) {
      Shape shape;
      for (const Dim& d : constant.type.shape) shape.push_back(d.constant());
      tensors.push_back({constant.type.dtype, shape, constant.data});
    }
    std::vector<ir::ConstantTensor> results;
    for (backends::reference::Tensor& tensor : backends::reference::evaluate(op, tensors))
      results.push_back({{tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}}, std::move(tensor.data)});
    return results;
  }
};

}  // namespace

const ir::Evaluator& reference_evaluator() {
  static const ReferenceEvaluator evaluator;
  return evaluator;
}

}  // namespace lathe::compiler
