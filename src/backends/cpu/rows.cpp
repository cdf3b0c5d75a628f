#include "kernels/cpu/elementwise/rows.h"

#include "backends/cpu/cpu_tactic.h"
#include "ops/gather.h"
#include "ops/pack_index.h"
#include "ops/unpack_rows.h"

namespace lathe::backends::cpu {
namespace {

/// The rows that an index along dimension 0 moves.
struct RowLayout {
  int64_t count, bytes, stride;
};

RowLayout rows_of(const TensorView& t) {
  auto size = static_cast<int64_t>(size_of(t.dtype));
  int64_t count = t.shape[0], inner = 1;
  for (int i = 1; i < t.shape.rank(); ++i) inner *= t.shape[i];
  return {count, inner * size, (t.shape.rank() == 2 ? t.row_stride : inner) * size};
}

/// Workspace for RowsArgs::bad.
size_t bad_entries(std::span<const TensorView>, std::span<const TensorView>, int threads) {
  return sizeof(int64_t) * static_cast<size_t>(threads);
}

/// Rows of the first input, moved by the second, with bad_entries() as workspace; the caller adds count and limit.
lathe::cpu::RowsArgs indexed_rows(const Launch& launch, const RowLayout& x) {
  lathe::cpu::RowsArgs args;
  args.x = launch.inputs[0].data;
  args.y = launch.outputs[0].data;
  args.index = launch.inputs[1].as<const int32_t>();
  args.row_bytes = args.y_stride = x.bytes;
  args.x_stride = x.stride;
  args.bad = reinterpret_cast<int64_t*>(launch.workspace);
  return args;
}

void report_bad(const lathe::cpu::RowsArgs& args, const Launch& launch, const Team& team, const char* text) {
  const int64_t bad = args.bad[team.rank()];
  if (bad >= 0) launch.fault->set(ErrorCode::out_of_range, text, args.index[bad], args.limit);
}

class GatherTactic : public CpuTactic {
 public:
  GatherTactic() : CpuTactic("gather", "rows", Isa::avx2) {}
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const bool from_end = q.op.as<ops::Gather>()->from_end;
    return std::make_unique<FunctionStep>(
        [from_end](const Launch& launch, Team& team) {
          const TensorView& index = launch.inputs[1];
          const RowLayout x = rows_of(launch.inputs[0]);
          lathe::cpu::RowsArgs args = indexed_rows(launch, x);
          args.from_end = from_end;
          args.count = index.shape.count();
          args.limit = x.count;
          gather_rows(args, team);
          report_bad(args, launch, team, "index {} is outside the {} rows that it picks from");
        },
        bad_entries);
  }

 protected:
  std::string reject(const Question& q) const override {
    int64_t axis = q.op.as<ops::Gather>()->axis;
    if (axis != 0 && axis != -q.inputs[0].type.rank()) return unsupported_attribute("axis is not the first");
    return q.inputs[1].type.dtype == DType::i32 ? std::string() : unsupported_type(q.inputs[1].type.dtype);
  }
};

class UnpackRowsTactic : public CpuTactic {
 public:
  UnpackRowsTactic() : CpuTactic("unpack_rows", "rows", Isa::avx2) {}
  std::unique_ptr<Step> prepare(const Question& q) const override {
    auto leading = static_cast<int>(q.op.as<ops::UnpackRows>()->leading.size());
    return std::make_unique<FunctionStep>(
        [leading](const Launch& launch, Team& team) {
          const TensorView& y = launch.outputs[0];
          const RowLayout x = rows_of(launch.inputs[0]);
          lathe::cpu::RowsArgs args = indexed_rows(launch, x);
          args.count = x.count;
          args.limit = 1;
          for (int i = 0; i < leading; ++i) args.limit *= y.shape[i];
          scatter_rows(args, team);
          report_bad(args, launch, team, "token index {} is outside the {} padded positions");
        },
        bad_entries);
  }

 protected:
  std::string reject(const Question& q) const override {
    return q.inputs[1].type.dtype == DType::i32 ? std::string() : unsupported_type(q.inputs[1].type.dtype);
  }
};

/// The tokens that a mask keeps, in order, and where each sequence begins among them.
template <class T>
void scan_mask(const Launch& launch) {
  const TensorView& mask = launch.inputs[0];
  const T* keep = mask.as<const T>();
  auto *index = launch.outputs[0].as<int32_t>(), *bounds = launch.outputs[1].as<int32_t>();
  int32_t tokens = 0;
  for (int64_t b = 0; b < mask.shape[0]; ++b) {
    bounds[b] = tokens;
    for (int64_t s = 0; s < mask.shape[1]; ++s) {
      const int64_t at = b * mask.shape[1] + s;
      if (keep[at] != T{}) index[tokens++] = static_cast<int32_t>(at);
    }
  }
  bounds[mask.shape[0]] = tokens;
  launch.extents[0] = tokens;
}

class PackIndexTactic : public CpuTactic {
 public:
  PackIndexTactic() : CpuTactic("pack_index", "scan", Isa::avx2) {}
  std::unique_ptr<Step> prepare(const Question&) const override {
    return std::make_unique<FunctionStep>([](const Launch& launch, Team& team) {
      if (team.rank() != 0) return;
      switch (launch.inputs[0].dtype) {
        case DType::i64: return scan_mask<int64_t>(launch);
        case DType::i32: return scan_mask<int32_t>(launch);
        default: return scan_mask<uint8_t>(launch);
      }
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    switch (q.inputs[0].type.dtype) {
      case DType::i64:
      case DType::i32:
      case DType::u8:
      case DType::boolean: return {};
      default: return unsupported_type(q.inputs[0].type.dtype);
    }
  }
};

}  // namespace

void add_rows(TacticList& list) {
  list.push_back(new GatherTactic);
  list.push_back(new UnpackRowsTactic);
  list.push_back(new PackIndexTactic);
}

}  // namespace lathe::backends::cpu
