#pragma once
#include <string>
#include <vector>

#include "io/tensor.h"
#include "lathe/engine.h"

namespace lathe::cli {

struct GivenTensor {
  HostTensor tensor;
  bool named = false;  ///< on the command line; else by its file
};

/// The tensors that --input names: "name=file" binds the file's tensor of that name, or its only one; a file alone
/// binds all its tensors by name. UsageError, Error as the readers.
std::vector<GivenTensor> read_inputs(const std::vector<std::string>& words);

/// Those that the model takes. What files hold beside them (labels, say) is left out with a warning; a name of the
/// command line stays, for the model to refuse.
std::vector<HostTensor> choose_inputs(std::vector<GivenTensor> given, const std::vector<TensorInfo>& inputs);

/// Makes tensors fit the inputs of a model where no meaning is lost: whole numbers in any type become i32, and an
/// optional input of batch 1 (such as position_ids) is repeated for the batch of the others. Tensors that are no inputs
/// stay as they are. Errors as to_i32 and mask_to_i32 (base/whole_numbers.h), before anything is computed.
void fit_inputs(std::vector<HostTensor>& tensors, const std::vector<TensorInfo>& inputs);

/// Where a run can go in pieces along the batch: the rows of a piece. The plan is one of a model folder, whose texts do
/// not see each other, and all inputs that are given and all outputs that are asked for have the batch as their first
/// dimension; else, and where the batch is small, 0.
int64_t rows_of_piece(const std::vector<HostTensor>& tensors, const std::vector<std::string>& requested,
                      const Engine& engine);

}  // namespace lathe::cli
