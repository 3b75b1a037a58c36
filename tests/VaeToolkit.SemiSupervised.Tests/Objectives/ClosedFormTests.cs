using TorchSharp;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Objectives;

/// <summary>Bounds of posteriors that have a divergence in closed form and no density.</summary>
public sealed class ClosedFormTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    // Of a spike at μ the bound is log p(x|y,z) at z = μ less the divergence, here ½ μ².
    [Fact]
    public void A_closed_form_divergence_asks_for_no_density()
    {
        using var exact = LinearM2.Model();
        using var spiked = new M2Model(
            new ConditionalVae(new SpikeEncoder(exact.Generative.Encoder), exact.Generative.Decoder, new SpikePrior()),
            exact.Classifier, LinearM2.Labels).to(torch.float64);
        var (x, classes) = (torch.randn(4, 4, dtype: torch.float64), torch.tensor(new long[] { 2, 0, 1, 1 }));
        var expected = LinearM2.Labels.Rows(torch.arange(3, dtype: torch.int64), torch.float64).unbind(0).Select(row =>
        {
            var rows = row.expand(4, 3);
            var mean = exact.Generative.Encode(x, rows).Mean;
            return (exact.Generative.Decode(mean, rows).LogProb(x) - mean.square().sum(-1) / 2 - Math.Log(3)).Values();
        }).ToArray();
        var objective = new M2Objective(4, 0, new() { Samples = 2 });
        objective.BoundOfEveryClass(spiked, x).Values()
            .Should().Equal(Enumerable.Range(0, 12).Select(i => expected[i % 3][i / 3]), Within(1e-9));
        objective.LabelledBound(spiked, x, classes).Values()
            .Should().Equal(classes.data<long>().ToArray().Select((y, i) => expected[y][i]), Within(1e-9));
        using var batch = new Batch(x.alias(), classes.alias());
        new ConditionalElbo(LinearM2.Labels).Compute(spiked.Generative, batch).Loss.ToDouble()
            .Should().BeApproximately(-classes.data<long>().ToArray().Select((y, i) => expected[y][i] + Math.Log(3)).Average(), 1e-9);
    }

    private static Func<double, double, bool> Within(double tolerance) => (a, b) => Math.Abs(a - b) <= tolerance;

    private sealed class SpikeEncoder(ConditionalEncoder exact) : ConditionalEncoder(nameof(SpikeEncoder))
    {
        public override long LatentSize => 2;

        public override long LabelSize => 3;

        public override Posterior forward(torch.Tensor input1, torch.Tensor input2) => new PointMass(exact.forward(input1, input2).Mean);

        protected override void RegisterComponents()
        {
        }
    }

    // A point has a divergence up to a constant, which is left out here.
    private sealed class SpikePrior() : Prior(nameof(SpikePrior))
    {
        public override long LatentSize => 2;

        public override torch.Tensor LogProb(torch.Tensor z) => throw new NotSupportedException();

        public override torch.Tensor Sample(long count) => torch.randn(count, 2);

        public override torch.Tensor? AnalyticKl(Posterior posterior) => posterior.Mean.square().sum(-1) / 2;
    }
}
