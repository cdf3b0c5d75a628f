#pragma once
#include <string>

#include "backends/reasons.h"
#include "backends/tactic.h"
#include "ops/unary.h"

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
  /// Copies bring what lies in blocks there and back; all others read it row-major.
  backends::Layout input_layout(size_t) const override { return most_; }
  backends::Layout output_layout(size_t) const override {
    return most_ == backends::Layout::blocked ? most_ : backends::Layout::dense;
  }
  std::unique_ptr<backends::Step> prepare(const backends::Question& question) const override;

 private:
  const backends::Tactic& reference_;
  std::string name_;
  backends::Layout most_ = op() == "copy" ? backends::Layout::blocked : backends::Layout::strided;
};

/// The reference's unary ops on [n, c, h, w] in a format: "test.unary.chw32" reads and gives CHW32.
class BlockedTactic : public TestTactic {
 public:
  BlockedTactic(const backends::Tactic& reference, std::string_view format_name, const Format& format,
                ops::UnaryKind kind)
      : TestTactic(reference), name_("test.unary." + std::string(format_name)), format_(format), kind_(kind) {}
  std::string_view name() const override { return name_; }
  std::string refuse(const backends::Question& question) const override {
    if (question.op.as<ops::Unary>()->kind != kind_) return backends::unsupported_attribute("kind");
    if (question.inputs[0].type.rank() != 4) return backends::unsupported_layout("it is not [n, c, h, w]");
    return TestTactic::refuse(question);
  }
  double cost(const backends::Question&) const override { return 0.5; }
  Format input_format(const backends::Question&, size_t) const override { return format_; }
  Format output_format(const backends::Question&, size_t) const override { return format_; }

 private:
  std::string name_;
  Format format_;
  ops::UnaryKind kind_;
};

}  // namespace lathe::test
