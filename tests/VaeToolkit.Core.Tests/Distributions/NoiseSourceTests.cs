using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>Noise of some of a batch's items.</summary>
public sealed class NoiseSourceTests
{
    [Fact]
    public void A_share_is_its_rows_of_all_and_keeps_no_others_in_memory()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(4);
        var like = torch.zeros(1);
        var all = NoiseSource.Normal([8, 3], like, itemAxis: 0);
        SeedScope.Seed(4);
        using var division = NoiseSource.Divide(new(8, 2, 2));
        var own = NoiseSource.Normal([2, 3], like, itemAxis: 0);
        own.Values().Should().Equal(all.narrow(0, 2, 2).Values());
        own.storage<float>().Count.Should().Be(6);
    }

    [Fact]
    public void What_is_drawn_apart_moves_neither_generator()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(4);
        using var lent = NoiseSource.Lend(torch.CPU, seed: 5);
        var like = torch.zeros(3);
        var (torchs, own) = (torch.rand(3).Values(), NoiseSource.NormalLike(like).Values());
        SeedScope.Seed(4);
        NoiseSource.Seed(5);
        using (NoiseSource.Apart(torch.CPU, seed: 9))
        {
            _ = torch.rand(3);
            NoiseSource.NormalLike(like).Values().Should().NotEqual(own);
        }
        torch.rand(3).Values().Should().Equal(torchs);
        NoiseSource.NormalLike(like).Values().Should().Equal(own);
    }
}
