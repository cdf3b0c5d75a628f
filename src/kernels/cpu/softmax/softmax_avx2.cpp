#include "kernels/cpu/softmax/softmax_impl.h"
