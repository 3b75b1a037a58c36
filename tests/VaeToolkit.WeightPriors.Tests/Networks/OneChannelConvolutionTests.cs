using System.Runtime.Intrinsics.X86;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Networks;

public sealed class OneChannelConvolutionTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(7);
    private readonly int _threads = torch.get_num_threads();

    public OneChannelConvolutionTests() => torch.set_num_threads(2);

    public void Dispose()
    {
        torch.set_num_threads(_threads);
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(2, 8, 5, 4, 6)]
    [InlineData(1, 3, 1, 7, 2)]
    public void It_is_the_convolution_with_its_gradients(int items, int outputs, int depth, int height, int width)
    {
        var input = torch.randn([items, 1, depth, height, width], torch.float64).requires_grad_();
        var weight = torch.randn([outputs, 1, 3, 3, 3], torch.float64).requires_grad_();
        var weights = torch.randn([items, outputs, depth, height, width], torch.float64);

        OneChannelConvolution.Pays(input, weight).Should().Be(X86Base.IsSupported);
        var results = new[]
        {
            OneChannelConvolution.Of(input, weight), torch.nn.functional.conv3d(input, weight, padding: [1, 1, 1]),
        };
        var gradients = Array.ConvertAll(results, result => torch.autograd.grad([(result * weights).sum()], [input, weight]));

        results[0].allclose(results[1], 1e-12, 1e-12).Should().BeTrue();
        gradients[0].Zip(gradients[1]).Should().OnlyContain(pair => pair.First.allclose(pair.Second, 1e-12, 1e-12));
    }

    [Fact]
    public void More_channels_one_thread_and_weights_without_gradients_are_left_to_torch()
    {
        var input = torch.zeros([1, 1, 4, 4, 4]);
        OneChannelConvolution.Pays(input, torch.zeros([8, 1, 3, 3, 3])).Should().BeFalse();
        OneChannelConvolution.Pays(torch.zeros([1, 2, 4, 4, 4]), torch.zeros([8, 2, 3, 3, 3], requires_grad: true)).Should().BeFalse();
        using (torch.no_grad())
            OneChannelConvolution.Pays(input, torch.zeros([8, 1, 3, 3, 3], requires_grad: true)).Should().BeFalse();
        torch.set_num_threads(1);
        OneChannelConvolution.Pays(input, torch.zeros([8, 1, 3, 3, 3], requires_grad: true)).Should().BeFalse();
    }

    [Fact]
    public void The_switch_for_plain_operators_leaves_it_to_torch()
    {
        AppContext.SetSwitch(OneChannelConvolution.PlainOperators, true);
        try
        {
            OneChannelConvolution.Pays(torch.zeros([1, 1, 4, 4, 4]), torch.zeros([8, 1, 3, 3, 3], requires_grad: true)).Should().BeFalse();
        }
        finally
        {
            AppContext.SetSwitch(OneChannelConvolution.PlainOperators, false);
        }
    }
}
