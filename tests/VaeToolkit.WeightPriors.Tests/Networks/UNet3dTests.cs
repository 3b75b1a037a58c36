using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Networks;

public sealed class UNet3dTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(4);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    public static TheoryData<long[], int, int, long, long> Published => new()
    {
        { [16, 32, 64, 128], 2, 5, 4_998_608, 184_336 },
        { [16, 32, 32, 64], 2, 2, 726_480, 26_640 },
        { [8, 16, 32], 1, 1, 70_632, 2_568 },
        { [16, 32, 64], 1, 1, 282_064, 10_256 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Weights_and_kernels_are_as_many_as_the_specification_counts(
        long[] widths, int blocks, int bottleneck, long weights, long kernels)
    {
        using var net = new UNet3d(
            new() { Widths = widths, BlocksPerLevel = blocks, BottleneckBlocks = bottleneck, Classes = 2, OutputBias = false });
        net.parameters().Sum(p => p.NumberOfElements).Should().Be(weights);
        var parameters = net.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        net.KernelLayers.Sum(layer => parameters[layer + ".weight"].shape[0] * parameters[layer + ".weight"].shape[1]).Should().Be(kernels);
        parameters.Values.Where(p => p.shape[^1] == 3).Sum(p => p.NumberOfElements).Should().Be(27 * kernels);
    }

    [Fact]
    public void Names_are_those_that_saved_files_have()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        net.state_dict().Keys.Should().Equal(
            "init.weight",
            "downs.0.0.c1.conv.weight", "downs.0.0.c2.conv.weight", "downs.0.0.shortcut.weight",
            "downs.1.0.c1.conv.weight", "downs.1.0.c2.conv.weight", "downs.1.0.shortcut.weight",
            "ups.0.project.conv.weight", "ups.0.c1.conv.weight", "ups.0.c2.conv.weight",
            "ups.1.project.conv.weight", "ups.1.c1.conv.weight", "ups.1.c2.conv.weight",
            "out.weight", "out.bias");
        net.KernelLayers.Should().Equal(
            "init", "downs.0.0.c1.conv", "downs.0.0.c2.conv", "downs.1.0.c1.conv", "downs.1.0.c2.conv",
            "ups.0.c1.conv", "ups.0.c2.conv", "ups.1.c1.conv", "ups.1.c2.conv");
    }

    [Theory]
    [InlineData(SkipMode.Add, Normalisation.Instance)]
    [InlineData(SkipMode.Concatenate, Normalisation.Group)]
    public void Odd_sizes_run_and_every_parameter_has_a_gradient(SkipMode skip, Normalisation normalisation)
    {
        using var net = new UNet3d(UNet3dOptions.Small with { Skip = skip, Normalisation = normalisation, InputChannels = 2, Classes = 3 });
        var logits = net.forward(torch.randn([2L, 2, 35, 50, 35]));
        logits.shape.Should().Equal(2, 3, 35, 50, 35);
        logits.square().mean().backward();
        net.named_parameters()
            .Where(p => p.parameter.grad is null || p.parameter.grad!.abs().sum().ToDouble() == 0).Select(p => p.name).Should().BeEmpty();
    }

    [Fact]
    public void Group_norms_start_at_1_and_0_whatever_their_memory_held_before()
    {
        foreach (var channels in UNet3dOptions.Small.Widths.SelectMany(width => (long[])[width, 2 * width]))
            Array.ForEach([.. Enumerable.Range(0, 20).Select(_ => torch.full(channels, 7))], filled => filled.Dispose());
        using var net = new UNet3d(UNet3dOptions.Small with { Skip = SkipMode.Concatenate, Normalisation = Normalisation.Group });
        var norms = net.named_parameters().Where(p => p.name.Contains(".norm.", StringComparison.Ordinal)).ToList();
        norms.Should().NotBeEmpty();
        foreach (var (name, parameter) in norms)
        {
            var start = name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            parameter.Values().Should().OnlyContain(value => value == start, "of {0}", name);
        }
    }

    [Fact]
    public void Saved_weights_come_back_and_those_of_another_network_are_refused_by_name()
    {
        var path = Path.Combine(Path.GetTempPath(), $"unet-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var net = new UNet3d(UNet3dOptions.Small);
            using var other = new UNet3d(UNet3dOptions.Small);
            var x = torch.randn([1L, 1, 9, 8, 8]);
            net.SaveWeights(path);
            other.LoadWeights(path);
            other.forward(x).Values().Should().Equal(net.forward(x).Values());

            using var deeper = new UNet3d(UNet3dOptions.Small with { BottleneckBlocks = 2, OutputBias = false });
            deeper.Invoking(d => d.LoadWeights(path)).Should().Throw<WeightsMismatchException>()
                .WithMessage("*missing: downs.1.1.c1.conv.weight*unexpected: out.bias*");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_output_starts_at_the_foreground_rate()
    {
        using var binary = new UNet3d(UNet3dOptions.Small with { ForegroundRate = 0.02 });
        binary.get_parameter("out.bias")!.ToDouble().Should().BeApproximately(Math.Log(0.02 / 0.98), 1e-6);
        using var three = new UNet3d(UNet3dOptions.Small with { ForegroundRate = 0.02, Classes = 3 });
        var start = three.get_parameter("out.bias")!.softmax(0).Values();
        (start[1] + start[2]).Should().BeApproximately(0.02, 1e-6);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var net = new UNet3d(UNet3dOptions.Small);
        net.Invoking(n => n.forward(torch.zeros([1L, 1, 4, 4, 4]))).Should().Throw<ArgumentException>().WithMessage("*longer than 4*");
        net.Invoking(n => n.forward(torch.zeros([1L, 2, 8, 8, 8])))
            .Should().Throw<ArgumentException>().WithMessage("*[1, 2, 8, 8, 8]*[N, 1, D, H, W]*");
        net.forward(torch.zeros([1L, 1, 5, 4, 4])).shape.Should().Equal(1, 1, 5, 4, 4);
        FluentActions.Invoking(() => new UNet3d(new() { Widths = [8] }))
            .Should().Throw<ArgumentException>().WithMessage("*[8]*two levels*");
        FluentActions.Invoking(() => new UNet3d(new() { ForegroundRate = 0 })).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_block_is_norm_activation_convolution_and_a_shortcut()
    {
        // The first block below the finest level, written out from its weights.
        using var net = new UNet3d(UNet3dOptions.Small);
        var weights = net.state_dict();
        var x = torch.randn([2L, 8, 5, 6, 7]);
        var block = net.named_modules().Single(m => m.name == "downs.0.0").module as torch.nn.Module<torch.Tensor, torch.Tensor>;
        var c1 = torch.nn.functional.conv3d(Activated(x), weights["downs.0.0.c1.conv.weight"], strides: [2, 2, 2], padding: [1, 1, 1]);
        var expected = torch.nn.functional.conv3d(Activated(c1), weights["downs.0.0.c2.conv.weight"], padding: [1, 1, 1])
            + torch.nn.functional.conv3d(Activated(x), weights["downs.0.0.shortcut.weight"], strides: [2, 2, 2]);
        (block!.forward(x) - expected).abs().max().ToDouble().Should().BeLessThan(1e-5);

        static torch.Tensor Activated(torch.Tensor x)
        {
            var mean = x.mean([2L, 3L, 4L], keepdim: true);
            var variance = (x - mean).square().mean([2L, 3L, 4L], keepdim: true);
            return ((x - mean) / (variance + 1e-5).sqrt()).relu();
        }
    }
}
