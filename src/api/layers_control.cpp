// Branches and assertions.
#include "api/blocks.h"
#include "base/error.h"
#include "lathe/layers/control.h"
#include "ops/assert.h"
#include "ops/if.h"

namespace lathe {

using api::Adder;
using api::BlockScope;
using ir::ValueId;

std::vector<Tensor> api::branch(const Tensor& condition, const std::function<std::vector<Tensor>()>& then,
                                const std::function<std::vector<Tensor>()>& otherwise) {
  Adder n("if", {condition});
  const auto write = [&](BlockScope& block, const std::function<std::vector<Tensor>()>& function) {
    for (const Tensor& result : function()) block.output(result);
    block.close();
  };
  BlockScope first(n.data(), "then");
  write(first, then);
  BlockScope second(n.data(), "otherwise");
  // Both read the same: what one captures the other has in the same place.
  for (const api::OpenBlock::Capture& capture : first.captures()) second.capture(n.network(), capture.outside);
  write(second, otherwise);
  for (const api::OpenBlock::Capture& capture : second.captures()) first.capture(n.network(), capture.outside);
  const size_t results = first.network()->outputs.size();
  if (results != second.network()->outputs.size())
    n.corrupt(fmt::format("its functions give {} and {} results", results, second.network()->outputs.size()));
  ops::If op;
  for (size_t i = 0; i < results; ++i) {
    op.results.push_back(first.type(i));
    if (!(op.results.back() == second.type(i)))
      n.corrupt(
          fmt::format("result {} is {} and {}", i, ops::to_string(first.type(i)), ops::to_string(second.type(i))));
  }
  std::vector<ValueId> inputs = {n.cast(n.reshape(n.in(condition), {}), DType::boolean)};
  for (const api::OpenBlock::Capture& capture : second.captures()) inputs.push_back(capture.outside);
  return n.out(n.add_all(op, inputs, {first.network(), second.network()}));
}

Tensor assertion(const Tensor& condition, std::string_view message) {
  // The run names the layer, and so says the message.
  Adder n(message.empty() ? "assertion" : message, {condition});
  if (!n.data()->open.empty())
    n.refuse("it stands within a branch or loop", "give the condition as a result, and assert that");
  const Tensor checked = n.out(n.add(ops::Assert{std::string(message)}, {n.in(condition)}));
  n.network().mark_output(n.network().unique_output_name("assertion"), api::Access::value(checked));
  return checked;
}

}  // namespace lathe
