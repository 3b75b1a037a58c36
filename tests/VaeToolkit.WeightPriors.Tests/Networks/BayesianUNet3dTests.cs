using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Networks;

public sealed class BayesianUNet3dTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void In_mode_Mean_it_equals_the_network_it_was_made_from()
    {
        using var plain = new UNet3d(UNet3dOptions.Small);
        using var twin = BayesianUNet3d.FromNetwork(plain, logVariance: -20);
        twin.Mode = ForwardMode.Mean;
        var x = torch.randn([2L, 1, 9, 10, 8]);
        twin.forward(x).Values().Should().Equal(plain.forward(x).Values());
    }

    [Fact]
    public void It_has_the_type_of_the_network_it_was_made_from()
    {
        using var plain = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] }).to(torch.float64);
        using var twin = BayesianUNet3d.FromNetwork(plain);
        twin.parameters().Should().OnlyContain(parameter => parameter.dtype == torch.float64);
        twin.Mode = ForwardMode.Mean;
        var x = torch.randn([2L, 1, 8, 8, 8], dtype: torch.float64);
        twin.forward(x).Values().Should().Equal(plain.forward(x).Values());
    }

    [Fact]
    public void Every_kernel_has_a_mean_and_a_log_variance_and_nothing_else_has()
    {
        using var twin = new BayesianUNet3d(UNet3dOptions.Small);
        using var plain = new UNet3d(UNet3dOptions.Small);
        var names = plain.state_dict().Keys.SelectMany(name => plain.KernelLayers.Contains(name[..^".weight".Length])
            ? [name.Replace(".weight", ".mean"), name.Replace(".weight", ".log_variance")]
            : (string[])[name]);
        twin.state_dict().Keys.Should().Equal(names);
        twin.BayesianLayers.Select(l => l.Name).Should().Equal(plain.KernelLayers);
    }

    [Fact]
    public void A_network_of_another_shape_is_refused_by_name()
    {
        using var deeper = new UNet3d(UNet3dOptions.Small with { BottleneckBlocks = 2, Classes = 2 });
        using var twin = new BayesianUNet3d(UNet3dOptions.Small);
        var before = twin.state_dict()["init.mean"].Values();
        twin.Invoking(t => t.CopyFrom(deeper)).Should().Throw<WeightsMismatchException>()
            .WithMessage("*unexpected: downs.1.1.c1.conv.mean*wrongly shaped: out.weight*");
        twin.state_dict()["init.mean"].Values().Should().Equal(before);
    }

    [Fact]
    public void Weights_of_the_plain_network_are_not_loaded_into_the_twin()
    {
        var path = Path.Combine(Path.GetTempPath(), $"unet-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var plain = new UNet3d(UNet3dOptions.Small);
            plain.SaveWeights(path);
            using var twin = new BayesianUNet3d(UNet3dOptions.Small);
            twin.Invoking(t => t.LoadWeights(path))
                .Should().Throw<SafeTensorsException>().WithMessage("*vaetoolkit.unet3d*vaetoolkit.bayesian-unet3d*");
            twin.SaveWeights(path);
            using var again = new BayesianUNet3d(UNet3dOptions.Small);
            again.LoadWeights(path);
            again.state_dict()["ups.1.c2.conv.mean"].Values().Should().Equal(twin.state_dict()["ups.1.c2.conv.mean"].Values());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_draw_of_the_weights_is_shared_by_all_passes_until_it_is_disposed()
    {
        using var noGradient = torch.no_grad();
        using var twin = new BayesianUNet3d(UNet3dOptions.Small, logVariance: -4) { Mode = ForwardMode.WeightSample };
        var x = torch.randn([1L, 1, 8, 8, 8]);
        double[] held;
        using (twin.DrawWeights())
        {
            held = twin.forward(x).Values();
            twin.forward(x).Values().Should().Equal(held);
        }
        twin.forward(x).Values().Should().NotEqual(held);
    }

    [Fact]
    public void All_parameters_have_gradients_in_training()
    {
        using var twin = new BayesianUNet3d(UNet3dOptions.Small);
        twin.forward(torch.randn([2L, 1, 9, 7, 8])).square().mean().backward();
        twin.named_parameters().Where(p => p.parameter.grad is null).Select(p => p.name).Should().BeEmpty();
    }
}
