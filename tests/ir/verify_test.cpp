#include "ir/verify.h"

#include <gtest/gtest.h>

#include "lathe/error.h"
#include "ops/binary.h"
#include "ops/unary.h"
#include "tests/support/mini_bert.h"

namespace lathe::ir {
namespace {

using test::NetworkBuilder;

struct Small {
  NetworkBuilder b;
  ValueId x = b.input("x", {Dim::symbol("batch"), 4}), first = b.sqrt(x), second = b.sqrt(first);
  Small() { b.output("y", second); }
  Node& node(ValueId of) { return b.network.node(b.network.value(of).producer); }
  void expect_bad(std::string_view says) {
    try {
      verify(b.network);
      FAIL() << "accepted; expected: " << says;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::internal);
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }
};

TEST(IrVerify, AcceptsWhatIsRight) {
  EXPECT_NO_THROW(verify(Small().b.network));
  EXPECT_NO_THROW(verify(test::mini_bert()));
}

TEST(IrVerify, NamesTheNodeAtFault) {
  {
    Small s;
    s.b.network.value(s.first).type.dtype = DType::f16;
    s.expect_bad("net.unary");
  }
  {
    Small s;
    s.b.network.set_input(s.b.network.value(s.first).producer, 0, s.second);
    s.expect_bad("before it is made");
  }
  {
    Small s;
    s.node(s.first).op = ops::Binary{};
    s.expect_bad("takes 2 inputs");
  }
  {
    Small s;
    s.node(s.first).outputs.clear();
    s.expect_bad("the node has 0");
  }
  {
    Small s;
    s.node(s.first).alive = false;
    s.expect_bad("before it is made");
  }
  {
    Small s;
    s.b.network.value(s.second).producer = 0;
    s.expect_bad("another origin");
  }
  {
    Small s;
    s.node(s.second).name = s.node(s.first).name;
    s.expect_bad("two nodes");
  }
  {
    Small s;
    s.b.network.value(s.second).name = std::string("x");
    s.expect_bad("two values");
  }
  {
    Small s;
    s.b.output("y", s.first);
    s.expect_bad("two outputs");
  }
  {
    Small s;
    s.b.output("z", 99);
    s.expect_bad("output");
  }
  {
    Small s;
    s.b.network.mark_entry("e", 99);
    s.expect_bad("entry");
  }
  {
    Small s;
    s.b.network.erase(s.b.network.value(s.second).producer);
    s.expect_bad("no node makes");
  }
  {
    Small s;
    ValueId w = s.b.weight("w", {4});
    s.b.network.value(w).type.shape[0] = 5;
    s.expect_bad("16 bytes");
  }
}

}  // namespace
}  // namespace lathe::ir
