#include "ops/col2im.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Col2Im, col2im, Traits{})

Types infer(const Col2Im& op, const Types& in, Equalities& needed) {
  check_count("col2im", in, 1, 1);
  if (in[0].rank() != 3) reject("col2im", in, "takes [n, c K, l]");
  if (in[0].dtype == DType::boolean) reject("col2im", in, "takes numbers");
  const size_t spatial = op.image.size();
  if (spatial < 1 || spatial > kMostSpatial || op.block.size() != spatial)
    reject("col2im", in, "image and block need 1 to 3 sizes each");
  check_window("col2im", in, op.window, spatial);
  Dim elements(1), windows(1);
  for (size_t d = 0; d < spatial; ++d) {
    if (op.image[d].is_constant() && op.image[d].constant() < 0) reject("col2im", in, "a size is negative");
    windows = windows * windows_in("col2im", in, op.window, d, op.image[d], Dim(op.block[d]), false);
    elements = elements * Dim(op.block[d]);
  }
  const Dim channels = Dim::floordiv(in[0].shape[1], elements);
  need_equal("col2im", in, channels * elements, in[0].shape[1], "the channels are no whole blocks", needed);
  need_equal("col2im", in, in[0].shape[2], windows,
             fmt::format("{} windows lie on the image, not {}", windows.str(), in[0].shape[2].str()), needed);
  TensorType y{in[0].dtype, {in[0].shape[0], channels}};
  y.shape.insert(y.shape.end(), op.image.begin(), op.image.end());
  return {y};
}

size_t resolve(Col2Im& op, const Types& in, const Contents& known) {
  if (in.size() == 1) return 1;
  check_count("col2im", in, 3, 3);
  if (!op.image.empty() || !op.block.empty()) reject("col2im", in, "sizes are attributes and inputs");
  op.image = sizes_from("col2im", in, known, 1, "image_shape");
  op.block = numbers_from("col2im", in, known, 2, "block_shape");
  return 1;
}

}  // namespace lathe::ops
