using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Continual;

public sealed class JointPassTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Values_and_gradients_are_those_of_separate_passes(bool expanding, bool normalPixels)
    {
        using var model = Model(expanding, normalPixels ? ObservationModel.Gaussian(0.25, 6) : ObservationModel.Bernoulli(6));
        using var regularisation = new GeneratorRegularisation();
        LearnFirstTask(model, expanding, regularisation);
        var (items, z) = (torch.rand([20L, 6L]), torch.randn([20L, 2L]));
        var held = regularisation.Held(model)!;
        model.train();

        double[] joint;
        using (var pass = new JointPass(model, items, held))
            joint = Gradients(model, (DiagonalNormal)pass.Posterior, pass.Decode(z), model.Prior.LogProb(z), pass.Now!, pass.HeldDecoding!);
        var separate = Gradients(
            model, (DiagonalNormal)model.Encode(items), model.Decode(z), model.Prior.LogProb(z),
            EncodedComponents.Of(model.Encoder, held.Inputs), model.Decode(held.Codes));

        joint.Zip(separate).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5 * (1 + Math.Abs(pair.Second)));

        // What is added up differs in every part, so that none can stand for another.
        double[] Gradients(
            Vae vae, DiagonalNormal posterior, Likelihood pixels, torch.Tensor logPrior, DiagonalComponents now, Likelihood heldPixels)
        {
            vae.zero_grad();
            var loss = posterior.Mean.square().sum() + posterior.LogVariance.exp().sum()
                - pixels.LogProb(items).sum() - (2 * logPrior.sum())
                + (3 * now.Means.square().sum()) + (4 * now.LogVariances.exp().sum()) + (5 * heldPixels.Mean.square().sum());
            loss.backward();
            return [loss.ToDouble(), .. vae.parameters().SelectMany(parameter => parameter.grad is { } grad ? grad.Values() : [])];
        }
    }

    [Fact]
    public void Layers_that_look_at_other_rows_or_at_the_mode_pass_apart()
    {
        using var model = Stripes.BoostedModel();
        JointPass.Suits(model).Should().BeTrue();
        using var heads = new Vae(new MultiHeadEncoder([new MlpEncoder(6, 2, [8])]),
            new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        JointPass.Suits(heads).Should().BeFalse("a head is of a task");
    }

    [Fact]
    public void What_the_prior_was_lent_is_taken_back()
    {
        using var model = Stripes.BoostedModel();
        using var regularisation = new GeneratorRegularisation();
        LearnFirstTask(model, expanding: false, regularisation);
        model.train();
        var z = torch.randn([5L, 2L]);
        var before = model.Prior.LogProb(z).Values();
        using (new JointPass(model, torch.rand([4L, 6L]), null))
        {
            using (torch.no_grad())
                model.Encoder.parameters().Last().add_(1);
            model.Prior.LogProb(z).Values().Zip(before).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
        }
        model.Prior.LogProb(z).Values().Should().NotEqual(before);
    }

    private static Vae Model(bool expanding, ObservationModel likelihood)
    {
        var encoder = new MlpEncoder(6, 2, [8]);
        Prior prior = expanding ? new ExpandingMixturePrior(2, 3)
            : new BoostedPrior(encoder, [6], new() { MaxComponents = 3, Steps = 5, SamplesPerStep = 4, LearningRate = 0.05 });
        return new(encoder, new MlpDecoder(2, [8], likelihood), prior);
    }

    private static void LearnFirstTask(Vae model, bool expanding, GeneratorRegularisation regularisation)
    {
        using var tasks = Stripes.Tasks();
        using ContinualStrategy growth = expanding ? new ExpandingMixture() : new PriorBoosting();
        using var first = Stripes.Tasks(1);
        ContinualTrainer.Run(model, first, [growth], Stripes.Options);
        var second = new ContinualStage(model, tasks.Tasks[1], 1, Stripes.Options);
        regularisation.TaskBegins(second);
        (growth.TaskBegins(second) as IDisposable)?.Dispose();
    }
}
