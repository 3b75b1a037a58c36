namespace TorchSharp.Tests;

/// <summary>Random numbers: the stream is PyTorch's, and generators keep to themselves.</summary>
public sealed class GeneratorTests
{
    private static readonly long[] s_four = [4];

    // Numbers from PyTorch: torch.manual_seed(0); torch.rand(5), torch.randn(5), torch.randperm(10).
    [Fact]
    public void The_stream_of_a_seed_is_PyTorchs()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        rand(5).ShouldHold([0.49625659, 0.768221796, 0.0884774327, 0.132030487, 0.307422817], 1e-7);
        random.manual_seed(0);
        randn(5).ShouldHold([1.54099607, -0.293428898, -2.17878938, 0.568431258, -1.08452237], 1e-7);
        random.manual_seed(0);
        randn_like(empty(5)).ShouldHold([1.54099607, -0.293428898, -2.17878938, 0.568431258, -1.08452237], 1e-7);
        random.manual_seed(0);
        randperm(10).ShouldHold([4, 1, 7, 5, 3, 9, 0, 8, 6, 2]);
    }

    [Fact]
    public void A_generator_neither_reads_nor_moves_the_global_stream()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var expected = rand(4).Values();
        random.manual_seed(3);
        using var own = new Generator(11);
        var first = randn(s_four, generator: own).Values();
        rand(4).Values().Should().Equal(expected);
        own.manual_seed(11);
        randn(s_four, generator: own).Values().Should().Equal(first);
        own.initial_seed().Should().Be(11);
    }

    [Fact]
    public void A_state_can_be_kept_and_restored()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        _ = rand(3);
        var state = random.get_rng_state();
        var expected = rand(6).Values();
        _ = rand(100);
        random.set_rng_state(state);
        rand(6).Values().Should().Equal(expected);
        using var own = new Generator(1);
        own.set_state(state);
        rand((long[])[6], generator: own).Values().Should().Equal(expected);
        own.get_state().shape.Should().Equal(state.shape);
    }

    [Fact]
    public void Draws_in_place_and_by_generator_are_the_same_stream()
    {
        using var scope = NewDisposeScope();
        using var own = new Generator(9);
        var viaGenerator = empty(4).normal_(1, 2, own).Values();
        random.manual_seed(9);
        empty(4).normal_(1, 2).Values().Should().Equal(viaGenerator);
        empty(1000).uniform_(2, 3, own).min().ToDouble().Should().BeGreaterThanOrEqualTo(2);
        full(1000, 0.25).bernoulli(own).mean().ToDouble().Should().BeApproximately(0.25, 0.07);
        empty(1000).exponential_(4, own).mean().ToDouble().Should().BeApproximately(0.25, 0.04);
        randint(5, 8, (long[])[1000], generator: own).amin().ToInt64().Should().Be(5);
        tensor([0.0, 1.0, 0.0]).multinomial(7, replacement: true, own).ShouldHold([1, 1, 1, 1, 1, 1, 1]);
        full(1000, 3.0).poisson(own).mean().ToDouble().Should().BeApproximately(3, 0.25);
        var (ordered, _) = randperm(8, generator: own).sort();
        ordered.ShouldHold([0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
