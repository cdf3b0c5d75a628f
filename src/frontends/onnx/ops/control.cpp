// Branches and loops.
#include <algorithm>

#include "base/error.h"
#include "frontends/onnx/graph_reader.h"
#include "frontends/onnx/registry.h"
#include "ops/cast.h"
#include "ops/gather.h"
#include "ops/if.h"
#include "ops/loop.h"
#include "ops/reshape.h"
#include "ops/slice.h"

namespace lathe::onnx {
namespace {

/// Loops of known length are written out up to here, where they cannot be blocks.
constexpr int64_t kMostUnrolled = 4096;

/// The condition or count of a node as ops take it: of one element and no dimensions.
ValueId single(NodeReader& n, ValueId v, DType type) { return n.cast(n.reshape(v, {}), type); }

/// A graph read into a network of its own.
struct Body {
  std::shared_ptr<ir::Network> network = std::make_shared<ir::Network>();
  Scope scope;
  std::vector<Item> results;

  Body(NodeReader& n, std::string_view name) : scope(*network, &n.scope()) {
    network->name = name;
    network->become_block();
  }
  /// The results become the block's outputs: tensors, each made by a node of the block.
  void close() {
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].kind != Item::Kind::tensor)
        throw Error(ErrorCode::unsupported, "", "a branch or loop that a run decides on gives a sequence or optional",
                    "make its condition a constant");
      ir::ValueId value = results[i].value;
      if (network->value(value).producer == ir::kNone)
        value = network->add1(ops::Cast{network->value(value).type.dtype}, {value}, fmt::format("result.{}", i));
      network->mark_output(fmt::format("result.{}", i), value);
      results[i].value = value;
    }
  }
  ops::TensorType type(size_t i) const { return network->value(results[i].value).type; }
};

/// The branch in the place of the node: its names stay its own.
void inline_branch(NodeReader& n, const GraphMessage& graph) {
  Scope scope(n.network(), &n.scope());
  const Place place = within(n.place(), n.name());
  read_body(graph, scope, place);
  const std::vector<Item> results = results_of(graph, scope);
  if (results.size() != n.outputs()) n.corrupt("a branch gives another number of results");
  for (size_t i = 0; i < results.size(); ++i) n.give(i, results[i]);
}

void branch(NodeReader& n) {
  const GraphMessage &yes = *n.graph("then_branch"), &no = *n.graph("else_branch");
  const ValueId condition = n.in(0);
  if (const ops::Elements known = n.network().elements(condition);
      known && known->size() == 1 && (*known)[0] && (*known)[0]->is_constant())
    return inline_branch(n, (*known)[0]->constant() != 0 ? yes : no);
  Body first(n, n.name() + ".then"), second(n, n.name() + ".else");
  const auto read = [&](Body& body, const GraphMessage& graph) {
    read_body(graph, body.scope, within(n.place(), n.name()));
    body.results = results_of(graph, body.scope);
    body.close();
  };
  read(first, yes);
  // Both read the same: what the first captures the second has in the same places, and the other way round.
  for (const Scope::Capture& capture : first.scope.captures()) second.scope.capture(capture.outside);
  read(second, no);
  for (const Scope::Capture& capture : second.scope.captures()) first.scope.capture(capture.outside);
  if (first.results.size() != n.outputs() || second.results.size() != n.outputs())
    n.corrupt("a branch gives another number of results");
  ops::If op;
  for (size_t i = 0; i < first.results.size(); ++i) {
    op.results.push_back(first.type(i));
    if (!(second.type(i) == op.results.back()))
      n.refuse(fmt::format("its branches give {} and {}, and only a run knows which", to_string(op.results.back()),
                           to_string(second.type(i))),
               "give one type in both, or make the condition a constant");
  }
  std::vector<ValueId> inputs = {single(n, condition, DType::boolean)};
  for (const Scope::Capture& capture : second.scope.captures()) inputs.push_back(capture.outside);
  const std::vector<ValueId> results =
      n.network().add(op, inputs, n.name(), {n.name()}, {first.network, second.network});
  for (size_t i = 0; i < results.size(); ++i) n.give(i, results[i]);
}

