#pragma once
#include <string>
#include <utility>
#include <vector>

#include "io/tensor.h"
#include "lathe/engine.h"

namespace lathe::cli {

/// Sizes of an input in a case; without a name of every input that has as many dimensions.
struct InputSizes {
  std::string input;
  std::vector<int64_t> sizes;
};

/// What to time: texts of these lengths, sizes of inputs, or both where they are texts of one length.
struct CaseSpec {
  std::string name;
  std::vector<int64_t> lengths;
  std::vector<InputSizes> inputs;
};
/// "8x128" (texts x tokens, or rows x columns), "8x3x224x224", "ids=8x128+image=8x3x224x224"; UsageError.
CaseSpec parse_case(const std::string& text, std::string_view option = "--shapes");
/// A file with a length a line; the case has the file's name without folders and ending. Error(not_found |
/// invalid_argument).
CaseSpec read_lengths(const std::string& path);
/// The case of an engine whose inputs are no texts: each symbol is 1.
CaseSpec single_case(const Engine& engine);

/// The inputs that a case binds, with their shapes: packed ids and the bounds of texts where the plan has them and
/// needs no input but ids (as of model folders), else all inputs that a run needs. Error(invalid_argument) where the
/// case leaves sizes open, Error(shape_mismatch) where they do not fit.
std::vector<std::pair<std::string, Shape>> input_shapes(const Engine& engine, const CaseSpec& spec);

/// Tensors for them, always the same ones: ids below `vocabulary`, masks that show each text's tokens, normal numbers.
/// Inputs of whole numbers whose name has "mask" in it are masks. With a `vocabulary` of 0 the ids of each input lie
/// below the largest of a few limits that a run takes.
std::vector<HostTensor> bench_inputs(const Engine& engine, const CaseSpec& spec, int64_t vocabulary);

}  // namespace lathe::cli
