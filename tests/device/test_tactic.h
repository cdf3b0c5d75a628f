#pragma once
#include <string>

#include "backends/tactic.h"

namespace lathe::test {

/// The reference's arithmetic as a tactic of the device for tests: "test.linear" runs what "reference.linear" does.
class TestTactic : public backends::Tactic {
 public:
  explicit TestTactic(const backends::Tactic& reference)
      : reference_(reference), name_("test." + std::string(reference.op())) {}
  std::string_view name() const override { return name_; }
  std::string_view op() const override { return reference_.op(); }
  std::string refuse(const backends::Question& question) const override { return reference_.refuse(question); }
  double cost(const backends::Question&) const override { return 1; }
  backends::Layout input_layout(size_t) const override { return backends::Layout::strided; }
  std::unique_ptr<backends::Step> prepare(const backends::Question& question) const override;

 private:
  const backends::Tactic& reference_;
  std::string name_;
};

}  // namespace lathe::test
