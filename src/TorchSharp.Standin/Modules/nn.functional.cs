using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Ops.Linear.Call(input, weights, bias);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? Ops.Relu_.Change(x).alias() : Ops.Relu.Call(x);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false)
                => inplace ? Ops.LeakyRelu_.Change(input, negative_slope).alias() : Ops.LeakyRelu.Call(input, negative_slope);

            public static Tensor hardtanh(Tensor x, double min_val = -1, double max_val = 1, bool inplace = false)
                => inplace ? Ops.Hardtanh_.Change(x, min_val, max_val).alias() : Ops.Hardtanh.Call(x, min_val, max_val);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => inplace ? Ops.Elu_.Change(x, alpha).alias() : Ops.Elu.Call(x, alpha);

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? Ops.Silu_.Change(x).alias() : Ops.Silu.Call(x);

            public static Tensor gelu(Tensor x) => Ops.Gelu.Call(x);

            public static Tensor gelu(Tensor x, bool inplace) => inplace ? Ops.Gelu_.Change(x).alias() : Ops.Gelu.Call(x);

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? Ops.Tanh_.Change(x).alias() : Ops.Tanh.Call(x);

            public static Tensor sigmoid(Tensor x) => Ops.Sigmoid.Call(x);

            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? Ops.Sigmoid_.Change(x).alias() : Ops.Sigmoid.Call(x);

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Ops.Softplus.Call(x, beta, threshold);

            public static Tensor logsigmoid(Tensor x) => Ops.LogSigmoid.Call(x);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => Ops.SoftmaxInt.Call(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => Ops.LogSoftmaxInt.Call(x, dim);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
                => inplace ? Ops.Dropout_.Change(input, p, training).alias() : Ops.Dropout.Call(input, p, training);

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null, long groups = 1)
                => Ops.Conv1d.Call(input, weight, bias, All(1, stride ?? 1), All(1, padding ?? 0), All(1, dilation ?? 1), groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1)
                => Ops.Conv2d.Call(input, weight, bias, strides ?? All(2, 1), padding ?? All(2, 0), dilation ?? All(2, 1), groups);

            public static Tensor conv3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1)
                => Ops.Conv3d.Call(input, weight, bias, strides ?? All(3, 1), padding ?? All(3, 0), dilation ?? All(3, 1), groups);

            public static Tensor conv_transpose1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? output_padding = null, long? dilation = null, long groups = 1)
                => Ops.ConvTranspose1d.Call(input, weight, bias, All(1, stride ?? 1), All(1, padding ?? 0), All(1, output_padding ?? 0), groups, All(1, dilation ?? 1));

            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1)
                => Ops.ConvTranspose2dInput.Call(input, weight, bias, strides ?? All(2, 1), padding ?? All(2, 0), output_padding ?? All(2, 0), groups, dilation ?? All(2, 1));

            public static Tensor conv_transpose3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1)
                => Ops.ConvTranspose3dInput.Call(input, weight, bias, strides ?? All(3, 1), padding ?? All(3, 0), output_padding ?? All(3, 0), groups, dilation ?? All(3, 1));

            public static Tensor max_pool2d(Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false)
                => max_pool2d(input, All(2, kernel_size), stride is { } s ? All(2, s) : null, All(2, padding ?? 0), All(2, dilation ?? 1), ceil_mode);

            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false)
                => Ops.MaxPool2d.Call(input, kernel_size, strides ?? kernel_size, padding ?? All(2, 0), dilation ?? All(2, 1), ceil_mode);

            public static Tensor max_pool3d(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false)
                => Ops.MaxPool3d.Call(input, kernel_size, strides ?? kernel_size, padding ?? All(3, 0), dilation ?? All(3, 1), ceil_mode);

            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
                => Ops.AvgPool2d.Call(input, All(2, kernel_size), All(2, stride ?? kernel_size), All(2, padding), ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool3d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
                => Ops.AvgPool3d.Call(input, kernel_size, stride ?? kernel_size, padding ?? All(3, 0), ceil_mode, count_include_pad, divisor_override);

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5)
                => Ops.BatchNorm.Call(input, weight, bias, running_mean, running_var, training, momentum, eps, true);

            public static Tensor instance_norm(Tensor input, Tensor? running_mean = null, Tensor? running_var = null, Tensor? weight = null, Tensor? bias = null, bool use_input_stats = true, double momentum = 0.1, double eps = 1e-5)
                => Ops.InstanceNorm.Call(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, true);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
                => Ops.LayerNorm.Call(input, normalized_shape, weight, bias, eps);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
                => Ops.GroupNorm.Call(input, num_groups, weight, bias, eps);

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => mode is PaddingModes.Constant or PaddingModes.Zeros
                    ? Ops.Pad.Call(input, pad, "constant", value)
                    : Ops.Pad.Call(input, pad, NameOf(mode));

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, (long[])[pad.Item1, pad.Item2], mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, (long[])[pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                if (recompute_scale_factor || antialias)
                    throw new NotSupportedException("the stand-in neither recomputes scale factors nor antialiases");
                return (mode, x.Dimensions) switch
                {
                    (InterpolationMode.Nearest, 3) => Ops.UpsampleNearest1d.Call(x, size, scale_factor),
                    (InterpolationMode.Nearest, 4) => Ops.UpsampleNearest2d.Call(x, size, scale_factor),
                    (InterpolationMode.Nearest, 5) => Ops.UpsampleNearest3d.Call(x, size, scale_factor),
                    (InterpolationMode.Linear, 3) => Ops.UpsampleLinear1d.Call(x, size, align_corners ?? false, scale_factor),
                    (InterpolationMode.Bilinear, 4) => Ops.UpsampleBilinear2d.Call(x, size, align_corners ?? false, scale_factor),
                    (InterpolationMode.Bicubic, 4) => Ops.UpsampleBicubic2d.Call(x, size, align_corners ?? false, scale_factor),
                    (InterpolationMode.Trilinear, 5) => Ops.UpsampleTrilinear3d.Call(x, size, align_corners ?? false, scale_factor),
                    _ => throw new NotSupportedException($"the stand-in does not interpolate {x.Dimensions} axes by {mode}"),
                };
            }

            private static string NameOf(PaddingModes mode) => mode switch
            {
                PaddingModes.Reflect => "reflect",
                PaddingModes.Replicate => "replicate",
                _ => "circular",
            };

            private static long[] All(int axes, long value) => Modules.ConvolutionOptions.All(axes, value);
        }
    }
}
