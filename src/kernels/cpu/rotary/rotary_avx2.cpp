#include "kernels/cpu/rotary/rotary_impl.h"
