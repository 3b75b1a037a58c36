using TorchSharp;

namespace VaeToolkit.SemiSupervised.Tests.Networks;

public sealed class ClassifierTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Classifiers_answer_with_logits_for_flat_items_and_pictures_alike()
    {
        var x = torch.rand(3, 1, 8, 8);
        foreach (var classifier in new torch.nn.Module<torch.Tensor, torch.Tensor>[] { new MlpClassifier(64, [5], 4),
            new ConvClassifier([1, 8, 8], 4) })
        {
            using (classifier)
            {
                classifier.eval();
                var logits = classifier.call(x);
                logits.shape.Should().Equal(3, 4);
                classifier.call(x.flatten(1)).Values().Should().Equal(logits.Values());
                FluentActions.Invoking(() => classifier.call(torch.rand(3, 63)))
                    .Should().Throw<ArgumentException>().WithMessage("*64 values*");
            }
        }
    }

    [Fact]
    public void Sizes_that_cannot_be_are_refused()
    {
        FluentActions.Invoking(() => new ConvClassifier([1, 6, 8], 4)).Should().Throw<ArgumentException>().WithMessage("*divisible by 4*");
        FluentActions.Invoking(() => new ConvClassifier([1, 8, 8], 4, dropout: 1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new ConvClassifier([1, 8, 8], 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new ConvClassifier([1, 8, 8], 4, channels: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new MlpClassifier(8, [], 4)).Should().Throw<ArgumentException>();
    }
}
