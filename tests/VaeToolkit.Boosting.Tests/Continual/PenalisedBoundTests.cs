using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Continual;

public sealed class PenalisedBoundTests
{
    [Fact]
    public void Every_step_of_an_epoch_has_the_same_weight_of_the_divergence()
    {
        using var model = Stripes.Model();
        using var data = Stripes.Data(20);
        var betas = new Betas();
        Trainer.Fit(model, new PenalisedBound([], warmUpEpochs: 3), data, null, new() { Epochs = 4, BatchSize = 20 }, [betas]);
        betas.Seen.Select(beta => Math.Round(3 * beta, 6)).Should().Equal(1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3);
    }

    private sealed class Betas : ITrainingCallback<Vae>
    {
        public List<double> Seen { get; } = [];

        public void StepEnded(Vae model, StepResult result) => Seen.Add(result.Terms["beta"]);
    }
}
