using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Sequences;

/// <summary>The likelihood of sequences is a distribution, and all ways to it agree.</summary>
public sealed class SequenceLikelihoodTests
{
    private const double Exact = 1e-10;

    [Theory]
    [MemberData(nameof(SmallDecoders.Names), MemberType = typeof(SmallDecoders))]
    public void The_probabilities_of_all_sequences_add_up_to_one(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make(name);
        var logs = SmallDecoders.LogProbabilities(decoder, SmallDecoders.Latents(1));
        logs.Should().HaveCount(15);
        logs.Sum(Math.Exp).Should().BeApproximately(1, 1e-12);
    }

    [Theory]
    [MemberData(nameof(SmallDecoders.Names), MemberType = typeof(SmallDecoders))]
    public void Teacher_forcing_gives_the_sum_of_the_conditionals_step_by_step(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make(name);
        using var noGradient = torch.no_grad();
        var rows = SmallDecoders.All();
        var z = SmallDecoders.Latents((int)rows.shape[0]);
        var expected = new double[rows.shape[0]];
        for (var row = 0; row < expected.Length; row++)
        {
            var latent = z[row].unsqueeze(0);
            var (state, previous) = (decoder.Begin(latent), torch.tensor([(long)TokenAlphabet.Start]));
            for (var place = 0; place < SmallDecoders.Length - 1; place++)
            {
                var (logits, next) = decoder.Advance(latent, state, previous);
                var token = (long)rows[row, place].ToDouble();
                expected[row] += logits.log_softmax(-1)[0, token - TokenAlphabet.End].ToDouble();
                if (token == TokenAlphabet.End)
                    break;
                (state, previous) = (next, torch.tensor([token]));
            }
        }
        var all = decoder.Given(z);
        Near(all.LogProb(rows), expected);
        Near(all.LogProbByToken(rows).sum(-1), expected);
        (all.LogProbByToken(rows) * (rows == TokenAlphabet.Padding)).abs().sum().ToDouble().Should().Be(0);
    }

