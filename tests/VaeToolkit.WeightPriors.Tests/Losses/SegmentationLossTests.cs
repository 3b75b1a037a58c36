using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Losses;

public sealed class SegmentationLossTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Four voxels with p = 0.8, 0.4, 0.1, 0.9 and y = 1, 0, 0, 1; Σpy = 1.7, Σp = 2.2, Σy = 2, Σp² = 1.62.
    private static torch.Tensor Logits => Logit(0.8, 0.4, 0.1, 0.9).reshape(1, 1, 1, 2, 2);

    private static torch.Tensor Labels => torch.tensor(new long[] { 1, 0, 0, 1 }).reshape(1, 1, 2, 2);

    private static torch.Tensor Logit(params double[] p) => torch.tensor(p.Select(v => Math.Log(v / (1 - v))).ToArray());

    public static TheoryData<string, double> ByHand => new()
    {
        { "dice", 1 - (2 * 1.7 + 1) / (2.2 + 2 + 1) },
        { "dice_small", 1 - (2 * 1.7 + 0.001) / (2.2 + 2 + 0.001) },
        { "dice_squared", 1 - (2 * 1.7 + 1) / (1.62 + 2 + 1) },
        { "bce", -(Math.Log(0.8) + Math.Log(0.6) + Math.Log(0.9) + Math.Log(0.9)) / 4 },
        { "bce_sum", -(Math.Log(0.8) + Math.Log(0.6) + Math.Log(0.9) + Math.Log(0.9)) },
        { "focal", -(0.04 * Math.Log(0.8) + 0.16 * Math.Log(0.6) + 0.01 * Math.Log(0.9) + 0.01 * Math.Log(0.9)) / 4 },
        { "tversky", 1 - (1.7 + 1) / (1.7 + 0.3 * 0.5 + 0.7 * 0.3 + 1) },
        { "kuzina", -0.01 * (Math.Log(0.8) + Math.Log(0.6) + 2 * Math.Log(0.9)) + 0.99 * (1 - (3.4 + 0.001) / (4.2 + 0.001)) },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public void Values_are_those_by_hand(string name, double expected)
        => Named(name).Compute(Logits, Labels).ToDouble().Should().BeApproximately(expected, 1e-9);

    [Theory]
    [MemberData(nameof(ByHand))]
    public void Two_channels_with_a_background_of_logit_0_are_one_channel(string name, double expected)
    {
        var two = torch.cat([torch.zeros_like(Logits), Logits], dim: 1);
        Named(name).Compute(two, Labels).ToDouble().Should().BeApproximately(expected, 1e-9);
        Named(name).Compute(two, Labels.to(torch.@bool)).ToDouble().Should().BeApproximately(expected, 1e-9);
    }

    [Theory]
    [MemberData(nameof(ByHand))]
    public void Gradients_are_those_of_finite_differences(string name, double _)
    {
        var loss = Named(name);
        torch.Tensor Value(torch.Tensor logits) => loss.Compute(logits, Labels);
        Reference.Gradient(Value, Logits).Should().BeEquivalentTo(
            Reference.FiniteDifferences(Value, Logits), options => options.WithStrictOrdering()
                .Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-8)).WhenTypeIs<double>());
    }

    [Fact]
    public void A_loss_says_which_it_is_and_its_settings_in_every_culture()
    {
        using var culture = CommaCulture.Begin();
        SegmentationLoss.Kuzina().ToString().Should().Be("sum(0.01 summed cross-entropy; 0.99 Dice(smoothing 0.001))");
        SegmentationLoss.Dice(new() { PerVolume = true, Generalised = true }).ToString()
            .Should().Be("Dice(smoothing 1, per volume, generalised)");
        SegmentationLoss.Dice(new() { SquaredDenominator = true, IncludeBackground = true }).ToString()
            .Should().Be("Dice(smoothing 1, squared, with background)");
        SegmentationLoss.Sum(
            (0.5, SegmentationLoss.Focal(1.5)), (1, SegmentationLoss.Tversky()), (1, SegmentationLoss.CrossEntropy())).ToString()
            .Should().Be("sum(0.5 focal(gamma 1.5); 1 Tversky(false positives 0.3, false negatives 0.7); 1 cross-entropy)");
    }

    [Fact]
    public void Per_volume_dice_averages_volumes_and_batch_dice_pools_them()
    {
        var logits = torch.cat([Logits, Logit(0.2, 0.2, 0.2, 0.2).reshape(1, 1, 1, 2, 2)]);
        var labels = torch.cat([Labels, torch.zeros_like(Labels)]);
        SegmentationLoss.Dice().Compute(logits, labels).ToDouble().Should().BeApproximately(1 - (3.4 + 1) / (2.2 + 2 + 0.8 + 1), 1e-9);
        SegmentationLoss.Dice(new() { PerVolume = true }).Compute(logits, labels).ToDouble()
            .Should().BeApproximately(0.5 * (1 - 4.4 / 5.2) + 0.5 * (1 - 1 / 1.8), 1e-9);
    }

    [Fact]
    public void Generalised_dice_weighs_classes_by_their_squared_size()
    {
        // Classes 0 and 1 with p₁ as above: class 0 has Σpy = 1.5, Σp = 1.8, Σy = 2. Both weigh ¼.
        var two = torch.cat([torch.zeros_like(Logits), Logits], dim: 1);
        SegmentationLoss.Dice(new() { Generalised = true, IncludeBackground = true }).Compute(two, Labels).ToDouble()
            .Should().BeApproximately(1 - (2 * (1.7 + 1.5) / 4 + 1) / ((2.2 + 1.8) / 4 + 1 + 1), 1e-9);
        SegmentationLoss.Dice(new() { IncludeBackground = true }).Compute(two, Labels).ToDouble()
            .Should().BeApproximately(0.5 * (1 - 4.4 / 5.2) + 0.5 * (1 - (2 * 1.5 + 1) / (1.8 + 2 + 1)), 1e-9);
    }

    [Fact]
    public void Sums_over_a_million_voxels_are_exact_to_float32_rounding()
    {
        var (logits, labels) = (torch.full([1L, 1, 100, 100, 100], 1f / 3), torch.zeros(1, 100, 100, 100, dtype: torch.int64));
        labels.narrow(1, 0, 10).fill_(1);
        var one = Math.Log(1 + Math.Exp((double)(1f / 3)));
        var cross = 1e6 * one - 1e5 * (double)(1f / 3);
        SegmentationLoss.SummedCrossEntropy().Compute(logits, labels).ToDouble().Should().BeApproximately(cross, 2e-7 * cross);
        SegmentationLoss.CrossEntropy().Compute(logits, labels).ToDouble().Should().BeApproximately(cross / 1e6, 2e-7);
        var p = 1 / (1 + Math.Exp(-1.0 / 3));
        SegmentationLoss.Dice().Compute(logits, labels).ToDouble()
            .Should().BeApproximately(1 - (2e5 * p + 1) / (1e6 * p + 1e5 + 1), 2e-7);
        SegmentationLoss.Tversky().Compute(logits, labels).ToDouble()
            .Should().BeApproximately(1 - (1e5 * p + 1) / (1e5 * p + 0.3 * 9e5 * p + 0.7 * 1e5 * (1 - p) + 1), 2e-7);
    }

    [Fact]
    public void An_empty_mask_has_a_finite_loss_with_a_gradient_towards_empty()
    {
        var leaf = torch.full([1L, 1, 1, 2, 2], -3.0, dtype: torch.float32).requires_grad_();
        SegmentationLoss.DiceBce().Compute(leaf, torch.zeros(1, 1, 2, 2, dtype: torch.int64)).backward();
        leaf.grad!.Values().Should().OnlyContain(g => g > 0 && double.IsFinite(g));
    }

    [Fact]
    public void Logits_of_plus_and_minus_100_are_finite()
        => SegmentationLoss.Sum((1, SegmentationLoss.Focal(0.5)), (1, SegmentationLoss.CrossEntropy()))
            .Compute(torch.tensor(new[] { 100.0, -100, 100, -100 }).reshape(1, 1, 1, 2, 2), Labels).ToDouble()
            .Should().BeApproximately(100, 1e-6);

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var loss = SegmentationLoss.Dice();
        loss.Invoking(l => l.Compute(Logits, Labels.unsqueeze(1)))
            .Should().Throw<ArgumentException>().WithMessage("*[1, 1, 1, 2, 2]*[1, 1, 1, 2, 2]*");
        loss.Invoking(l => l.Compute(Logits, Labels.to(torch.float32))).Should().Throw<ArgumentException>().WithMessage("*integers*");
        FluentActions.Invoking(() => SegmentationLoss.Dice(new() { Smoothing = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SegmentationLoss.DiceBce(-1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SegmentationLoss.Focal(double.NaN)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SegmentationLoss.Sum()).Should().Throw<ArgumentException>();
    }

    private static SegmentationLoss Named(string name) => name switch
    {
        "dice" => SegmentationLoss.Dice(),
        "dice_small" => SegmentationLoss.Dice(new() { Smoothing = 0.001 }),
        "dice_squared" => SegmentationLoss.Dice(new() { SquaredDenominator = true }),
        "bce" => SegmentationLoss.CrossEntropy(),
        "bce_sum" => SegmentationLoss.SummedCrossEntropy(),
        "focal" => SegmentationLoss.Focal(),
        "tversky" => SegmentationLoss.Tversky(),
        _ => SegmentationLoss.Kuzina(),
    };
}
