#include "backends/cpu/epilogue.h"

#include "backends/reasons.h"

namespace lathe::backends::cpu {
namespace {

using Kind = ops::EpilogueRecord::Kind;

/// Where a record stands in the order; an activation may follow a residual.
int place_of(Kind kind, bool residual_first) {
  switch (kind) {
    case Kind::bias: return 0;
    case Kind::activation: return residual_first ? 2 : 1;
    case Kind::residual: return residual_first ? 1 : 2;
    case Kind::layer_norm: return 3;
  }
  return 3;
}

bool in_order(const ops::Epilogue& epilogue, bool residual_first) {
  int last = -1;
  for (const ops::EpilogueRecord& record : epilogue.records) {
    const int place = place_of(record.kind, residual_first);
    if (place <= last) return false;
    last = place;
  }
  return true;
}

}  // namespace

std::optional<KernelEpilogue> kernel_epilogue(const ops::Epilogue& epilogue) {
  KernelEpilogue made;
  if (!in_order(epilogue, false)) {
    if (!in_order(epilogue, true)) return std::nullopt;
    made.residual_first = true;
  }
  const auto operand = [&](Kind kind) {
    const int at = epilogue.operand_of(kind);
    return at < 0 ? -1 : at + 2;
  };
  made.bias = operand(Kind::bias);
  made.residual = operand(Kind::residual);
  made.norm = operand(Kind::layer_norm);
  if (const auto* r = epilogue.find(Kind::activation)) {
    made.activation = r->activation;
    made.alpha = static_cast<float>(r->alpha);
    made.beta = static_cast<float>(r->beta);
  }
  if (const auto* r = epilogue.find(Kind::layer_norm)) made.epsilon = static_cast<float>(r->epsilon);
  return made;
}

std::string reject_operands(const ops::Epilogue& epilogue, const Question& question, DType residual) {
  size_t i = 2;
  for (const ops::EpilogueRecord& record : epilogue.records)
    for (size_t o = 0; o < record.operands(); ++o, ++i) {
      const DType wanted = record.kind == Kind::residual ? residual : DType::f32;
      if (question.inputs[i].type.dtype != wanted) return unsupported_type(question.inputs[i].type.dtype);
    }
  return {};
}

}  // namespace lathe::backends::cpu