    [Fact]
    public void A_latent_vector_that_cannot_be_decoded_is_named_and_no_sequence_made_up_for_it()
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("one layer");
        var z = SmallDecoders.Latents(3);
        using (torch.no_grad())
            decoder.parameters().ToList().ForEach(parameter => parameter.mul_(10));
        z[1] = torch.tensor(new[] { 1.7e308, -1.7e308 });
        var likelihood = decoder.Given(z);
        foreach (var act in new Action[] { () => likelihood.Greedy(), () => likelihood.Beam(2) })
            act.Should().Throw<ArithmeticException>().WithMessage("the answer for item 1 of the latent vectors is NaN*");
        var draws = torch.stack([SmallDecoders.Latents(3), SmallDecoders.Latents(3), z]);
        FluentActions.Invoking(() => decoder.Given(draws).Greedy())
            .Should().Throw<ArithmeticException>("it is N's").WithMessage("the answer for item 1 of the latent vectors is NaN*");
    }

    [Fact]
    public void A_step_is_that_of_torchs_gated_units()
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("one layer");
        using var noGradient = torch.no_grad();
        var weights = decoder.state_dict();
        var (z, token) = (SmallDecoders.Latents(1), TokenAlphabet.FirstSymbol);
        var units = decoder.Begin(z).narrow(1, 0, 5);
        var input = torch.cat([weights["embedding.weight"][token].unsqueeze(0), z], 1);
        var fromInput = (input.mm(weights["recurrent.weight_ih_l0"].t()) + weights["recurrent.bias_ih_l0"]).chunk(3, 1);
        var fromUnits = (units.mm(weights["recurrent.weight_hh_l0"].t()) + weights["recurrent.bias_hh_l0"]).chunk(3, 1);
        var (reset, update) = ((fromInput[0] + fromUnits[0]).sigmoid(), (fromInput[1] + fromUnits[1]).sigmoid());
        // The reset gate stands inside of the candidate's recurrent term, its bias included.
        var candidate = (fromInput[2] + reset * fromUnits[2]).tanh();
        var next = (1 - update) * candidate + update * units;
        var logits = next.mm(weights["head.weight"].t()) + weights["head.bias"];
        var made = decoder.Advance(z, decoder.Begin(z), torch.tensor([(long)token]));
        Near(made.Logits, logits.Values());
        Near(made.State, [.. next.Values(), 1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Padding_changes_nothing(int more)
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("places see the latents");
        using var noGradient = torch.no_grad();
        // All but the longest sequences, whose last place there is no padding after.
        var rows = SmallDecoders.All().narrow(0, 0, 7);
        var likelihood = decoder.Given(SmallDecoders.Latents(7));
        var padded = torch.nn.functional.pad(rows, [0, more]);
        Near(likelihood.LogProb(padded), likelihood.LogProb(rows.narrow(1, 0, 3)).Values());
        Near(likelihood.LogProbOfChecked(padded), likelihood.LogProb(rows).Values());
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]
    [InlineData(4.0)]
    [InlineData(1e-300)]
    public void What_is_drawn_has_the_probability_of_teacher_forcing(double temperature)
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("places see the latents", length: 9);
        using var noGradient = torch.no_grad();
        using var seed = NoiseSource.Begin(decoder, 5);
        var likelihood = decoder.Given(SmallDecoders.Latents(40));
        foreach (var made in new[] { likelihood.Draw(temperature), likelihood.Greedy(), likelihood.Beam(3) })
            Near(likelihood.LogProb(made.Rows), made.LogProb.Values());
        if (temperature < 1e-3)
            likelihood.Draw(temperature).Rows.Values().Should().Equal(likelihood.Greedy().Rows.Values());
    }

    [Fact]
    public void Draws_come_as_often_as_their_probability_says()
    {
        const int Draws = 20_000;
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("one layer");
        using var seed = NoiseSource.Begin(decoder, 6);
        var z = SmallDecoders.Latents(1);
        var probabilities = SmallDecoders.LogProbabilities(decoder, z).Select(Math.Exp).ToArray();
        var drawn = decoder.Given(z.expand(Draws, -1)).Sample();
        var counts = (drawn.unsqueeze(1) == SmallDecoders.All()).all(-1).to(torch.float64).sum([0L]).Values();
        counts.Sum().Should().Be(Draws);
        foreach (var (count, probability) in counts.Zip(probabilities))
        {
            var error = Math.Sqrt(probability * (1 - probability) / Draws) + 1e-6;
            (count / Draws).Should().BeInRange(probability - 4 * error, probability + 4 * error);
        }
    }

    [Theory]
    [MemberData(nameof(SmallDecoders.Names), MemberType = typeof(SmallDecoders))]
    public void A_wide_beam_finds_the_most_probable_of_all_and_a_narrow_one_is_greedy(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make(name);
        using var noGradient = torch.no_grad();
        var (z, all) = (SmallDecoders.Latents(12), SmallDecoders.All());
        var likelihood = decoder.Given(z);
        var (wide, greedy) = (likelihood.Beam(15), likelihood.Greedy());
        likelihood.Beam(1).Rows.Values().Should().Equal(greedy.Rows.Values());
        for (var item = 0; item < 12; item++)
        {
            var logs = SmallDecoders.LogProbabilities(decoder, z[item].unsqueeze(0));
            var best = logs.Index().MaxBy(entry => entry.Item).Index;
            wide.Rows[item].Values().Should().Equal(all[best].Values());
            wide.LogProb[item].ToDouble().Should().BeApproximately(logs[best], Exact);
        }
    }

    [Fact]
    public void Samples_of_latents_are_taken_one_by_one()
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("two layers");
        using var noGradient = torch.no_grad();
        var rows = SmallDecoders.All().narrow(0, 3, 6);
        var z = SmallDecoders.Latents(18).reshape(3, 6, 2);
        var together = decoder.Given(z).LogProb(rows);
        together.shape.Should().Equal(3, 6);
        for (var k = 0; k < 3; k++)
            Near(together[k], decoder.Given(z[k]).LogProb(rows).Values());
        decoder.Given(z).Mean.shape.Should().Equal(3, 6, SmallDecoders.Length);
        decoder.Given(z).Beam(2).LogProb.shape.Should().Equal(3, 6);
    }

    [Fact]
    public void Its_gradient_is_that_of_finite_differences()
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("places see the latents");
        var rows = SmallDecoders.All().narrow(0, 2, 5);
        torch.Tensor Loss(torch.Tensor z) => decoder.Given(z).LogProb(rows).sum();
        var at = SmallDecoders.Latents(5);
        var (analytic, numeric) = (Reference.Gradient(Loss, at), Reference.FiniteDifferences(Loss, at));
        foreach (var (one, other) in analytic.Zip(numeric))
            one.Should().BeApproximately(other, 1e-7);
    }

    [Fact]
    public void Word_dropout_hides_tokens_while_training_and_never_the_start()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        using var decoder = new RecurrentDecoder(2, 2, 60, new() { Hidden = 5, WordDropout = 0.3 });
        var z = torch.ones(1, 2);
        var previous = torch.full([1L, 50L], TokenAlphabet.FirstSymbol, torch.int64);
        previous[0, 0] = TokenAlphabet.Start;
        decoder.eval();
        var shown = decoder.Logits(z, previous);
        decoder.train();
        using (NoiseSource.Begin(decoder, 2))
        {
            var hidden = decoder.Logits(z, previous);
            hidden[0, 0].Values().Should().Equal(shown[0, 0].Values());
            hidden.Values().Should().NotEqual(shown.Values());
        }
        using var same = NoiseSource.Begin(decoder, 2);
        var draws = torch.rand([1L, 50L], generator: NoiseSource.OfThisThread);
        var expected = previous.masked_fill((draws < 0.3) & (previous != TokenAlphabet.Start), TokenAlphabet.Padding);
        decoder.eval();
        var byHand = decoder.Logits(z, expected);
        decoder.train();
        using var again = NoiseSource.Begin(decoder, 2);
        decoder.Logits(z, previous).Values().Should().Equal(byHand.Values());
    }

    [Fact]
    public void What_is_no_sequence_of_the_decoder_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = SmallDecoders.Make("one layer");
        var likelihood = decoder.Given(SmallDecoders.Latents(1));
        Refused(() => likelihood.LogProb(torch.tensor(new[,] { { 3.0, 5, 2, 0 } })), "*token 5 at place 1*");
        Refused(() => likelihood.LogProb(torch.tensor(new[,] { { 3.0, 3, 3, 3, 2 } })), "*row 0 has 4 symbols*at most 3*");
        Refused(() => likelihood.LogProb(torch.zeros(2, 4, torch.float64)), "*[2, 4]*[1, T]*");
        Refused(() => decoder.Given(torch.zeros(1, 3, torch.float64)), "*[N, 2]*");
        likelihood.ExplainOutsideSupport(torch.tensor(new[,] { { 3.0, 4, 2, 0 } })).Should().BeNull();
        likelihood.ExplainOutsideSupport(torch.tensor(new[,] { { 3.0, 0, 2, 0 } })).Should().Contain("token 0 at place 1");
        FluentActions.Invoking(() => likelihood.Draw(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => likelihood.Beam(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => likelihood.Variance).Should().Throw<NotSupportedException>();
    }

    [Fact]
    public void Decoding_leaves_no_tensor_behind()
    {
        using var decoder = SmallDecoders.Make("two layers");
        using var z = SmallDecoders.Latents(6);
        void Decode()
        {
            using var scope = torch.NewDisposeScope();
            var likelihood = decoder.Given(z);
            likelihood.LogProb(likelihood.Greedy().Rows).sum().backward();
            _ = (likelihood.Draw(), likelihood.Beam(3));
        }
        Decode();
        var before = Reference.LiveTensors();
        Decode();
        (torch.Tensor.TotalCount - before).Should().Be(0);
    }

    [Fact]
    public void A_vae_of_sequences_learns_a_few_by_heart_with_the_trainer()
    {
        string[] texts = ["ab", "ba", "aab", "bbb", "abab", "b"];
        var alphabet = TokenAlphabet.OfCharacters(texts);
        torch.manual_seed(4);
        using var vae = new Vae(
            new SequenceEncoder(alphabet.Count, 6, 4, new() { Channels = [8], Widths = [3], Hidden = 16 }),
            new RecurrentDecoder(4, alphabet.Count, 6, new() { Hidden = 16, EmbeddingSize = 4, PlaceFeatures = 4 }),
            new StandardNormalPrior(4));
        using var rows = alphabet.Rows([.. Enumerable.Repeat(texts, 20).SelectMany(all => all)], 6);
        using var data = new SequenceData(rows);
        var result = Trainer.Fit(
            vae, new Elbo(new() { Beta = BetaWeight.OnKl(0.01) }), data,
            options: new() { Epochs = 40, BatchSize = 24, LearningRate = 0.02 });
        result.History[^1].TrainLoss.Should().BeLessThan(result.History[0].TrainLoss / 4);
        using var scope = torch.NewDisposeScope();
        alphabet.Texts(vae.Reconstruct(alphabet.Rows(texts, 6))).Should().Equal(texts);
        alphabet.Texts(vae.Sample(5, seed: 1)).Should().HaveCount(5);

        using var frozen = vae.Freeze();
        alphabet.Texts(frozen.Reconstruct(alphabet.Rows(texts, 6))).Should().Equal(texts);
        frozen.Sample(5, seed: 1).Values().Should().Equal(vae.Sample(5, seed: 1).Values());
        var evidence = Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 50, Seed = 1 });
        using var batch = new Batch(alphabet.Rows(texts, 6));
        evidence.Mean.Should().BeLessThan(new Iwae(5).Compute(vae, batch).Loss.ToDouble());
    }

    private static void Near(torch.Tensor actual, double[] expected)
    {
        var values = actual.Values();
        values.Should().HaveCount(expected.Length);
        foreach (var (one, other) in values.Zip(expected))
            one.Should().BeApproximately(other, Exact);
    }

    private static void Refused(Func<object?> action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);
}
