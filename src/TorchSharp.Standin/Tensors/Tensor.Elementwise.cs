using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor abs() => Ops.Abs.Call(this);

        public Tensor neg() => Ops.Neg.Call(this);

        public Tensor exp() => Ops.Exp.Call(this);

        public Tensor log() => Ops.Log.Call(this);

        public Tensor log1p() => Ops.Log1p.Call(this);

        public Tensor expm1() => Ops.Expm1.Call(this);

        public Tensor sqrt() => Ops.Sqrt.Call(this);

        public Tensor rsqrt() => Ops.Rsqrt.Call(this);

        public Tensor square() => Ops.Square.Call(this);

        public Tensor sigmoid() => Ops.Sigmoid.Call(this);

        public Tensor log_sigmoid() => Ops.LogSigmoid.Call(this);

        public Tensor tanh() => Ops.Tanh.Call(this);

        public Tensor relu() => Ops.Relu.Call(this);

        public Tensor floor() => Ops.Floor.Call(this);

        public Tensor reciprocal() => Ops.Reciprocal.Call(this);

        public Tensor sign() => Ops.Sign.Call(this);

        public Tensor erf() => Ops.Erf.Call(this);

        public Tensor lgamma() => Ops.Lgamma.Call(this);

        public Tensor digamma() => Ops.Digamma.Call(this);

        public Tensor isfinite() => Ops.Isfinite.Call(this);

        public Tensor isnan() => Ops.Isnan.Call(this);

        public Tensor sin() => Ops.Sin.Call(this);

        public Tensor cos() => Ops.Cos.Call(this);

        public Tensor sinh() => Ops.Sinh.Call(this);

        public Tensor cosh() => Ops.Cosh.Call(this);

        public Tensor silu() => Ops.Silu.Call(this);

        public Tensor exp_() => Ops.Exp_.Change(this);

        public Tensor sqrt_() => Ops.Sqrt_.Change(this);

        public Tensor relu_() => Ops.Relu_.Change(this);

        public Tensor sigmoid_() => Ops.Sigmoid_.Change(this);

        public Tensor tanh_() => Ops.Tanh_.Change(this);

        public Tensor round(long decimals = 0) => Ops.RoundDecimals.Call(this, decimals);

        public Tensor softplus(double beta = 1, double threshold = 20) => Ops.Softplus.Call(this, beta, threshold);

        public Tensor leaky_relu(Scalar negative_slope) => Ops.LeakyRelu.Call(this, negative_slope);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Ops.Clamp.Call(this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Ops.Clamp_.Change(this, min, max);

        public Tensor clamp_min(Scalar min) => Ops.ClampMin.Call(this, min);

        public Tensor clamp_max(Scalar max) => Ops.ClampMax.Call(this, max);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Ops.SoftmaxInt.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Ops.LogSoftmaxInt.Call(this, dim, dtype);

        public Tensor cumsum(long dim, ScalarType? type = null) => Ops.Cumsum.Call(this, dim, type);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) => Ops.NanToNum.Call(this, nan, posinf, neginf);

        public Tensor fill_(Scalar value) => Ops.Fill_Scalar.Change(this, value);

        public Tensor zero_() => Ops.Zero_.Change(this);

        public Tensor masked_fill(Tensor mask, Scalar value) => Ops.MaskedFillScalar.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => Ops.MaskedFill_Scalar.Change(this, mask, value);

        public Tensor bernoulli(Generator? generator = null) => Ops.Bernoulli.Call(this, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Ops.Bernoulli_Float.Change(this, p, generator);

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Ops.Normal_.Change(this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) => Ops.Uniform_.Change(this, from, to, generator);

        public Tensor exponential_(double lambda = 1, Generator? generator = null) => Ops.Exponential_.Change(this, lambda, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => Ops.Multinomial.Call(this, num_samples, replacement, generator);
        public Tensor poisson(Generator? generator = null) => Ops.Poisson.Call(this, generator);
    }
}
