#include "compiler/portable.h"

#include "compiler/compile.h"
#include "compiler/reference_evaluator.h"

namespace lathe::compiler {
namespace {

/// Who runs it takes all ops.
class AnyRuntime : public passes::Target {
 public:
  bool takes(const ops::Op& /*op*/, std::span<const passes::TargetOperand> /*inputs*/,
             std::span<const passes::TargetOperand> /*outputs*/) const override {
    return true;
  }
};

constexpr std::string_view kOfPlans = "-first_tokens,-pack_tokens,-select_rows,-channels_last";

}  // namespace

void optimise_portably(ir::Network& network, const std::string& switches) {
  const AnyRuntime target;
  passes::PassContext context;
  context.evaluator = &reference_evaluator();
  context.target = &target;
  optimise(network, context, &target, {std::string(kOfPlans) + "," + switches, {}});
}

}  // namespace lathe::compiler
