using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Benchmarks.Peers;

/// <summary>The network of <c>pytorch_unet3d.py</c> written with TorchSharp alone, as a .NET user would.</summary>
internal sealed class PlainUNet : Module<Tensor, Tensor>
{
    private readonly Conv3d _first;
    private readonly Conv3d _last;
    private readonly ModuleList<Down> _downs;
    private readonly ModuleList<Up> _ups;

    public PlainUNet(long[] widths)
        : base(nameof(PlainUNet))
    {
        _first = Convolution(1, widths[0], 3);
        _downs = new([.. widths.Zip(widths.Skip(1), (inputs, outputs) => new Down(inputs, outputs))]);
        _ups = new([.. widths.Zip(widths.Skip(1), (outputs, inputs) => new Up(inputs, outputs)).Reverse()]);
        _last = Convolution(widths[0], 1, 1, bias: true);
        init.zeros_(_last.bias);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = _first.forward(input);
        var skips = new Stack<Tensor>();
        foreach (var down in _downs)
        {
            skips.Push(x);
            x = down.forward(x);
        }
        foreach (var up in _ups)
            x = up.forward(x, skips.Pop());
        return _last.forward(x);
    }

    private static Conv3d Convolution(long inputs, long outputs, long edge, long stride = 1, bool bias = false)
    {
        var layer = Conv3d(inputs, outputs, edge, stride, padding: edge / 2, bias: bias);
        init.kaiming_normal_(layer.weight, nonlinearity: init.NonlinearityType.ReLU);
        return layer;
    }

    private static Tensor Activate(Tensor x) => functional.relu(functional.instance_norm(x), inplace: true);

    private sealed class Down : Module<Tensor, Tensor>
    {
        private readonly Conv3d _one;
        private readonly Conv3d _two;
        private readonly Conv3d _shortcut;

        public Down(long inputs, long outputs)
            : base(nameof(Down))
        {
            (_one, _two) = (Convolution(inputs, outputs, 3, 2), Convolution(outputs, outputs, 3));
            _shortcut = Convolution(inputs, outputs, 1, 2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var activated = Activate(input);
            return _two.forward(Activate(_one.forward(activated))) + _shortcut.forward(activated);
        }
    }

    private sealed class Up : Module<Tensor, Tensor, Tensor>
    {
        private readonly Conv3d _project;
        private readonly Conv3d _one;
        private readonly Conv3d _two;

        public Up(long inputs, long outputs)
            : base(nameof(Up))
        {
            _project = Convolution(inputs, outputs, 1);
            (_one, _two) = (Convolution(outputs, outputs, 3), Convolution(outputs, outputs, 3));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input, Tensor skip)
        {
            var x = functional.interpolate(
                _project.forward(Activate(input)), skip.shape[2..], mode: InterpolationMode.Trilinear, align_corners: true) + skip;
            return _two.forward(Activate(_one.forward(Activate(x)))) + x;
        }
    }
}
