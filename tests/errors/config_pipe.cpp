// A model folder's files may be pipes, which nobody need ever write to: refused at once, not waited for.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {

TEST(ErrorsConfigPipe, IsRefusedAtOnce) {
  const std::string weights = "model.safetensors";
  for (const std::string name :
       {"config.json", "model.safetensors", "model.safetensors.index.json", "tokenizer.json", "tokenizer_config.json",
        "vocab.txt", "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"}) {
    test::ModelFolder folder("BertModel");
    folder.put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
    if (name.find("sentence_") != std::string::npos)
      folder.put("modules.json", R"([{"path": "", "type": "sentence_transformers.models.Transformer"}])");
    const std::string path = folder.write(), pipe = folder.path(name);
    if (name.starts_with(weights)) std::filesystem::remove(folder.path(weights));
    std::filesystem::remove(pipe);
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    auto refused = std::async(std::launch::async, [&] {
      test::expect_refusal_in(path, ErrorCode::io, {name, "is a pipe or device", "save it to a regular file"},
                              [&] { build(path); });
    });
    if (refused.wait_for(std::chrono::seconds(20)) == std::future_status::ready) continue;
    ADD_FAILURE() << name << " is waited for";
    close(open(pipe.c_str(), O_WRONLY | O_NONBLOCK));
  }
}

}  // namespace
}  // namespace lathe
