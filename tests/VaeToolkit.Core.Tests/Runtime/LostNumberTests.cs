using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Tests.Runtime;

/// <summary>TorchSharp's lost numbers (<see cref="LostNumber"/>) do not reach who asks a frozen model.</summary>
public class LostNumberTests
{
    // As libtorch said it, with two native frames of its thirty.
    private const string Said = """
        false INTERNAL ASSERT FAILED at "/pytorch/c10/core/Scalar.h":279, please report a bug to PyTorch.
        Exception raised from type at /pytorch/c10/core/Scalar.h:279 (most recent call first):
        frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x9d (0x7f5c)
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Answers_of_a_frozen_model_are_what_they_are_without_it(int losses)
    {
        using var seed = SeedScope.Begin(5);
        using var scope = torch.NewDisposeScope();
        var decoder = new LosingDecoder();
        using var frozen = FrozenVae.Own(new Vae(new MlpEncoder(6, 3, [4]), decoder, new StandardNormalPrior(3)));
        var x = torch.rand(5, 6).round();
        var undisturbed = Answers();
        decoder.Losses = losses;
        Answers().Should().BeEquivalentTo(undisturbed, options => options.WithStrictOrdering());
        decoder.Met.Should().Be(5 * losses);

        float[][] Answers() =>
        [
            Numbers(() => frozen.Sample(4, seed: 7, draws: true)), Numbers(() => frozen.Reconstruct(x)),
            Numbers(() => frozen.Decode(torch.ones(2, 3)).Mean), Numbers(() => frozen.AnomalyContributions(x)),
            [.. Disturbed(() => frozen.LogLikelihood(x, new() { Samples = 20, Seed = 3, BatchSize = 2 })).Select(value => (float)value)],
        ];

        float[] Numbers(Func<torch.Tensor> ask) => Disturbed(ask).data<float>().ToArray();

        T Disturbed<T>(Func<T> ask)
        {
            decoder.ToCome = decoder.Losses;
            return ask();
        }
    }

    [Fact]
    public void One_that_comes_again_and_again_and_other_errors_are_told()
    {
        var asked = 0;
        FluentActions.Invoking(() => LostNumber.AskAgain<int>(() => throw Lost(++asked))).Should().Throw<InvalidOperationException>()
            .WithMessage("4");
        var other = new NativeError("Expected all tensors to be on the same device");
        FluentActions.Invoking(() => LostNumber.AskAgain<int>(() => throw (++asked > 0 ? other : other)))
            .Should().Throw<ExternalException>().Which.Should().BeSameAs(other);
        asked.Should().Be(5);
    }

    private static InvalidOperationException Lost(int number) => new($"{number}", new NativeError(Said));

    // The runtime's own is not for others to throw.
    private sealed class NativeError(string message) : ExternalException(message);

    private sealed class LosingDecoder : Decoder
    {
        private readonly Linear _layer = Linear(3, 6);

        public LosingDecoder()
            : base(nameof(LosingDecoder)) => register_module("layer", _layer);

        public int Losses { get; set; }

        public int ToCome { get; set; }

        public int Met { get; private set; }

        public override long LatentSize => 3;

        public override IReadOnlyList<long> ItemShape => [6];

        public override Likelihood forward(torch.Tensor input)
        {
            if (ToCome-- <= 0)
                return new BernoulliLikelihood(_layer.forward(input));
            Met++;
            throw new NativeError(Said);
        }
    }
}
