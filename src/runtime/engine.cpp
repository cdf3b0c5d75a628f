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
}  // namespace

const TensorInfo* find_role(std::span<const TensorInfo> list, Role role, std::string_view of) {
  auto found =
      std::find_if(list.begin(), list.end(), [&](const TensorInfo& i) { return i.role == role && i.of == of; });
  return found == list.end() ? nullptr : &*found;
}

std::vector<TensorInfo> Engine::inputs() const {
  std::vector<TensorInfo> list;
  for (const plan::Port& port : data_->plan.inputs) {
    list.push_back(info_of(data_->plan, port.name, port.tensor));
    list.back().optional = port.absent != ops::InputDefault::required;
    list.back().role = port.role.role;
    list.back().of = port.role.of;
    list.back().packed = port.form == plan::Form::packed;
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

void Queue::wait() { data_->wait(data_->record()); }

Context::Context(std::unique_ptr<runtime::ContextData> data) : data_(std::move(data)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

void Context::set_input(std::string_view name, const ConstTensorRef& tensor) { data_->set_input(name, tensor); }
void Context::clear_inputs() { data_->clear_inputs(); }
void Context::request(const std::vector<std::string>& outputs) { data_->request(outputs); }
void Context::set_output(std::string_view name, const TensorRef& tensor) { data_->set_output(name, tensor); }
void Context::set_output_allocator(std::string_view name, OutputAllocator allocate) {
  data_->set_output_allocator(name, std::move(allocate));
}
Status Context::run() noexcept { return data_->run(); }
Status Context::run(Queue& queue) noexcept { return data_->run(queue.data_); }
Status Context::wait() noexcept { return data_->wait(); }
ConstTensorRef Context::output(std::string_view name) const { return data_->output(name); }
size_t Context::required_bytes() { return data_->required_bytes(); }
size_t Context::arena_bytes() { return data_->arena_bytes(); }
int Context::threads() const { return data_->threads(); }
std::vector<Context::StepTime> Context::step_times() const { return data_->step_times(); }

}  // namespace lathe
