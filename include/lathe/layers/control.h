#pragma once
#include <functional>
#include <type_traits>

#include "lathe/network.h"

namespace lathe {

namespace api {
class LoopData;
LATHE_API std::vector<Tensor> branch(const Tensor& condition, const std::function<std::vector<Tensor>()>& then,
                                     const std::function<std::vector<Tensor>()>& otherwise);
}  // namespace api

// # if

/// What `then` gives where the condition, bool of one element, is true when it is known, else what `otherwise` gives: a
/// tensor, or a vector of them. Both functions are called now, and what they add runs only in their case; they may read
/// any tensor of the network. Error(shape_mismatch) where they give different types.
template <class Then, class Otherwise>
auto if_(const Tensor& condition, const Then& then, const Otherwise& otherwise) {
  if constexpr (std::is_convertible_v<std::invoke_result_t<Then>, Tensor>)
    return api::branch(
               condition, [&]() { return std::vector<Tensor>{then()}; },
               [&]() { return std::vector<Tensor>{otherwise()}; })
        .at(0);
  else
    return api::branch(condition, then, otherwise);
}

// # loop

/// The iteration that a loop's function writes down.
class LATHE_API Iteration {
 public:
  /// Its number, i64 [], from 0 on.
  const Tensor& index() const;
  /// A state at its beginning.
  const Tensor& state(size_t i) const;
  /// The part of x along an axis at its number, without that dimension; reversed: from the other end.
  Tensor item(const Tensor& x, int axis = 0, bool reversed = false);
  /// What a state is from its end on. Error(shape_mismatch) for another type than the state's; a state that is not
  /// given one stays.
  void next(size_t i, const Tensor& value);
  /// Puts a value of each iteration along a new axis of a result, reversed: the last one first. Its number among
  /// LoopResult::stacked.
  size_t stack(const Tensor& value, int axis = 0, bool reversed = false);

 private:
  friend class api::LoopData;
  explicit Iteration(api::LoopData& data) : data_(data) {}
  api::LoopData& data_;
};
struct LoopOptions {
  /// How many iterations: whole numbers of one element. None: as many as the shortest of the items has parts.
  Tensor count = {};
  /// Whether one more begins, from the states: bool of one element. Called twice: for the states before the first
  /// iteration and for those behind each.
  std::function<Tensor(const std::vector<Tensor>& states)> condition = {};
  /// Where only a run knows the count: no run goes beyond, and what is stacked is sized by it.
  int64_t most = int64_t{1} << 20;
};
struct LoopResult {
  std::vector<Tensor> last;     ///< states behind the last iteration
  std::vector<Tensor> stacked;  ///< in the order of stack()
};
/// for i in 0 .. count - 1, while the condition holds: states = body(i, states). The function is called once, and may
/// read any tensor of the network. Error(invalid_argument) where neither count, condition nor items end it.
LATHE_API LoopResult loop(const std::vector<Tensor>& states, const std::function<void(Iteration&)>& body,
                          const LoopOptions& options = {});

// # assertion

/// A run in which an element of the condition, bool, is false ends with an error that says the message. An output of
/// the network, "assertion", so that each run that does not request other outputs alone checks it. Error(unsupported)
/// within a branch or loop.
LATHE_API Tensor assertion(const Tensor& condition, std::string_view message);

}  // namespace lathe
