#pragma once
#include "ops/epilogue.h"
#include "ops/op.h"

namespace lathe::ops {

/// The epilogue of an op that has one (linear, conv with its channels last), whose operands follow its inputs x and w;
/// null: it has none.
const Epilogue* epilogue_of(const Op& op);
/// The same op with another epilogue.
Op with_epilogue(const Op& op, Epilogue epilogue);

}  // namespace lathe::ops
