#include "ops/rnn.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

using ops::RnnActivation;
using ops::RnnCell;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double activate(const ops::RnnFunction& f, double x) {
  const double a = f.alpha, b = f.beta;
  switch (f.kind) {
    case RnnActivation::relu: return x > 0 || std::isnan(x) ? x : 0;
    case RnnActivation::tanh: return std::tanh(x);
    case RnnActivation::sigmoid: return sigmoid(x);
    case RnnActivation::affine: return a * x + b;
    case RnnActivation::leaky_relu: return x < 0 ? a * x : x;
    case RnnActivation::thresholded_relu: return x > a || std::isnan(x) ? x : 0;
    case RnnActivation::scaled_tanh: return a * std::tanh(b * x);
    case RnnActivation::hard_sigmoid: return std::isnan(x) ? x : std::clamp(a * x + b, 0.0, 1.0);
    case RnnActivation::elu: return x < 0 ? a * std::expm1(x) : x;
    case RnnActivation::softsign: return x / (1 + std::abs(x));
    case RnnActivation::softplus: return x > 30 ? x : std::log1p(std::exp(x));
  }
  return x;
}

/// One direction of one sequence: where its numbers lie, and the scratch memory of its states.
class Cell {
 public:
  Cell(const ops::Rnn& op, const Launch& launch, int64_t direction)
      : op_(op),
        launch_(launch),
        at_(op),
        direction_(direction),
        hidden_(launch.inputs[at_.r].shape[op.projected ? 1 : 2]),
        width_(launch.inputs[0].shape[2]),
        h_(scratch_of(launch)),
        c_(h_ + hidden_),
        next_(c_ + hidden_),
        reset_(next_ + hidden_),
        x_(reset_ + hidden_) {}
  static int64_t scratch(int64_t hidden, int64_t width) { return hidden == 0 ? 0 : 4 * hidden + width; }

  void begin(int64_t state) {
    std::fill(h_, h_ + 2 * hidden_, 0.0);
    if (op_.initial_h) load_run(launch_.inputs[at_.initial_h], state, hidden_, h_);
    if (op_.initial_c) load_run(launch_.inputs[at_.initial_c], state, hidden_, c_);
  }
  /// One element of the sequence, x and y at these indices.
  void step(int64_t x, int64_t y) {
    load_run(launch_.inputs[0], x, width_, x_);
    switch (op_.cell) {
      case RnnCell::rnn:
        for (int64_t j = 0; j < hidden_; ++j) next_[j] = function(0, of_x(0, j) + of_h(h_, 0, j));
        break;
      case RnnCell::gru: step_gru(); break;
      case RnnCell::lstm: step_lstm(); break;
    }
    std::swap(h_, next_);
    store_run(launch_.outputs[0], y, hidden_, h_);
  }
  void end(int64_t state) const {
    store_run(launch_.outputs[1], state, hidden_, h_);
    if (op_.cell == RnnCell::lstm) store_run(launch_.outputs[2], state, hidden_, c_);
  }
  int64_t hidden() const { return hidden_; }
  int64_t width() const { return width_; }

 private:
  /// The row of a gate's weights for number j.
  int64_t row(int64_t gate, int64_t j) const { return (direction_ * op_.gates() + gate) * hidden_ + j; }
  double bias(int64_t part, int64_t gate, int64_t j) const {
    if (!op_.bias) return 0;
    return load(launch_.inputs[at_.bias], ((direction_ * 2 + part) * op_.gates() + gate) * hidden_ + j);
  }
  /// x w_k^T + wb_k
  double of_x(int64_t gate, int64_t j) const {
    const double of_x = op_.projected ? x_[row(gate, j)] : dot(x_, launch_.inputs[1], row(gate, j) * width_, width_);
    return of_x + bias(0, gate, j);
  }
  /// h r_k^T + rb_k
  double of_h(const double* h, int64_t gate, int64_t j) const {
    const TensorView& r = launch_.inputs[at_.r];
    if (!op_.projected) return dot(h, r, row(gate, j) * hidden_, hidden_) + bias(1, gate, j);
    double sum = bias(1, gate, j);
    for (int64_t k = 0; k < hidden_; ++k)
      sum += h[k] * load(r, ((direction_ * hidden_ + k) * op_.gates() + gate) * hidden_ + j);
    return sum;
  }
  double peephole(int64_t gate, int64_t j, double c) const {
    return op_.peepholes ? load(launch_.inputs[at_.peepholes], (direction_ * 3 + gate) * hidden_ + j) * c : 0;
  }
  /// The cell's activation f, g or h.
  double function(int64_t which, double x) const {
    if (op_.clip > 0 && !std::isnan(x)) x = std::clamp(x, -op_.clip, op_.clip);
    return activate(op_.function(direction_, which), x);
  }

