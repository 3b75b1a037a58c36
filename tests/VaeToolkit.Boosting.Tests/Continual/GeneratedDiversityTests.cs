using TorchSharp;

namespace VaeToolkit.Boosting.Tests.Continual;

public sealed class GeneratedDiversityTests
{
    [Fact]
    public void Equal_counts_have_none_and_other_counts_the_value_by_hand()
    {
        var equal = GeneratedDiversity.OfCounts([50, 50, 0], [0, 1], smoothing: 0);
        equal.Categorical.Should().BeApproximately(0, 1e-12);
        equal.BernoulliSum.Should().BeApproximately(0, 1e-12);
        var uneven = GeneratedDiversity.OfCounts([30, 50, 20], [0, 1], smoothing: 0);
        var categorical = 0.5 * Math.Log(0.5 / 0.3) + 0.5 * Math.Log(0.5 / 0.5);
        uneven.Categorical.Should().BeApproximately(categorical, 1e-12);
        uneven.BernoulliSum.Should().BeApproximately(categorical + 0.5 * Math.Log(0.5 / 0.7), 1e-12);
        uneven.BernoulliSum.Should().BeLessThan(uneven.Categorical, "images outside the classes seen lower it");
        var other = GeneratedDiversity.OfCounts([90, 10], [0, 1], smoothing: 0);
        other.BernoulliSum.Should().BeGreaterThan(other.Categorical, "the two can order either way");
    }

    [Fact]
    public void A_missing_class_is_finite_with_smoothing_and_infinite_without()
    {
        var smooth = GeneratedDiversity.OfCounts([2000, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 1]);
        smooth.Categorical.Should().BeApproximately(0.5 * Math.Log(0.5 / (2000.5 / 2005)) + 0.5 * Math.Log(0.5 / (0.5 / 2005)), 1e-12);
        GeneratedDiversity.OfCounts([2000, 0], [0, 1], smoothing: 0).Categorical.Should().Be(double.PositiveInfinity);
        var one = GeneratedDiversity.OfCounts([90, 10], [0], smoothing: 0);
        one.BernoulliSum.Should().Be(one.Categorical, "with one class there is no rest").And.BeApproximately(-Math.Log(0.9), 1e-12);
    }

    [Fact]
    public void Images_are_generated_and_counted_the_same_from_the_same_seed()
    {
        using var model = Stripes.Model();
        var before = Reference.LiveTensors();
        // A classifier by the two pixels with the most light.
        torch.Tensor Classify(torch.Tensor images) => images.reshape(-1, 3, 2).sum(dim: 2);
        var first = GeneratedDiversity.Of(model, Classify, [0, 1], new() { Images = 1200, Seed = 4 });
        first.Counts.Sum().Should().Be(1200);
        first.Counts.Should().HaveCount(3);
        GeneratedDiversity.Of(model, Classify, [0, 1], new() { Images = 1200, Seed = 4 }).Counts.Should().Equal(first.Counts);
        torch.Tensor.TotalCount.Should().Be(before);
        var by = GeneratedDiversity.OfCounts(first.Counts, [0, 1]);
        (first.Categorical, first.BernoulliSum).Should().Be((by.Categorical, by.BernoulliSum));
    }

    [Fact]
    public void A_classifier_that_gives_no_logits_is_named_and_what_libtorch_says_of_it_is_one_line()
    {
        using var model = Stripes.Model();
        Func<torch.Tensor, torch.Tensor>[] wrong =
            [x => x.flatten(1).sum(1), x => x.sum(), x => torch.zeros([3L, 2L]), x => torch.zeros([x.shape[0], 0L]), _ => null!];
        foreach (var classifier in wrong)
        {
            FluentActions.Invoking(() => GeneratedDiversity.Of(model, classifier, [0], new() { Images = 20 })).Should()
                .ThrowExactly<ArgumentException>().WithMessage("the classifier gives *; it must give logits [20, C]*");
        }
        FluentActions.Invoking(() => GeneratedDiversity.Of(model, x => x.flatten(1) * double.NaN, [0], new() { Images = 20 }))
            .Should().Throw<ArithmeticException>().WithMessage("the answer for item 0 of the generated images is NaN*");
        FluentActions.Invoking(() => GeneratedDiversity.Of(model, x => x.flatten(1) + torch.zeros(7, 5), [0], new() { Images = 20 }))
            .Should().Throw<InvalidOperationException>().Which.Message.Should().StartWith("the classifier on [20, ").And.NotContain("\n");
    }

    [Fact]
    public void Misuse_is_named()
    {
        FluentActions.Invoking(() => GeneratedDiversity.OfCounts([1, 2], [0, 0]))
            .Should().Throw<ArgumentException>().WithMessage("*[0, 0]; there must be some, each once*");
        FluentActions.Invoking(() => GeneratedDiversity.OfCounts([1, 2], []))
            .Should().Throw<ArgumentException>().WithMessage("*there must be some*");
        FluentActions.Invoking(() => GeneratedDiversity.OfCounts([1, 2], [2]))
            .Should().Throw<ArgumentException>().WithMessage("*from 0 to 1*");
        using var model = Stripes.Model();
        FluentActions.Invoking(() => GeneratedDiversity.Of(model, x => x, [0], new() { Images = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Images*");
        FluentActions.Invoking(() => GeneratedDiversity.Of(model, x => x, [0], new() { Smoothing = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Smoothing*");
    }
}
