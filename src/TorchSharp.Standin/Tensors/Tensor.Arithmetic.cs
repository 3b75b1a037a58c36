using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => Ops.AddTensor.Call(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Ops.AddTensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => Ops.AddScalar.Call(this, scalar);

        public Tensor add_(Tensor target) => Ops.Add_Tensor.Change(this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Ops.Add_Tensor.Change(this, target, alpha);

        public Tensor add_(Scalar scalar) => Ops.Add_Scalar.Change(this, scalar);

        public Tensor sub(Tensor target) => Ops.SubTensor.Call(this, target);

        public Tensor sub(Scalar target) => Ops.SubScalar.Call(this, target);

        public Tensor sub_(Tensor target) => Ops.Sub_Tensor.Change(this, target);

        public Tensor sub_(Scalar target) => Ops.Sub_Scalar.Change(this, target);

        public Tensor mul(Tensor target) => Ops.MulTensor.Call(this, target);

        public Tensor mul(Scalar target) => Ops.MulScalar.Call(this, target);

        public Tensor mul_(Tensor target) => Ops.Mul_Tensor.Change(this, target);

        public Tensor mul_(Scalar target) => Ops.Mul_Scalar.Change(this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Ops.DivTensorMode.Call(this, target, Rounding(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Ops.DivScalarMode.Call(this, target, Rounding(rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Ops.Div_TensorMode.Change(this, target, Rounding(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Ops.Div_ScalarMode.Change(this, target, Rounding(rounding_mode));

        public Tensor pow(Tensor exponent) => Ops.PowTensorTensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => Ops.PowTensorScalar.Call(this, exponent);

        public Tensor maximum(Tensor other) => Ops.Maximum.Call(this, other);

        public Tensor minimum(Tensor other) => Ops.Minimum.Call(this, other);

        public Tensor remainder(Scalar scalar) => Ops.RemainderScalar.Call(this, scalar);

        public Tensor eq(Tensor target) => Ops.EqTensor.Call(this, target);

        public Tensor eq(Scalar target) => Ops.EqScalar.Call(this, target);

        public Tensor ne(Tensor target) => Ops.NeTensor.Call(this, target);

        public Tensor ne(Scalar target) => Ops.NeScalar.Call(this, target);

        public Tensor lt(Tensor target) => Ops.LtTensor.Call(this, target);

        public Tensor lt(Scalar target) => Ops.LtScalar.Call(this, target);

        public Tensor le(Tensor target) => Ops.LeTensor.Call(this, target);

        public Tensor le(Scalar target) => Ops.LeScalar.Call(this, target);

        public Tensor gt(Tensor target) => Ops.GtTensor.Call(this, target);

        public Tensor gt(Scalar target) => Ops.GtScalar.Call(this, target);

        public Tensor gt_(Scalar target) => Ops.GtInPlace.Change(this, target);

        public Tensor ge(Tensor target) => Ops.GeTensor.Call(this, target);

        public Tensor ge(Scalar target) => Ops.GeScalar.Call(this, target);

        public Tensor logical_and(Tensor other) => Ops.LogicalAnd.Call(this, other);

        public Tensor logical_or(Tensor other) => Ops.LogicalOr.Call(this, other);

        public Tensor logical_not() => Ops.LogicalNot.Call(this);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Ops.Addcmul_.Change(this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Ops.Addcdiv_.Change(this, tensor1, tensor2, value);

        public Tensor lerp_(Tensor end, Tensor weight) => Ops.Lerp_Tensor.Change(this, end, weight);

        public Tensor set_(Tensor source) => Ops.Set_SourceTensor.Change(this, source);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Ops.Copy_.Change(this, source, nonBlocking);

        public Tensor where(Tensor condition, Tensor y) => Ops.WhereSelf.Call(condition, this, y);

        public Tensor mm(Tensor target) => Ops.Mm.Call(this, target);

        public Tensor bmm(Tensor batch2) => Ops.Bmm.Call(this, batch2);

        public Tensor dot(Tensor target) => Ops.Dot.Call(this, target);

        public Tensor mv(Tensor target) => Ops.Mv.Call(this, target);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Ops.Addmm.Call(this, mat1, mat2, (double)beta, (double)alpha);

        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Ops.Allclose.CallNumber(this, target, rtol, atol, equal_nan) != 0;

        private static Arg Rounding(RoundingMode mode) => mode switch
        {
            RoundingMode.floor => "floor",
            RoundingMode.trunc => "trunc",
            _ => Arg.None,
        };
    }
}
