#include "lathe/plan.h"

#include "plan/file.h"

namespace lathe {

Plan Plan::load(const std::string& path, const LoadOptions& options) {
  return Plan(std::make_shared<plan::Plan>(plan::read_file(path, options.map)));
}
bool Plan::is_plan(const std::string& path) { return plan::is_plan_file(path); }
void Plan::save(const std::string& path) const { plan::write_file(*data_, path); }
std::string Plan::json() const { return plan::describe(*data_); }
const std::string& Plan::model_json() const { return data_->model_json; }
const std::string& Plan::tokenizer_json() const { return data_->tokenizer_json; }

size_t Plan::weight_bytes() const {
  size_t bytes = 0;
  for (const plan::Weight& weight : data_->weights) bytes += weight.data.size;
  return bytes;
}

}  // namespace lathe
