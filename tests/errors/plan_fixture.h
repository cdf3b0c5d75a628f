#pragma once
#include <string>

#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe::test {

/// The bytes of a plan of the smallest model, which a test damages.
class BadPlan : public testing::Test {
 protected:
  static const std::string& bytes() {
    static const std::string content = [] {
      ModelFolder folder;
      BuildOptions options;
      options.outputs = {"last_hidden_state"};
      build(folder.write(), options).save(folder.path("good.plan"));
      return io_test::slurp(folder.path("good.plan"));
    }();
    return content;
  }
  /// Where the weights begin.
  static size_t weights_at() {
    uint64_t description = 0;
    bytes().copy(reinterpret_cast<char*>(&description), sizeof description, 16);
    return 64 + (description + 63) / 64 * 64;
  }
  void expect_refused(const std::string& content, ErrorCode code, const std::string& what, const std::string& cure) {
    const std::string path = scratch_.put("bad.plan", content);
    expect_refusal_in(scratch_.path(), code, {path, what, cure}, [&] { Plan::load(path); });
  }
  io_test::Scratch scratch_;
};

}  // namespace lathe::test
