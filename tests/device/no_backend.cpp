// A library that has the name of a backend and is none.
extern "C" __attribute__((visibility("default"))) int lathe_no_backend();
int lathe_no_backend() { return 0; }
