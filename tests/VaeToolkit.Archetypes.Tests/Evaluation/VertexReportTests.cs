using TorchSharp;
using VaeToolkit.Archetypes.Tests.Models;

namespace VaeToolkit.Archetypes.Tests.Evaluation;

public sealed class VertexReportTests
{
    [Fact]
    public void All_items_count_at_once_whatever_their_batches_their_order_and_their_doubling()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Wide();
        var items = SmallModels.Items(2_300).to(torch.float64);
        var reading = model.Encoder.Read(items);
        var predicted = reading.PredictedVertices();
        var report = Of(model, items);
        report.Items.Should().Be(2_300);
        RequireClose(report.Predicted.SelectMany(row => row), predicted.Values());
        report.ArchetypeLoss.Should().BeApproximately((predicted - model.Vertices).square().mean().ToDouble(), 1e-7);
        RequireClose(report.Distances, (predicted - model.Vertices).square().sum(-1).sqrt().Values());
        report.MeanScale.Should().BeApproximately((reading.Posterior.LogVariance * 0.5).exp().mean().ToDouble(), 1e-12);
        foreach (var same in new[] { items.flip(0), torch.cat([items, items]) })
            RequireClose(Of(model, same).Predicted.SelectMany(row => row), predicted.Values());
    }

    // exp(800) is beyond float64.
    [Fact]
    public void Large_logits_do_not_overflow()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Wide();
        using (torch.no_grad())
            model.Encoder.get_parameter("mixing.weight")!.mul_(1e5);
        var items = SmallModels.Items(1_200).to(torch.float64);
        RequireClose(Of(model, items).Predicted.SelectMany(row => row), model.Encoder.Read(items).PredictedVertices().Values());
    }

    [Fact]
    public void The_nearest_item_of_a_vertex_is_the_nearest_of_all()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Wide();
        var items = SmallModels.Items(1_500).to(torch.float64);
        var distances = torch.cdist(model.Vertices, model.Encode(items).Mean);
        var report = Of(model, items);
        report.Nearest.Select(item => item.Archetype).Should().Equal(0, 1, 2);
        report.Nearest.Select(item => item.Item).Should().Equal(distances.argmin(-1).data<long>().ToArray());
        RequireClose(report.Nearest.Select(item => item.Distance), distances.min(-1).values.Values());
        foreach (var item in report.Nearest)
            item.Weight.Should().BeApproximately(model.Weights(items)[item.Item, item.Archetype].ToDouble(), 1e-7);
    }

    [Fact]
    public void Items_with_their_side_information_and_without_are_the_same_items()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.WithSide();
        var rows = SmallModels.Items(40, 6);
        using var pairs = model.Items(rows.narrow(1, 0, 4), rows.narrow(1, 4, 2));
        using var alone = new TensorData(rows.narrow(1, 0, 4));
        var (one, other) = (VertexReport.Of(model, pairs), VertexReport.Of(model, alone));
        RequireClose(one.Predicted.SelectMany(row => row), other.Predicted.SelectMany(row => row));
        one.Nearest.Select(item => item.Item).Should().Equal(other.Nearest.Select(item => item.Item));
    }

    [Fact]
    public void An_item_that_has_no_answer_is_named_by_its_place_in_the_data()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using (torch.no_grad())
            model.parameters().ToList().ForEach(parameter => parameter.mul_(20));
        var items = SmallModels.Items(2500);
        items[2112] = torch.tensor(new[] { 3e38f, -3e38f, 3e38f, -3e38f });
        using var data = new TensorData(items);
        FluentActions.Invoking(() => VertexReport.Of(model, data))
            .Should().ThrowExactly<ArithmeticException>().WithMessage("the answer for item 2112 of data is NaN*");
        using var sound = data.First(2000);
        double.IsNaN(VertexReport.Of(model, sound).ArchetypeLoss).Should().BeFalse();
    }

    [Fact]
    public void Too_few_items_and_items_of_another_size_are_refused_and_it_can_be_cancelled()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        using var few = new TensorData(SmallModels.Items(2));
        using var wide = new TensorData(SmallModels.Items(9, 5));
        using var data = new TensorData(SmallModels.Items(9));
        FluentActions.Invoking(() => VertexReport.Of(model, few)).Should().Throw<ArgumentException>().WithMessage("*2 item*3 archetypes*");
        FluentActions.Invoking(() => VertexReport.Of(model, wide)).Should().Throw<ArgumentException>().WithMessage("*4 values*");
        FluentActions.Invoking(() => VertexReport.Of(model, data, cancellationToken: new(canceled: true))).Should()
            .Throw<OperationCanceledException>();
        VertexReport.Of(model, data).ToString().Split(Environment.NewLine).Should().HaveCount(5);
    }

    private static DeepArchetypes Wide()
    {
        var model = SmallModels.Plain();
        model.to(torch.float64);
        return model;
    }

    private static VertexReport Of(DeepArchetypes model, torch.Tensor items)
    {
        using var data = new TensorData(items);
        return VertexReport.Of(model, data);
    }

    // The fixed vertices are kept in float32.
    private static void RequireClose(IEnumerable<double> values, IEnumerable<double> expected)
        => values.Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-7);

    [Fact]
    public void A_nearest_item_is_printed_alike_in_every_culture()
    {
        using var culture = CommaCulture.Begin();
        new NearestItem(2, 17, 0.25, 0.875).ToString().Should().Be("archetype 2: item 17, at 0.25, weight 0.875");
    }
}
