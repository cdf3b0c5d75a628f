#include "kernels/cpu/reduce/reduce_impl.h"
