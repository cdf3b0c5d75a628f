#include "tests/support/text_plan.h"

#include "compiler/compile.h"
#include "ir/parse.h"

namespace lathe::test {

plan::Plan text_plan(std::string_view text) { return compiler::compile(ir::parse(text), {}); }

}  // namespace lathe::test
