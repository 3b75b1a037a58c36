using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Training;

/// <summary>
/// Sources say how many items of a batch are labelled, so that no step reads labels, which on a GPU would wait for it. On <c>meta</c>,
/// where tensors have no numbers, any read ends a step.
/// </summary>
public sealed class UnreadLabelsTests : IDisposable
{
    private static readonly LabelSpace s_labels = new(3);
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Batches_say_how_many_of_their_items_are_labelled(bool labelled, bool unlabelled)
    {
        using var rows = SmallM2.Clusters(40, 1);
        using var some = rows.First(12);
        using var others = rows.Select([.. Enumerable.Range(12, 28)]);
        using var mixed = new SemiSupervisedData(labelled ? some : null, unlabelled ? others : null, s_labels, labelledBatch: 5);
        var vae = Autoencoder();
        using var latents = new LatentData(vae, mixed, LatentKind.Means);
        using var mixedLatents = new SemiSupervisedData(
            labelled ? new LatentData(vae, some, LatentKind.Samples) : null,
            unlabelled ? new LatentData(vae, others, LatentKind.Samples) : null, s_labels, labelledBatch: 5);
        foreach (var data in new DataSource[] { mixed, latents, mixedLatents })
        {
            var batches = data.Batches(8, 3, 0).Concat(data.InOrder(8)).Select(
                batch => (batch.LabelledItems, Labels: batch.Labels!.Values())).ToList();
            batches.Should().HaveCountGreaterThan(3).And.OnlyContain(batch => batch.LabelledItems != null
                && batch.Labels.Take((int)batch.LabelledItems).All(label => label >= 0)
                && batch.Labels.Skip((int)batch.LabelledItems).All(label => label < 0));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void What_a_batch_says_of_its_labels_changes_no_number(int labelled)
    {
        using var model = SmallM2.Seeded(s_labels);
        var labels = torch.cat([torch.arange(labelled, dtype: torch.int64).remainder(3), torch.full([7L - labelled], -1, torch.int64)]);
        var items = torch.randn(7, 6);
        using var silent = new Batch(items.alias(), labels.alias());
        using var telling = new Batch(items.alias(), labels.alias()) { LabelledItems = labelled };
        var gradients = new[] { silent, telling }.Select(batch =>
        {
            using var seed = SeedScope.Begin(2);
            return SmallM2.Gradients(model, new M2Objective(10, 40).Compute(model, batch).Loss);
        }).ToArray();
        foreach (var (name, gradient) in gradients[1])
            gradient.Should().Equal(
                gradients[0][name], (one, other) => Math.Abs(one - other) <= 1e-5 * (1 + Math.Abs(other)), "of {0}", name);
    }

    [Theory]
    [InlineData(2, 0, -1, -1, "first 2 items are labelled and no others; its labels say 1 are, the first hidden one at row 1")]
    [InlineData(1, 0, -1, 2, "first 1 items are labelled and no others; its labels say 2 are, the first hidden one at row 1")]
    [InlineData(3, 0, 1, 7, "the label of row 2 is 7; there are classes 0 to 2")]
    public void Labels_that_are_not_as_the_batch_says_are_refused(int told, int first, int second, int third, string because)
    {
        using var model = SmallM2.Seeded(s_labels);
        using var batch = new Batch(torch.randn(3, 6), torch.tensor([first, second, third], torch.int64)) { LabelledItems = told };
        FluentActions.Invoking(() => new M2Objective(10, 40).Compute(model, batch)).Should().Throw<ArgumentException>()
            .WithMessage($"*{because}*");
        using var optimizer = Optimizers.Adam(model.parameters());
        FluentActions.Invoking(() => TrainingLoop.Step(model, new M2Objective(10, 40), batch, optimizer)).Should()
            .Throw<ArgumentException>("on the CPU a step looks too").WithMessage($"*{because}*");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void A_step_of_M2_reads_no_label_that_its_batch_tells_of(int labelled)
    {
        using var model = M2OnMeta();
        using var batch = new Batch(OnMeta(8, 6), Labels()) { LabelledItems = labelled };
        using var silent = new Batch(OnMeta(8, 6), Labels());
        Take(model, new M2Objective(10, 40), batch);
        FluentActions.Invoking(() => Take(model, new M2Objective(10, 40), silent)).Should().Throw<ExternalException>(
            "it has to read labels of which nobody tells");

        static torch.Tensor Labels() => torch.zeros([8L], torch.int64, torch.META);
    }

    [Fact]
    public void A_step_of_the_conditional_bound_reads_no_label_on_a_device()
    {
        using var m2 = M2OnMeta();
        using var batch = new Batch(OnMeta(8, 6), torch.zeros([8L], torch.int64, torch.META));
        Take(m2.Generative, new ConditionalElbo(s_labels), batch);
    }

    private static torch.Tensor OnMeta(params long[] shape) => torch.ones(shape, device: torch.META);

    // Without a range: on meta libtorch lacks what the gradient of a clamp takes.
    private static M2Model M2OnMeta()
    {
        var generative = new ConditionalVae(
            new MlpConditionalEncoder(6, 3, 2, [8], new() { LogVariance = null }),
            new MlpConditionalDecoder(2, 3, [8], ObservationModel.Gaussian(0.3, 6)),
            new StandardNormalPrior(2));
        return new M2Model(generative, new MlpClassifier(6, [8], 3), s_labels).to(torch.META);
    }

    private static Vae Autoencoder() => new(
        new MlpEncoder(6, latentSize: 2, hidden: [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(0.3, 6)),
        new StandardNormalPrior(2));

    private static void Take<TModel>(TModel model, Objective<TModel> objective, Batch batch)
        where TModel : torch.nn.Module
    {
        using var optimizer = Optimizers.Adam(model.parameters());
        using var steps = new UnreadSteps(model, _ => { }, stepsPerReading: 2);
        steps.Step(model, objective, batch, optimizer);
    }
}