  void step_gru() {
    for (int64_t j = 0; j < hidden_; ++j) {
      const double r = function(0, of_x(1, j) + of_h(h_, 1, j));
      reset_[j] = op_.linear_before_reset ? r * of_h(h_, 2, j) : r * h_[j];
    }
    for (int64_t j = 0; j < hidden_; ++j) {
      const double z = function(0, of_x(0, j) + of_h(h_, 0, j));
      const double before = op_.linear_before_reset ? reset_[j] : of_h(reset_, 2, j);
      next_[j] = (1 - z) * function(1, of_x(2, j) + before) + z * h_[j];
    }
  }

  void step_lstm() {
    for (int64_t j = 0; j < hidden_; ++j) {
      const double i = function(0, of_x(0, j) + of_h(h_, 0, j) + peephole(0, j, c_[j]));
      const double f = op_.input_forget ? 1 - i : function(0, of_x(2, j) + of_h(h_, 2, j) + peephole(2, j, c_[j]));
      c_[j] = f * c_[j] + i * function(1, of_x(3, j) + of_h(h_, 3, j));
      const double o = function(0, of_x(1, j) + of_h(h_, 1, j) + peephole(1, j, c_[j]));
      next_[j] = o * function(2, c_[j]);
    }
  }

  const ops::Rnn& op_;
  const Launch& launch_;
  ops::RnnInputs at_;
  int64_t direction_, hidden_, width_;
  double *h_, *c_, *next_, *reset_, *x_;
};

int64_t scratch(const ops::Rnn&, std::span<const TensorView> in, std::span<const TensorView> out) {
  return Cell::scratch(out[1].shape[2], in[0].shape[2]);
}

/// Batch item b in one direction; false: its length is none.
bool run_sequence(const ops::Rnn& op, const Launch& launch, int64_t direction, int64_t b) {
  const Shape& x = launch.inputs[0].shape;
  const int64_t seq = x[op.batch_first ? 1 : 0], batch = x[op.batch_first ? 0 : 1], directions = op.directions();
  Cell cell(op, launch, direction);
  const int64_t length = op.lengths ? load_integer(launch.inputs[ops::RnnInputs(op).lengths], b) : seq;
  if (length < 0 || length > seq) {
    launch.fault->set(ErrorCode::out_of_range, "a sequence of length {} is none of {}", length, seq);
    return false;
  }
  const auto x_at = [&](int64_t t) { return (op.batch_first ? b * seq + t : t * batch + b) * cell.width(); };
  const auto y_at = [&](int64_t t) {
    return (op.batch_first ? (b * seq + t) * directions + direction : (t * directions + direction) * batch + b) *
           cell.hidden();
  };
  const int64_t state = (op.batch_first ? b * directions + direction : direction * batch + b) * cell.hidden();
  cell.begin(state);
  for (int64_t i = 0; i < length; ++i) {
    const int64_t t = op.backwards(direction) ? length - 1 - i : i;
    cell.step(x_at(t), y_at(t));
  }
  for (int64_t t = length; t < seq; ++t) zero_run(launch.outputs[0], y_at(t), cell.hidden());
  cell.end(state);
  return true;
}

void run(const ops::Rnn& op, const Launch& launch) {
  const int64_t batch = launch.inputs[0].shape[op.batch_first ? 0 : 1];
  if (launch.outputs[1].shape[2] == 0) return;
  for (int64_t direction = 0; direction < op.directions(); ++direction)
    for (int64_t b = 0; b < batch; ++b)
      if (!run_sequence(op, launch, direction, b)) return;
}

}  // namespace
LATHE_REFERENCE(Rnn, rnn, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
