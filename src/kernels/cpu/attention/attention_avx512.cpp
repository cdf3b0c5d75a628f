#include "kernels/cpu/attention/attention_impl.h"
