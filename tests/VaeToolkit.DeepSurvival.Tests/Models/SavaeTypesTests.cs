using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Models;

/// <summary>The model in float64, and what it refuses.</summary>
public sealed class SavaeTypesTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly Savae _model = new(SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [5] });

    public void Dispose()
    {
        _model.Dispose();
        _seed.Dispose();
        _scope.Dispose();
        if (Directory.Exists(_path))
            Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void Latent_vectors_that_cannot_be_decoded_are_named()
    {
        using (torch.no_grad())
            _model.parameters().ToList().ForEach(parameter => parameter.mul_(50));
        using var data = _model.Items(SmallStudy.Data);
        var items = data.InOrder(3).Select(batch => batch.Items.clone()).First();
        var z = torch.zeros(3, 2);
        z[1] = torch.tensor(new[] { 3e38f, -3e38f });
        foreach (var act in new Action[]
                 {
                     () => _model.Decode(z), () => _model.TimesUnder(0, z), () => _model.TimesGiven(items, z.unsqueeze(0)),
                     () => _model.CovariateLogProb(items, z), () => _model.CovariateLogProb(items, torch.stack([z * 0, z])),
                     () => _model.TimesGiven(items, torch.stack([z * 0, z * 0, z])), () => _model.TimesUnder(0, z.expand(4, 3, 2)),
                     () => _model.CovariateLogProb(items, z.unsqueeze(1)), () => _model.PredictiveLogProb(items, z),
                     () => _model.TimesUnder(0, torch.stack([z[0], z[1], z[0]])),
                 })
            act.Should().ThrowExactly<ArithmeticException>().WithMessage("the answer for item 1 of z is NaN: its values are too large *");
        FluentActions.Invoking(() => _model.TimesUnder(0, z[1])).Should().ThrowExactly<ArithmeticException>().WithMessage("*item 0 of z*");
        _model.Decode(torch.zeros(3, 2)).Mean.isfinite().all().ToBoolean().Should().BeTrue();
    }

    [Fact]
    public void In_float64_the_unit_of_time_has_all_its_digits()
    {
        using var model = new Savae(SmallStudy.Schema, timeScale: 365.25, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [5] });
        model.to(torch.float64);
        model.state_dict()["log_time_scale"].ToDouble().Should().Be(Math.Log(365.25));
        model.Save(_path);
        using var loaded = Savae.Load(_path);
        loaded.state_dict()["log_time_scale"].ToDouble().Should().Be(Math.Log(365.25));
    }

    [Theory]
    [InlineData(Proposal.Prior)]
    [InlineData(Proposal.EncoderMixture)]
    public void It_trains_predicts_and_comes_back_from_its_file_in_float64(Proposal proposal)
    {
        using var same = new Savae(SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [5] });
        using (torch.no_grad())
        {
            foreach (var (key, tensor) in same.state_dict())
                tensor.copy_(_model.state_dict()[key]);
        }
        _model.to(torch.float64);
        var wide = Losses(_model);
        // The two types draw other noise.
        wide.Should().Equal(Losses(same), (a, b) => Math.Abs(a - b) < 0.2);
        _model.state_dict().Values.Should().OnlyContain(tensor => tensor.dtype == torch.float64);

        _model.Save(_path);
        using var loaded = Savae.Load(_path);
        foreach (var (key, tensor) in loaded.state_dict())
            (tensor.dtype == torch.float64 && tensor.equal(_model.state_dict()[key]).all().ToBoolean()).Should().BeTrue(key);
        Curves(loaded).Should().BeEquivalentTo(Curves(_model));

        double[] Losses(Savae model)
        {
            using var items = model.Items(SmallStudy.Data);
            var options = new TrainingOptions { Epochs = 3, BatchSize = 5, Seed = 4 };
            var result = Trainer.Fit(model, new SavaeElbo(new() { PredictiveWeight = 1, PredictiveDraws = 20 }), items, null, options);
            return [.. result.History.Select(epoch => epoch.TrainLoss)];
        }

        double[,] Curves(Savae model) => SurvivalPredictor.Predict(
            model, model.Schema.Encode(SmallStudy.Table), new() { Draws = 50, Proposal = proposal }).Survival([1, 5], [0, 5, 2, 3, 1]);
    }

    [Fact]
    public void Rows_of_another_shape_or_type_or_with_NaN_are_refused_by_everything_that_takes_them()
    {
        var items = Items();
        var z = torch.zeros([1L, 5, 2]);
        var times = _model.TimesGiven(items, z);
        var width = items.shape[1];
        foreach (var (bad, message) in new[]
        {
            (items.t(), $"items has shape [{width}, 5]; it must be [N, {width}] with at least one row, as Items makes them*"),
            (items.unsqueeze(0), $"items has shape [1, 5, {width}]; it must be [N, {width}]*"),
            (items.narrow(0, 0, 0), $"items has shape [0, {width}]; it must be [N, {width}] with at least one row*"),
            (items.to(torch.float64), "items is float64, the model is float32; convert the data, items.to(torch.float32), or the model, "
                + "model.to(torch.float64) (Parameter 'items')"),
            (torch.where(items == items.max(), items * float.NaN, items), "items holds NaN or infinity in item *"),
        })
        {
            foreach (var action in new Action[]
            {
                () => _model.Encode(bad), () => _model.CovariateLogProb(bad, z), () => _model.TreatmentLogProb(bad),
                () => _model.TimeLogProb(bad, times), () => _model.PredictiveLogProb(bad, z[0]),
            })
                action.Should().ThrowExactly<ArgumentException>().WithMessage(message);
        }
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(2f)]
    [InlineData(-1f)]
    public void Rows_in_which_an_event_is_neither_observed_nor_censored_are_refused_by_row_and_value(float value)
    {
        var (items, z) = (Items(), torch.zeros([1L, 5, 2]));
        var times = _model.TimesGiven(items, z);
        var (width, bad) = (items.shape[1], items.clone());
        bad[3, width - 1] = value;
        var message = FormattableString.Invariant(
            $"items, row 3 holds {value} at {width - 1}, whether the event was observed; it must be 0 or 1*");
        foreach (var act in new Action[]
                 {
                     () => _model.TimeLogProb(bad, times), () => _model.Encode(bad), () => _model.PredictiveLogProb(bad, z[0]),
                     () => _model.TimesGiven(bad, z), () => _model.CovariateLogProb(bad, z), () => _model.TreatmentLogProb(bad),
                 })
            act.Should().ThrowExactly<ArgumentException>().WithMessage(message);
        FluentActions.Invoking(() => Trainer.Fit(
                _model, new SavaeElbo(), new TensorData(bad), options: new() { Epochs = 1, BatchSize = 2, Seed = 1 }))
            .Should().ThrowExactly<PreFlightException>().WithMessage("*whether the event was observed*");
        using var optimizer = Optimizers.Adam(_model.parameters(), 1e-3);
        using var batch = new Batch(bad);
        FluentActions.Invoking(() => TrainingLoop.Step(_model, new SavaeElbo(), batch, optimizer))
            .Should().ThrowExactly<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Distributions_of_other_rows_are_refused()
        => FluentActions.Invoking(() => _model.TimeLogProb(Items(), new WeibullLikelihood(torch.zeros(2, 1), torch.ones(2, 1))))
            .Should().ThrowExactly<ArgumentException>()
            .WithMessage("times has shape [2, 1]; its last axis must be one distribution a row, 5*");

    [Fact]
    public void Latent_vectors_of_another_shape_are_refused()
    {
        var items = Items();
        FluentActions.Invoking(() => _model.TimesGiven(items, torch.zeros([1L, 4, 2]))).Should().ThrowExactly<ArgumentException>()
            .WithMessage($"z has shape [1, 4, 2] for items [5, {items.shape[1]}]; it must be [K, 5, 2]*");
        FluentActions.Invoking(() => _model.TimesUnder(0, torch.zeros([4L, 3]))).Should().ThrowExactly<ArgumentException>()
            .WithMessage("z has shape [4, 3]; its last axis must be the latent size, 2*");
        FluentActions.Invoking(() => _model.PredictiveLogProb(items, torch.zeros([1L, 4, 2]))).Should().ThrowExactly<ArgumentException>()
            .WithMessage("z has shape [1, 4, 2]; it must be [L, 2]*");
        FluentActions.Invoking(() => _model.Decode(torch.zeros([4L, 3]))).Should().ThrowExactly<ArgumentException>()
            .WithMessage("z has shape [4, 3]; its last axis must be the latent size, 2*");
    }

    [Fact]
    public void Latent_vectors_that_are_no_numbers_are_refused()
    {
        var z = torch.zeros([1L, 5, 2]);
        z[0, 4, 1] = float.NaN;
        foreach (var act in new Action[]
                 {
                     () => _model.Decode(z), () => _model.TimesGiven(Items(), z), () => _model.TimesUnder(0, z),
                     () => _model.CovariateLogProb(Items(), z), () => _model.PredictiveLogProb(Items(), z[0]),
                 })
            act.Should().ThrowExactly<ArgumentException>().WithMessage("z holds NaN or infinity in item *4, 1]; mask or replace*");
    }

    [Fact]
    public void The_density_under_shared_latent_vectors_is_the_one_of_each_also_far_out()
    {
        // Numbers and their means are 1000 deviations from the training mean: squares that are written out cancel to tenths in float32.
        var items = Items().narrow(0, 0, 3).clone();
        items.narrow(1, 0, 2).add_(1000);
        using (torch.no_grad())
            _model.state_dict()["decoder.head.bias"].narrow(0, 0, 2).add_(1000);
        var z = torch.randn([40L, 2]);
        var shared = _model.CovariateLogProb(items, z.unsqueeze(1)).Values();
        var each = _model.CovariateLogProb(items, z.unsqueeze(1).expand(-1, 3, -1)).Values();
        shared.Should().Equal(each, (one, other) => Math.Abs(one - other) <= 1e-5);
    }

    [Fact]
    public void A_device_that_there_is_not_is_named()
    {
        _model.to("cpu").Should().BeSameAs(_model);
        FluentActions.Invoking(() => _model.to("gpu")).Should().Throw<ArgumentException>().WithMessage("the device 'gpu' is not known*");
    }

    private torch.Tensor Items()
    {
        using var data = _model.Items(SmallStudy.Data);
        return data.InOrder(5).Select(batch => batch.Items.clone()).Single();
    }
}
