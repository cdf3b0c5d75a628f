#include "frontends/onnx/source.h"

#include <utility>

#include "base/error.h"

namespace lathe::onnx {
namespace {
constexpr int64_t kMostNodes = int64_t{1} << 18, kMostOps = int64_t{1} << 20;
}

Opsets opsets_of(const std::vector<OpsetMessage>& list) {
  Opsets opsets;
  for (const OpsetMessage& opset : list) opsets[std::string(domain_of(opset.domain))] = opset.version;
  return opsets;
}

Source::Source(const std::string& path, const ModelMessage& model, const ReadOptions& options)
    : path_(path), model_(model), options_(options), tensors_(path, model.file), opsets_(opsets_of(model.opsets)) {
  for (const FunctionMessage& f : model.functions)
    functions_.emplace(std::tuple(domain_of(f.domain), f.name, f.overload), &f);
}

const FunctionMessage* Source::function(const NodeMessage& node) const {
  const auto found = functions_.find(std::tuple(domain_of(node.domain), node.op, node.overload));
  return found == functions_.end() ? nullptr : found->second;
}

void Source::count_node() {
  if (++nodes_ > kMostNodes)
    fail(ErrorCode::out_of_range, path_, "export loops and functions as such",
         "its functions and loops come to more than {} nodes", kMostNodes);
}

void Source::report(NodeReport node) {
  if (!options_.report) return;
  if (trials_ > 0)
    held_.push_back(std::move(node));
  else
    options_.report(node);
}

Trial::~Trial() {
  if (!open_) return;
  --source_.trials_;
  source_.held_.resize(first_);
}

void Trial::keep() {
  open_ = false;
  if (--source_.trials_ > 0) return;
  for (NodeReport& node : std::exchange(source_.held_, {})) source_.report(std::move(node));
}

void Source::count_op() {
  if (++ops_ > kMostOps)
    fail(ErrorCode::out_of_range, path_, "split less, or export loops as such", "its nodes come to more than {} ops",
         kMostOps);
}

}  // namespace lathe::onnx