/// What a loop goes on with: the states, and what each iteration adds.
struct Iterations {
  const GraphMessage& body;
  ValueId trips = ir::kNone, condition = ir::kNone;  ///< kNone: no limit, always
  std::vector<Item> carried;
  size_t stacked = 0;
};

bool is_constant_true(NodeReader& n, ValueId v) {
  if (v == ir::kNone) return true;
  const ops::Elements known = n.network().elements(v);
  return known && known->size() == 1 && (*known)[0] && *(*known)[0] == Dim(1);
}

std::optional<int64_t> known_count(NodeReader& n, ValueId trips) {
  if (trips == ir::kNone) return std::nullopt;
  const ops::Elements known = n.network().elements(trips);
  if (!known || known->size() != 1 || !(*known)[0] || !(*known)[0]->is_constant()) return std::nullopt;
  return (*known)[0]->constant();
}

/// The iterations one after the other, as many as are known: what they carry may then change its type. False where only
/// a run knows when they end.
bool unroll(NodeReader& n, const Iterations& loop, int64_t count) {
  if (count > kMostUnrolled)
    n.refuse(fmt::format("it runs {} times and what it carries changes its type: too often to write it out", count),
             "carry tensors of one type");
  std::vector<Item> states = loop.carried;
  std::vector<std::vector<ValueId>> stacked(loop.stacked);
  const Place place = within(n.place(), n.name());
  for (int64_t i = 0; i < std::max<int64_t>(count, 0); ++i) {
    Scope scope(n.network(), &n.scope());
    scope.set(loop.body.inputs[0].name, Item::tensor(n.scalar(static_cast<double>(i), DType::i64)));
    scope.set(loop.body.inputs[1].name, Item::tensor(n.scalar(1, DType::boolean)));
    for (size_t s = 0; s < states.size(); ++s) scope.set(loop.body.inputs[s + 2].name, states[s]);
    read_body(loop.body, scope, place);
    const std::vector<Item> results = results_of(loop.body, scope);
    if (results[0].kind != Item::Kind::tensor) n.corrupt("its body gives no condition");
    const ops::Elements going = n.network().elements(results[0].value);
    if (!going || going->size() != 1 || !(*going)[0] || !(*going)[0]->is_constant()) return false;
    for (size_t s = 0; s < states.size(); ++s) states[s] = results[s + 1];
    for (size_t s = 0; s < stacked.size(); ++s) {
      const Item& one = results[states.size() + 1 + s];
      if (one.kind != Item::Kind::tensor) n.corrupt("its body stacks a sequence");
      stacked[s].push_back(n.unsqueeze(one.value, {0}));
    }
    if ((*going)[0]->constant() == 0) break;
  }
  for (size_t s = 0; s < states.size(); ++s) n.give(s, states[s]);
  for (size_t s = 0; s < stacked.size(); ++s) {
    if (!n.wants(states.size() + s)) continue;
    if (stacked[s].empty()) n.refuse("it never runs, so that nothing says what it stacks");
    n.give(states.size() + s, n.concat(stacked[s], 0));
  }
  return true;
}

bool carries_tensors(const Iterations& loop) {
  return std::all_of(loop.carried.begin(), loop.carried.end(),
                     [](const Item& item) { return item.kind == Item::Kind::tensor; });
}

