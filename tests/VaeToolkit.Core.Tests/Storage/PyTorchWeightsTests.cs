using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Storage;
using static TorchSharp.torch;

namespace VaeToolkit.Tests.Storage;

/// <summary>Weights that a PyTorch program wrote, and ours read by it; the fixtures are weight_fixtures.py's.</summary>
public sealed class PyTorchWeightsTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mlp")]
    [InlineData("mlp-bf16")]
    [InlineData("mlp-f16")]
    [InlineData("conv")]
    public void What_PyTorch_wrote_gives_PyTorchs_outputs_here(string name)
    {
        using var scope = NewDisposeScope();
        using var vae = Make(name);
        PyTorchWeights.Load(vae, Fixture($"pytorch-{name}.safetensors"), Names(vae));
        vae.parameters().Should().OnlyContain(parameter => parameter.dtype == float32);
        using var outputs = SafeTensors.Read(Fixture("pytorch-outputs.safetensors"));
        foreach (var (key, value) in Outputs(vae, outputs[$"{name}/x"]))
            RequireClose(value, outputs[$"{name}/{key}"]);
    }

    [PyTorchFact]
    public void What_is_written_here_gives_our_outputs_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var outputs = new Dictionary<string, Tensor>();
        foreach (var (name, type) in new[] { ("mlp", float32), ("mlp-bf16", bfloat16), ("mlp-f16", float16), ("conv", float32) })
        {
            manual_seed(5);
            using var vae = Make(name);
            foreach (var parameter in vae.parameters())
                parameter.mul_(2).copy_(parameter.to(type));
            PyTorchWeights.Save(vae, _folder[$"{name}.safetensors"], Names(vae), type);
            var x = rand([6, .. vae.ItemShape]);
            outputs.Add($"{name}/x", x);
            foreach (var (key, value) in Outputs(vae, x))
                outputs.Add($"{name}/{key}", value);
        }
        SafeTensors.Write(_folder["outputs.safetensors"], outputs);
        Check(_folder.Folder).Should().Contain("mlp-bf16 logits").And.Contain("conv log_variance");
    }

    [Theory]
    [InlineData(ScalarType.Float16, 70_000, "float16 ends at 65504")]
    [InlineData(ScalarType.BFloat16, 3.4e38, "bfloat16 ends at 3.38953139E+38")]
    public void Values_beyond_a_type_are_refused_by_name_and_none_is_written_infinite(ScalarType type, double value, string end)
    {
        using var layer = nn.Linear(3, 2);
        var path = _folder["weights.safetensors"];
        using (no_grad())
            layer.weight!.view(-1).select(0, 4).fill_(-value);
        FluentActions.Invoking(() => PyTorchWeights.Save(layer, path, type: type)).Should().Throw<ArgumentException>()
            .WithMessage($"'weight' has the value *, and {end}*");
        File.Exists(path).Should().BeFalse();
        // What rounds down to the largest number is one; what was infinite before stays so.
        using (no_grad())
        {
            layer.weight!.fill_(double.NegativeInfinity);
            layer.bias!.fill_(type == ScalarType.Float16 ? 65_519 : 1);
        }
        PyTorchWeights.Save(layer, path, type: type);
        using var file = SafeTensors.Read(path);
        file["bias"].Values().Should().OnlyContain(number => double.IsFinite(number));
    }

    [Fact]
    public void Files_of_values_beyond_the_modules_type_are_refused_and_change_nothing()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(3, 2);
        var before = layer.weight!.Values();
        var path = _folder["wide.safetensors"];
        SafeTensors.Write(path, new Dictionary<string, Tensor>
        {
            ["weight"] = full([2, 3], 1e39, float64),
            ["bias"] = zeros(2, float64),
        });
        FluentActions.Invoking(() => PyTorchWeights.Load(layer, path)).Should().Throw<WeightsMismatchException>()
            .WithMessage("*too large for the model's type*weight has the value 1E+39, and float32 ends at 3.40282347E+38*");
        layer.weight!.Values().Should().Equal(before);
    }

    [Fact]
    public void Names_stand_in_a_table_both_ways()
    {
        using var vae = Make("conv");
        Names(vae).Table(vae).Where(pair => pair.Ours.EndsWith("weight", StringComparison.Ordinal)).Should().Equal(
            ("encoder.trunk.conv1.weight", "encoder.0.weight"), ("encoder.trunk.conv2.weight", "encoder.2.weight"),
            ("encoder.trunk.fc.weight", "encoder.5.weight"), ("encoder.head.weight", "encoder.7.weight"),
            ("decoder.trunk.fc1.weight", "decoder.0.weight"), ("decoder.trunk.fc2.weight", "decoder.2.weight"),
            ("decoder.trunk.deconv2.weight", "decoder.5.weight"), ("decoder.trunk.deconv1.weight", "decoder.7.weight"));
        WeightNames.Same.Table(vae).Should().OnlyContain(pair => pair.Ours == pair.Theirs);
        WeightNames.Numbered(vae).Theirs("encoder.trunk.conv2.bias").Should().Be("encoder.trunk.2.bias");
    }

    [Fact]
    public void The_longest_part_of_a_name_counts_and_ends_at_a_dot()
    {
        var names = new WeightNames(new Dictionary<string, string> { ["a"] = "x", ["a.b"] = "y.z", ["a.bc.w"] = "w" });
        names.Theirs("a.c").Should().Be("x.c");
        names.Theirs("a.b.c").Should().Be("y.z.c");
        names.Theirs("a.bc.w").Should().Be("w");
        names.Theirs("ab").Should().Be("ab");
        names.With("a.b", "q").Theirs("a.b.c").Should().Be("q.c");
    }

    [Fact]
    public void Without_another_type_the_round_trip_is_exact_and_the_file_says_that_it_is_PyTorchs()
    {
        using var scope = NewDisposeScope();
        using var first = Make("mlp");
        using var second = Make("mlp");
        PyTorchWeights.Save(first, _folder["w.safetensors"]);
        PyTorchWeights.Load(second, _folder["w.safetensors"]);
        second.state_dict().Values.Zip(first.state_dict().Values).Should()
            .OnlyContain(pair => pair.First.equal(pair.Second).all().ToBoolean());
        using var file = SafeTensors.Read(_folder["w.safetensors"]);
        file.Metadata.Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
    }

    [Fact]
    public void What_does_not_fit_is_listed_in_PyTorchs_names_and_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var vae = new Vae(
            new MlpEncoder(12, 5, [16, 17]), new MlpDecoder(5, [16, 16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(5));
        var before = vae.state_dict().Values.Select(weight => weight.clone()).ToList();
        FluentActions.Invoking(() => PyTorchWeights.Load(vae, Fixture("pytorch-mlp.safetensors"), Names(vae)))
            .Should().Throw<WeightsMismatchException>().WithMessage("*wrongly shaped: encoder.2.weight is [16, 16], the model's [17, 16]*");
        FluentActions.Invoking(() => PyTorchWeights.Load(vae, Fixture("pytorch-mlp.safetensors")))
            .Should().Throw<WeightsMismatchException>()
            .WithMessage("*missing: encoder.trunk.fc1.weight*unexpected: *encoder.0.weight [16, 12]*");
        vae.state_dict().Values.Zip(before).Should().OnlyContain(pair => pair.First.equal(pair.Second).all().ToBoolean());
    }

    [Fact]
    public void Two_weights_of_one_name_and_types_that_are_no_weights_are_refused()
    {
        using var vae = Make("mlp");
        var names = WeightNames.Same.With("encoder.trunk.fc1", "layer").With("encoder.trunk.fc2", "layer");
        FluentActions.Invoking(() => PyTorchWeights.Save(vae, _folder["w.safetensors"], names)).Should().Throw<ArgumentException>()
            .WithMessage("encoder.trunk.fc1.weight and encoder.trunk.fc2.weight have one name in the other program, layer.weight*");
        FluentActions.Invoking(() => PyTorchWeights.Save(vae, _folder["w.safetensors"], null, int64)).Should().Throw<ArgumentException>()
            .WithMessage("weights cannot be written as Int64; take Float32, BFloat16, Float16 or Float64*");
    }

    private static Vae Make(string name) => name == "conv"
        ? new(new ConvEncoder([1, 16, 16], 5, [4, 8], 16), new ConvDecoder(5, ObservationModel.Bernoulli(1, 16, 16), [4, 8], 16),
            new StandardNormalPrior(5))
        : new(new MlpEncoder(12, 5, [16, 16]), new MlpDecoder(5, [16, 16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(5));

    // PyTorch's modules have one sequence each, in which the heads are the last layers.
    private static WeightNames Names(Vae vae)
    {
        var names = WeightNames.Numbered(vae).With("encoder.trunk", "encoder").With("decoder.trunk", "decoder");
        return vae.Encoder is ConvEncoder ? names.With("encoder.head", "encoder.7")
            : names.With("encoder.head", "encoder.4").With("decoder.head", "decoder.4");
    }

    private static Dictionary<string, Tensor> Outputs(Vae vae, Tensor x)
    {
        using var noGradient = no_grad();
        var posterior = (DiagonalNormal)vae.Encode(x);
        return new()
        {
            ["mean"] = posterior.Mean,
            ["log_variance"] = posterior.LogVariance,
            ["logits"] = ((BernoulliLikelihood)vae.Decode(posterior.Mean)).Logits,
        };
    }

    private static void RequireClose(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        ((actual - expected).abs() / expected.abs().clamp_min(1)).max().ToDouble().Should().BeLessThan(Tolerance);
    }

    private static string Check(string folder)
    {
        var start = new ProcessStartInfo(PyTorchFactAttribute.Python, [Fixture("pytorch/weight_fixtures.py"), "--check", folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        var output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        python.ExitCode.Should().Be(0, errors.Result);
        return output;
    }

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "fixtures", name);
}
