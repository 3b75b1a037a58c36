using TorchSharp.Modules;
using static TorchSharp.Modules.ConvolutionOptions;

namespace TorchSharp;

public static partial class torch
{
    // The convolution layers, in the forms that TorchSharp has: one number or one a spatial axis, padding as numbers or by name.
    public static partial class nn
    {
        public static Conv1d Conv1d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(1, in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype));

        public static Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(2, in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype));

        public static Conv3d Conv3d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(3, in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype));

        public static Conv1d Conv1d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(1, in_channels, out_channels, kernel_size, stride, 0, dilation, padding_mode, groups, bias, device, dtype) with { PaddingType = padding });

        public static Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(2, in_channels, out_channels, kernel_size, stride, 0, dilation, padding_mode, groups, bias, device, dtype) with { PaddingType = padding });

        public static Conv3d Conv3d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(3, in_channels, out_channels, kernel_size, stride, 0, dilation, padding_mode, groups, bias, device, dtype) with { PaddingType = padding });

        public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(new(in_channels, out_channels, All(kernel_size), All(stride, 1), All(padding, 0), All(dilation, 1), padding_mode, groups) { HasBias = bias, Device = device, Type = dtype });

        public static Conv3d Conv3d(long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null, (long, long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(new(in_channels, out_channels, All(kernel_size), All(stride, 1), All(padding, 0), All(dilation, 1), padding_mode, groups) { HasBias = bias, Device = device, Type = dtype });

        public static ConvTranspose1d ConvTranspose1d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long output_padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(1, in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype) with { Transposed = true, OutputPadding = All(1, output_padding) });

        public static ConvTranspose2d ConvTranspose2d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long output_padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(2, in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype) with { Transposed = true, OutputPadding = All(2, output_padding) });

        public static ConvTranspose3d ConvTranspose3d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long output_padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(Same(3, in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode, groups, bias, device, dtype) with { Transposed = true, OutputPadding = All(3, output_padding) });

        public static ConvTranspose2d ConvTranspose2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? output_padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(new(in_channels, out_channels, All(kernel_size), All(stride, 1), All(padding, 0), All(dilation, 1), padding_mode, groups) { HasBias = bias, Device = device, Type = dtype, Transposed = true, OutputPadding = All(output_padding, 0) });

        public static ConvTranspose3d ConvTranspose3d(long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null, (long, long, long)? output_padding = null, (long, long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            => new(new(in_channels, out_channels, All(kernel_size), All(stride, 1), All(padding, 0), All(dilation, 1), padding_mode, groups) { HasBias = bias, Device = device, Type = dtype, Transposed = true, OutputPadding = All(output_padding, 0) });

        private static ConvolutionOptions Same(int axes, long input, long output, long kernel, long stride, long padding, long dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? type)
            => new(input, output, All(axes, kernel), All(axes, stride), All(axes, padding), All(axes, dilation), mode, groups) { HasBias = bias, Device = device, Type = type };
    }
}