/// The body as a block, whose inputs are the iteration, the states, then what it reads; nothing where a state changes
/// its type.
std::unique_ptr<Body> block_of(NodeReader& n, const Iterations& loop) {
  auto body = std::make_unique<Body>(n, n.name() + ".body");
  ir::Network& network = *body->network;
  const auto input = [&](size_t i, const ops::TensorType& type) {
    const std::string_view name = loop.body.inputs[i].name;
    body->scope.set(name, Item::tensor(network.add_input(network.unique_name(name), type)));
  };
  input(0, {DType::i64, {}});
  for (size_t s = 0; s < loop.carried.size(); ++s) input(s + 2, n.type(loop.carried[s].value));
  // An iteration is only begun where the condition holds.
  body->scope.set(loop.body.inputs[1].name,
                  Item::tensor(network.add_constant(network.unique_name("going"), {DType::boolean, {}},
                                                    {Blob::copy_of("\1", 1), nullptr})));
  read_body(loop.body, body->scope, within(n.place(), n.name()));
  body->results = results_of(loop.body, body->scope);
  for (size_t s = 0; s < loop.carried.size(); ++s)
    if (body->results[s + 1].kind != Item::Kind::tensor ||
        !(network.value(body->results[s + 1].value).type == n.type(loop.carried[s].value)))
      return nullptr;
  Item& going = body->results[0];
  if (going.kind == Item::Kind::tensor && network.value(going.value).type.rank() != 0) {
    if (!(count_of(network.value(going.value).type.shape) == Dim(1))) n.corrupt("its condition is no single flag");
    going.value = network.add1(ops::Reshape{{}}, {going.value}, "going");
  }
  body->close();
  return body;
}

void run_block(NodeReader& n, const Iterations& loop, Body& body) {
  constexpr int64_t kMost = int64_t{1} << 20;
  ops::Loop op;
  op.carried = static_cast<int64_t>(loop.carried.size());
  op.symbol = n.network().unique_symbol("iterations");
  const auto count = known_count(n, loop.trips);
  op.most = {Dim(count ? std::max<int64_t>(*count, 0) : kMost)};
  for (size_t i = 1; i < body.results.size(); ++i) {
    ops::TensorType type = body.type(i);
    if (i > loop.carried.size()) type.shape.insert(type.shape.begin(), Dim::symbol(op.symbol));
    op.results.push_back(std::move(type));
  }
  // Without a limit it has one more trip than it may take: going on is a fault, not the end.
  std::vector<ValueId> inputs = {
      loop.trips == ir::kNone ? n.scalar(static_cast<double>(kMost + 1), DType::i64)
                              : single(n, loop.trips, DType::i64),
      loop.condition == ir::kNone ? n.scalar(1, DType::boolean) : single(n, loop.condition, DType::boolean)};
  for (const Item& state : loop.carried) inputs.push_back(state.value);
  for (const Scope::Capture& capture : body.scope.captures()) inputs.push_back(capture.outside);
  const std::vector<ValueId> results = n.network().add(op, inputs, n.name(), {n.name()}, {body.network});
  for (size_t i = 0; i < results.size(); ++i) n.give(i, results[i]);
}

/// Sizes that depend on the iteration are known where iterations are written out: where the body is no block.
bool becomes_block(NodeReader& n, const Iterations& loop) {
  Trial trial(n.place().source);
  try {
    const auto block = block_of(n, loop);
    if (!block) return false;
    run_block(n, loop, *block);
  } catch (const Error&) {
    return false;
  }
  trial.keep();
  return true;
}

void loop(NodeReader& n) {
  const GraphMessage& body = *n.graph("body");
  Iterations loop{body, n.in_or_none(0), n.in_or_none(1), {}, 0};
  for (size_t i = 2; i < n.inputs(); ++i) loop.carried.push_back(n.item(i));
  if (body.inputs.size() != loop.carried.size() + 2 || body.outputs.size() < loop.carried.size() + 1)
    n.corrupt("its body has other states than it is given");
  loop.stacked = body.outputs.size() - loop.carried.size() - 1;
  const auto count = known_count(n, loop.trips);
  const bool steady = count && is_constant_true(n, loop.condition);
  // Stacked rows of a known number of iterations have a known size only where they are written out.
  const bool short_stack = steady && loop.stacked > 0 && *count > 0 && *count <= 64;
  if (short_stack && unroll(n, loop, *count)) return;
  if (carries_tensors(loop) && !steady) {
    if (const auto block = block_of(n, loop)) return run_block(n, loop, *block);
  } else if (carries_tensors(loop) && becomes_block(n, loop)) {
    return;
  }
  if (!steady)
    n.refuse("what it carries changes its type, and only a run knows how often it runs",
             "carry tensors of one type, or give the number of iterations as a constant");
  if (!unroll(n, loop, *count))
    n.refuse("what it carries changes its type, and only a run knows when it ends", "carry tensors of one type");
}

