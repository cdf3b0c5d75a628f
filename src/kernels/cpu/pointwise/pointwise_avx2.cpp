#include "kernels/cpu/pointwise/pointwise_impl.h"
