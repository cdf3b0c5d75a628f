#include "kernels/cpu/embedding/embedding_impl.h"
