#include "lathe/engine.h"

#include "base/error.h"
#include "runtime/context_data.h"

namespace lathe {

Engine::Engine(const Plan& plan) : data_(std::make_shared<runtime::EngineData>(plan)) {}

const Plan& Engine::plan() const { return data_->handle; }

namespace {
TensorInfo info_of(const plan::Plan& plan, std::string_view name, int tensor) {
  const ops::TensorType& type = plan.tensors[static_cast<size_t>(tensor)].type;
  TensorInfo info;
  info.name = name;
  info.dtype = type.dtype;
  for (const Dim& d : type.shape) info.shape.push_back(d.str());
  info.format = plan.tensors[static_cast<size_t>(tensor)].format;
  return info;
}

/// Per input: whether the outputs that are not on demand cannot do without it.
std::vector<bool> needed_inputs(const runtime::EngineData& data) {
  std::vector<bool> needed(data.plan.inputs.size()), seen(data.plan.tensors.size());
  std::vector<int> walk;
  for (const plan::OutputPort& port : data.plan.outputs)
    if (!port.on_demand) walk.push_back(port.tensor);
  while (!walk.empty()) {
    const auto t = static_cast<size_t>(data.root[static_cast<size_t>(walk.back())]);
    walk.pop_back();
    if (seen[t]) continue;
    seen[t] = true;
    const int step = data.producer[t], port = data.port_of[t];
    if (step >= 0) {
      const std::vector<int>& inputs = data.plan.steps[static_cast<size_t>(step)].inputs;
      walk.insert(walk.end(), inputs.begin(), inputs.end());
    } else if (port >= 0) {
      needed[static_cast<size_t>(port)] =
          data.plan.inputs[static_cast<size_t>(port)].absent == ops::InputDefault::required;
    }
  }
  return needed;
}
}  // namespace

const TensorInfo* find_role(std::span<const TensorInfo> list, Role role, std::string_view of) {
  auto found =
      std::find_if(list.begin(), list.end(), [&](const TensorInfo& i) { return i.role == role && i.of == of; });
  return found == list.end() ? nullptr : &*found;
}

std::vector<TensorInfo> Engine::inputs() const {
  std::vector<TensorInfo> list;
  const std::vector<bool> needed = needed_inputs(*data_);
  for (const plan::Port& port : data_->plan.inputs) {
    list.push_back(info_of(data_->plan, port.name, port.tensor));
    list.back().optional = !needed[list.size() - 1] && port.elements.empty();
    list.back().role = port.role.role;
    list.back().of = port.role.of;
    list.back().packed = port.form == plan::Form::packed;
    for (const Dim& d : port.elements) list.back().elements.push_back(d.str());
  }
  return list;
}

std::vector<TensorInfo> Engine::outputs() const {
  std::vector<TensorInfo> list;
  for (const plan::OutputPort& port : data_->plan.outputs) {
    list.push_back(info_of(data_->plan, port.name, port.tensor));
    list.back().on_demand = port.on_demand;
    list.back().role = port.role.role;
    list.back().of = port.role.of;
  }
  return list;
}

Context Engine::context(const ContextOptions& options) const {
  return Context(std::make_unique<runtime::ContextData>(data_, options));
}

Queue Engine::queue() const {
  if (data_->devices.size() != 2)
    fail(ErrorCode::unsupported, data_->plan.name, "call run()", "the plan's devices are {}",
         fmt::join(data_->plan.devices, ", "));
  return Queue(data_->devices[1]->make_queue());
}

void Queue::wait() {
  if (data_) data_->wait(data_->record());
}

Context::Context(std::unique_ptr<runtime::ContextData> data) : data_(std::move(data)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

runtime::ContextData& Context::data() const {
  if (!data_) fail(ErrorCode::invalid_argument, "context", "use the one that it was moved to", "nothing is left in it");
  return *data_;
}
namespace {
/// Of runs, which throw nothing.
Status moved_from() noexcept {
  return runtime::status_of(ErrorCode::invalid_argument,
                            "context: nothing is left in it; use the one that it was moved to");
}
}  // namespace

void Context::set_input(std::string_view name, const ConstTensorRef& tensor) { data().set_input(name, tensor); }
void Context::clear_inputs() { data().clear_inputs(); }
void Context::request(const std::vector<std::string>& outputs) { data().request(outputs); }
void Context::set_output(std::string_view name, const TensorRef& tensor) { data().set_output(name, tensor); }
void Context::set_output_allocator(std::string_view name, OutputAllocator allocate) {
  data().set_output_allocator(name, std::move(allocate));
}
Status Context::run() noexcept { return data_ ? data_->run() : moved_from(); }
Status Context::run(Queue& queue) noexcept { return data_ ? data_->run(queue.data_) : moved_from(); }
Status Context::wait() noexcept { return data_ ? data_->wait() : moved_from(); }
ConstTensorRef Context::output(std::string_view name) const { return data().output(name); }
size_t Context::required_bytes() { return data().required_bytes(); }
size_t Context::arena_bytes() { return data().arena_bytes(); }
int Context::threads() const { return data().threads(); }
std::vector<Context::StepTime> Context::step_times() const { return data().step_times(); }

}  // namespace lathe
