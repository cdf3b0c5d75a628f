#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "backends/choose.h"
#include "runtime/engine_data.h"

namespace lathe::runtime {

/// Makes the steps of an engine ready, with the formats of weights that all of them agree on.
class StepMaker {
 public:
  explicit StepMaker(EngineData& engine);
  /// Error(unsupported_machine) where the machine multiplies no numbers of the plan's type.
  void check_precision() const;
  std::vector<PreparedStep> make(const std::vector<plan::Step>& steps, bool within_block = false);
  /// Logs what is chosen otherwise than the plan says.
  void tell_choices() const;
  /// The steps that were made, those of blocks included.
  int count() const { return number_; }

 private:
  const plan::Tensor& tensor(int t) const { return plan_.tensors[static_cast<size_t>(t)]; }
  void keep_row_major(int t);
  PreparedStep make(const plan::Step& step);
  backends::Operand operand(int t) const;
  /// On the plan's own kind of machine its choices hold; elsewhere each step is asked again.
  void choose(const plan::Step& step, PreparedStep& prepared);
  /// How the tensors lie that a step reads or writes.
  std::vector<backends::Lying> lying(const std::vector<int>& tensors) const;
  /// Of what runs here; Error(unsupported_machine) with all reasons where nothing does.
  const backends::Tactic* choose_again(const plan::Step& step, const backends::Question& question,
                                       const backends::Demand& demand) const;
  /// The weight in the format that its reader wants.
  void settle(const plan::Step& step, size_t w, std::string_view wanted, bool turned, std::string_view device);

  EngineData& engine_;
  const plan::Plan& plan_;
  const backends::Machine machine_;
  const bool foreign_;
  std::vector<std::string> formats_;
  std::vector<bool> fixed_, transposed_;
  BlobRegion region_;
  int number_ = 0, changed_ = 0, repacked_ = 0;
};

}  // namespace lathe::runtime