// Scan: iterations over an axis of some inputs.

struct ScanForm {
  const GraphMessage& body;
  size_t states = 0, scanned = 0, first_input;
  std::vector<int64_t> input_axes, input_directions, output_axes, output_directions;
  ScanForm(NodeReader& n, size_t first) : body(*n.graph("body")), first_input(first) {
    const int64_t scans = n.integer("num_scan_inputs");
    if (n.inputs() < first || scans < 1 || scans > static_cast<int64_t>(n.inputs() - first))
      n.corrupt(fmt::format("it has {} inputs and cannot scan {}", n.inputs(), scans));
    scanned = static_cast<size_t>(scans);
    states = n.inputs() - first - scanned;
    if (body.inputs.size() != states + scanned || body.outputs.size() < states)
      n.corrupt("its body has other states than it is given");
    const size_t outputs = body.outputs.size() - states;
    const auto list = [&](std::string_view name, size_t count) {
      std::vector<int64_t> values = n.integers(name);
      values.resize(count);
      return values;
    };
    input_axes = list("scan_input_axes", scanned);
    input_directions = list(n.opset() < 9 ? "directions" : "scan_input_directions", scanned);
    output_axes = list("scan_output_axes", outputs);
    output_directions = list("scan_output_directions", outputs);
  }
};

/// One scan of these states and inputs, by an index that each iteration picks its parts at.
std::vector<ValueId> scan_once(NodeReader& n, const ScanForm& scan, std::vector<ValueId> states,
                               std::vector<ValueId> scanned) {
  const Dim length = n.dim(scanned[0], scan.input_axes[0]);
  for (size_t s = 1; s < scanned.size(); ++s) scanned[s] = n.with_size(scanned[s], scan.input_axes[s], length);
  Body body(n, n.name() + ".body");
  ir::Network& network = *body.network;
  const ir::ValueId place = network.add_input("iteration", {DType::i64, {}});
  for (size_t s = 0; s < states.size(); ++s)
    body.scope.set(scan.body.inputs[s].name,
                   Item::tensor(network.add_input(network.unique_name(scan.body.inputs[s].name), n.type(states[s]))));
  const ValueId last = n.size(length - Dim(1));
  for (size_t s = 0; s < scanned.size(); ++s) {
    ir::ValueId at = place;
    if (scan.input_directions[s] != 0)
      at = network.add1(ops::Binary{ops::BinaryKind::sub}, {body.scope.capture(last), place}, "backwards");
    const int64_t axis = n.axis(scan.input_axes[s], n.rank(scanned[s]));
    const ir::ValueId part = network.add1(ops::Gather{.axis = axis}, {body.scope.capture(scanned[s]), at}, "part");
    body.scope.set(scan.body.inputs[states.size() + s].name, Item::tensor(part));
  }
  read_body(scan.body, body.scope, within(n.place(), n.name()));
  body.results = results_of(scan.body, body.scope);
  body.results.insert(body.results.begin(),
                      Item::tensor(network.add_constant(network.unique_name("going"), {DType::boolean, {}},
                                                        {Blob::copy_of("\1", 1), nullptr})));
  body.close();
  ops::Loop op;
  op.carried = static_cast<int64_t>(states.size());
  op.symbol = n.network().unique_symbol("iterations");
  op.most = {length};
  for (size_t i = 1; i < body.results.size(); ++i) {
    ops::TensorType type = body.type(i);
    if (i > states.size()) type.shape.insert(type.shape.begin(), Dim::symbol(op.symbol));
    op.results.push_back(std::move(type));
  }
  std::vector<ValueId> inputs = {n.size(length), n.scalar(1, DType::boolean)};
  inputs.insert(inputs.end(), states.begin(), states.end());
  for (const Scope::Capture& capture : body.scope.captures()) inputs.push_back(capture.outside);
  std::vector<ValueId> results = n.network().add(op, inputs, n.name(), {n.name()}, {body.network});
  // As many rows as there were iterations: the size is the length.
  for (size_t i = states.size(); i < results.size(); ++i) {
    std::vector<Dim> shape = n.shape(results[i]);
    shape[0] = length;
    results[i] = n.reshape(results[i], shape);
  }
  return results;
}

