using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Acceleration;

/// <summary>On two threads, as on one, a run is repeated and resumed to the last bit.</summary>
public sealed class ResumedHalvesTests : IDisposable
{
    private static readonly Dictionary<string, Func<Objective<Vae>>> s_objectives = new()
    {
        ["ELBO"] = () => new Elbo(),
        ["IWAE"] = () => new Iwae(5),
        ["GECO"] = () => new Geco(new() { Constraints = [ReconstructionConstraint.SquaredErrorPerItem(30)] }),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ImageData _images = ImageData.SyntheticDigits(count: 120, testCount: 0, seed: 1);

    public void Dispose()
    {
        _images.Dispose();
        _folder.Dispose();
    }

    /// <summary>Objectives with a state of their own and without, on either prior; halves of 12 and of 40.</summary>
    public static TheoryData<string, bool, int> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool, int>();
            foreach (var name in s_objectives.Keys)
                Array.ForEach([false, true], vamp => Array.ForEach([25, 80], batch => runs.Add(name, vamp, batch)));
            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_in_halves_repeats_and_goes_on_with_the_same_bits(string objective, bool vamp, int batch)
    {
        using var forced = DenseTraining.Force();
        var options = new TrainingOptions { BatchSize = batch, Epochs = 3 };
        var whole = Fit(objective, vamp, options);
        Fit(objective, vamp, options).Should().Equal(whole);
        Fit(objective, vamp, options with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        Fit(objective, vamp, options with { CheckpointDirectory = _folder["run"], Resume = true }).Should().Equal(whole);
    }

    private double[] Fit(string objective, bool vamp, TrainingOptions options)
    {
        using var seed = SeedScope.Begin(5);
        var encoder = new MlpEncoder(784, latentSize: 4, hidden: [16]);
        using var vae = new Vae(
            encoder, new MlpDecoder(4, [16], ObservationModel.Bernoulli(784)),
            vamp ? new VampPrior(encoder, [784L], 64) : new StandardNormalPrior(4));
        Trainer.Fit(vae, s_objectives[objective](), _images, options: options with { SplitBatches = true });
        return [.. vae.parameters().SelectMany(parameter => parameter.Values())];
    }
}
