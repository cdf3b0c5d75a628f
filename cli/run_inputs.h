#pragma once
#include <string>
#include <vector>

#include "io/tensor.h"
#include "lathe/engine.h"

namespace lathe::cli {

/// The tensors that --input names: "name=file" binds the file's tensor of that name, or its only one; a file alone
/// binds all its tensors by name. UsageError, Error as the readers.
std::vector<HostTensor> read_inputs(const std::vector<std::string>& words);

/// Makes tensors fit the inputs of a model where no meaning is lost: whole numbers in any type become i32, and an
/// optional input of batch 1 (such as position_ids) is repeated for the batch of the others. Tensors that are no inputs
/// stay as they are.
///   Error(invalid_argument)  an id that is no whole number, with its place and value
///   Error(out_of_range)      one that no table can have
void fit_inputs(std::vector<HostTensor>& tensors, const std::vector<TensorInfo>& inputs);

/// Where a run can go in pieces along the batch: the rows of a piece. All inputs that are given and all outputs that
/// are asked for have the batch as their first dimension; else, and where the batch is small, 0.
int64_t rows_of_piece(const std::vector<HostTensor>& tensors, const std::vector<std::string>& requested,
                      const Engine& engine);

}  // namespace lathe::cli