/// A stacked output in the order and at the axis that the node asks for.
ValueId arranged(NodeReader& n, ValueId y, int64_t axis, bool reversed) {
  const int64_t rank = n.rank(y);
  if (reversed) {
    ops::Slice op;
    op.start.assign(static_cast<size_t>(rank), Dim(0));
    op.size = n.shape(y);
    op.stride.assign(static_cast<size_t>(rank), 1);
    op.start[0] = op.size[0] - Dim(1);
    op.stride[0] = -1;
    y = n.add(op, {y});
  }
  std::vector<int64_t> perm;
  for (int64_t d = 1; d < rank; ++d) perm.push_back(d);
  perm.insert(perm.begin() + n.axis(axis, rank), 0);
  return n.transpose(y, perm);
}

void scan(NodeReader& n) {
  if (n.opset() < 9) {
    // Opset 8: a batch of scans.
    const ScanForm form(n, 1);
    if (n.has(0)) n.refuse("lengths of a scan are not done", "export with opset 9 or later");
    const Dim batch = n.dim(n.in(1), 0);
    if (!batch.is_constant() || batch.constant() > 256)
      n.refuse("a batch of scans of unknown size", "export with opset 9 or later");
    std::vector<std::vector<ValueId>> results(n.outputs());
    for (int64_t b = 0; b < batch.constant(); ++b) {
      std::vector<ValueId> parts;
      for (size_t i = 1; i < n.inputs(); ++i) {
        const ValueId part = n.slice(n.in(i), 0, Dim(b), Dim(1));
        parts.push_back(n.reshape(part, {n.shape(part).begin() + 1, n.shape(part).end()}));
      }
      const auto middle = parts.begin() + static_cast<int64_t>(form.states);
      const std::vector<ValueId> one = scan_once(n, form, {parts.begin(), middle}, {middle, parts.end()});
      for (size_t i = 0; i < results.size() && i < one.size(); ++i) results[i].push_back(n.unsqueeze(one[i], {0}));
    }
    for (size_t i = 0; i < results.size(); ++i) n.give(i, n.concat(results[i], 0));
    return;
  }
  const ScanForm form(n, 0);
  const std::vector<ValueId> inputs = n.all_inputs();
  const auto middle = inputs.begin() + static_cast<int64_t>(form.states);
  const std::vector<ValueId> results = scan_once(n, form, {inputs.begin(), middle}, {middle, inputs.end()});
  for (size_t i = 0; i < results.size(); ++i) {
    if (i < form.states)
      n.give(i, results[i]);
    else if (n.wants(i))
      n.give(i,
             arranged(n, results[i], form.output_axes[i - form.states], form.output_directions[i - form.states] != 0));
  }
}

constexpr Entry kEntries[] = {
    {"If", branch, {}, "branches of other types, and sequences, only where the condition is known"},
    {"Loop",
     loop,
     {},
     "a state that changes its type only where the number of iterations is known, up to 4096; at most 2^20 iterations"},
    {"Scan", scan, {}, "in opset 8 neither sequence_lens nor batches over 256 or of a size that only a run knows"}};

}  // namespace

std::span<const Entry> control_entries() { return kEntries; }

}  // namespace lathe::onnx
