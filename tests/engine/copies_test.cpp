// Two copies of the library in one process, beside the one that the tests are linked with: two plug-ins may each bring
// theirs.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/io/scratch.h"

namespace lathe {
namespace {

struct Copy {
  explicit Copy(const std::string& file) : path(file) {
    std::filesystem::copy_file(LATHE_MODULE_PATH, path);
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle) function = reinterpret_cast<double (*)(const char*, int)>(dlsym(handle, "lathe_copy_run"));
  }
  double run(int threads) const { return function(LATHE_SOURCE_DIR "/tests/goldens/models/base", threads); }

  std::string path;
  void* handle = nullptr;
  double (*function)(const char*, int) = nullptr;
};

/// The exit status of a child that does this; 255: it did not end by itself.
template <class F>
int in_child(F work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST(EngineCopies, RunForkAndUnloadSideBySide) {
  const io_test::Scratch scratch;
  const Copy a(scratch.path("a.so")), b(scratch.path("b.so"));
  ASSERT_TRUE(a.function && b.function) << dlerror();
  ASSERT_NE(a.function, b.function);
  const double expected = a.run(1);
  ASSERT_GT(expected, 0);
  double of_a = 0;
  std::thread beside([&] { of_a = a.run(3); });
  const double of_b = b.run(3);
  beside.join();
  EXPECT_EQ(of_a, expected);
  EXPECT_EQ(of_b, expected);
  EXPECT_EQ(in_child([&] { return a.run(3) == expected && b.run(3) == expected ? 0 : 1; }), 0);
#ifndef __SANITIZE_ADDRESS__  // which takes what the module's own standard library holds for a leak once it is gone
  // With workers asleep. The linker may keep what has unique symbols of the standard library.
  for (const Copy* copy : {&a, &b}) ASSERT_EQ(dlclose(copy->handle), 0);
#endif
  EXPECT_EQ(in_child([] { return 0; }), 0) << "a handler of forks is left";
}

}  // namespace
}  // namespace lathe
