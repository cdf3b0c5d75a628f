#include "tests/support/text_plan.h"

#include "compiler/compile.h"
#include "ir/parse.h"
#include "plan/file.h"
#include "tests/io/scratch.h"

namespace lathe::test {

Engine engine_by_file(const plan::Plan& plan) {
  const io_test::Scratch scratch;
  plan::write_file(plan, scratch.path("a.plan"));
  return Engine(Plan::load(scratch.path("a.plan")));
}

plan::Plan text_plan(std::string_view text) {
  compiler::CompileOptions options;
  options.pass_switches = "-fuse_pointwise";  // a step a node
  return compiler::compile(ir::parse(text), options);
}

}  // namespace lathe::test
