#include "kernels/cpu/elementwise/elementwise_impl.h"
