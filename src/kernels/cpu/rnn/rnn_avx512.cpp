#include "kernels/cpu/rnn/rnn_impl.h"
