#include "backends/reference/reference.h"

namespace lathe::backends {
namespace reference {
#define LATHE_OP(name) const Tactic& tactic_##name();
#include "ops/op_list.inc"
#undef LATHE_OP
}  // namespace reference

namespace {

class ReferenceBackend : public Backend {
 public:
  std::string_view name() const override { return "reference"; }
  const std::vector<const Tactic*>& tactics() const override { return tactics_; }

 private:
  std::vector<const Tactic*> tactics_ = {
#define LATHE_OP(name) &reference::tactic_##name(),
#include "ops/op_list.inc"
#undef LATHE_OP
  };
};

}  // namespace

const Backend& reference_backend() {
  static const ReferenceBackend backend;
  return backend;
}

}  // namespace lathe::backends
