#include "kernels/cpu/depthwise/depthwise_impl.h"
