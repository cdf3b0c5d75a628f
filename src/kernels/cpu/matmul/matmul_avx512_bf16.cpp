#include "kernels/cpu/matmul/moves_impl.h"
