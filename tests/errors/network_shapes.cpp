// Shapes that a kernel would trust and read beyond: the ops' own rules refuse them, in a plan as in a network.
#include "ir/parse.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {

void expect_refused(const std::string& text, const std::string& what) {
  try {
    ir::parse(text);
    ADD_FAILURE() << "accepted: " << text;
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find(what), std::string_view::npos) << error.what();
  }
}

TEST(ErrorsNetworkShapes, GammaAndBetaOfAnEmbedding) {
  for (const auto& [gamma, beta] : {std::pair("f32[1]", "f32[768]"),
                                    {"f32[768]", "f32[1]"},
                                    {"f32[1, 768]", "f32[768]"},
                                    {"f32[]", "f32[768]"},
                                    {"i32[768]", "f32[768]"}})
    expect_refused(std::string("input %ids: i32[n]\nconstant %t: f32[5, 768] = random\nconstant %g: ") + gamma +
                       " = random\nconstant %b: " + beta +
                       " = random\n%y.out: f32[n, 768] = embedding(norm=true) (%t, %ids, %g, %b)\noutput y = %y.out\n",
                   gamma[0] == 'i' ? "must be floating point" : "gamma and beta must be [width]");
}

/// A symbol that reads as a product: the rows would be counted under one mask and sized by other inputs.
TEST(ErrorsNetworkShapes, SymbolThatIsNoName) {
  for (const char* symbol : {"\"a*b\"", "\"2\"", "\"\"", "\"a + 1\"", "\"max(a, b)\""})
    expect_refused(std::string("input %x: f32[a, b]\ninput %m: i32[batch, seq]\n%i: i32[a*b], %c: i32[batch + 1] = "
                               "pack_index(symbol=") +
                       symbol + ") (%m) @p\noutput y = %i\n",
                   "the symbol must be a name");
}

TEST(ErrorsNetworkShapes, MaskOfASequencePool) {
  for (const char* mask : {"i32[batch, 1]", "i32[1, seq]", "i32[seq, batch]"})
    expect_refused(std::string("input %x: f32[batch, seq, 8]\ninput %m: ") + mask +
                       "\n%y.out: f32[batch, 8] = sequence_pool(mode=mean) (%x, %m)\noutput y = %y.out\n",
                   "the mask must be [batch, seq]");
}

TEST(ErrorsNetworkShapes, BoundsOfASequencePool) {
  expect_refused(
      "input %x: f32[n, 8]\ninput %m: i64[b + 1]\n"
      "%y.out: f32[b, 8] = sequence_pool(mode=mean, packed=true) (%x, %m)\noutput y = %y.out\n",
      "cu_seqlens must be i32");
}

}  // namespace
}  // namespace lathe
