using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Molecules.Tests.Models;

/// <summary>The chemical VAE: its items, its properties, its training and its folder.</summary>
public sealed class MoleculeVaeTests
{
    [RealDataFact("molecules")]
    public void Every_string_of_the_data_comes_back_from_its_one_hot_row()
    {
        using var scope = torch.NewDisposeScope();
        var path = Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "molecules", "train.csv");
        var table = MoleculeTable.Read(path, ["logp", "qed", "sas"]);
        table.Count.Should().Be(4000);
        var alphabet = TokenAlphabet.OfCharacters(table.Smiles);
        var rows = alphabet.Rows(table.Smiles, table.LongestString + 1);
        alphabet.Texts(alphabet.FromOneHot(alphabet.OneHot(rows))).Should().Equal(table.Smiles);
    }

    [Fact]
    public void Properties_of_a_float64_model_are_rounded_once()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        model.to(torch.float64);
        using var data = model.Items(SmallMolecules.Table);
        var (scaling, places) = (model.Scaling!, model.Length);
        foreach (var batch in data.InOrder(100))
        {
            batch.Items.dtype.Should().Be(torch.float64);
            for (var p = 0; p < scaling.Count; p++)
            {
                var expected = SmallMolecules.Table.Property(scaling.Names[p])
                    .Select(value => (value - scaling.Means[p]) / scaling.Deviations[p]);
                batch.Items.select(1, places + p).Values().Should().Equal(expected);
            }
        }
    }

    [Fact]
    public void Items_are_tokens_and_standardised_properties()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        using var data = model.Items(SmallMolecules.Table);
        var items = data.InOrder(8).Select(batch => batch.Items.clone()).Single();
        model.Alphabet.Texts(model.Tokens(items)).Should().Equal(SmallMolecules.Table.Smiles);
        var atoms = model.StandardisedProperties(items).select(1, 0);
        atoms.mean().ToDouble().Should().BeApproximately(0, 1e-6);
        atoms.std().ToDouble().Should().BeApproximately(1, 1e-6);
        model.Encode(items).Mean.Values().Should().Equal(model.Encode(model.Tokens(items)).Mean.Values());
    }

    [Fact]
    public void Rows_that_are_no_sequences_of_the_alphabet_and_latent_vectors_that_are_no_numbers_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        var rows = model.Alphabet.Rows(["CCO", "CCN"], SmallMolecules.Length);
        model.Encode(rows).Mean.shape[0].Should().Be(2);
        foreach (var (value, message) in new[]
                 {
                     (3.3f, "*row 1 has what is no token at place 2*"), (300f, "*row 1 has token 300 at place 2*"),
                     (-1f, "*row 1 has what is no token at place 2*"), (float.NaN, "*NaN or infinity in item 1, at [1, 2]*"),
                 })
        {
            var bad = rows.clone();
            bad[1, 2] = value;
            var withProperties = torch.cat([bad, torch.zeros(2, 2)], 1);
            foreach (var act in new Action[]
                     {
                         () => model.Encode(bad), () => model.Encode(withProperties), () => model.Vae.Encode(bad),
                         () => model.Vae.Reconstruct(bad),
                     })
                act.Should().Throw<ArgumentException>().WithMessage(message);
        }
        var z = torch.full([2, 3], float.NaN);
        FluentActions.Invoking(() => model.Decode(z)).Should().Throw<ArgumentException>().WithMessage("z holds NaN*item 0, at [0, 0]*");
    }

    [Fact]
    public void It_learns_strings_and_properties_with_the_trainer_and_opens_from_its_folder()
    {
        using var folder = new TemporaryFolder();
        using var model = SmallMolecules.Model(options: SmallMolecules.Options with { LatentSize = 8 });
        var table = SmallMolecules.Table.Select([.. Enumerable.Range(0, 160).Select(i => i % 8)]);
        using var data = model.Items(table);
        var objective = new MoleculeElbo(new() { KlWeight = 0.01, WarmUp = null });
        Trainer.Fit(model, objective, data, options: new()
        {
            Epochs = 40,
            BatchSize = 32,
            LearningRate = 0.02,
            SplitBatches = true,
            CheckpointDirectory = folder.Folder,
        });
        using var scope = torch.NewDisposeScope();
        model.Strings(model.Encode(SmallMolecules.Table.Smiles)).Should().Equal(SmallMolecules.Table.Smiles);
        StringReconstruction.Greedy(model, SmallMolecules.Table.Smiles).Strings.Should().Be(1);
        var drawn = StringReconstruction.OfDraws(model, SmallMolecules.Table.Smiles, 20, seed: 1);
        drawn.Strings.Should().BeInRange(0.3, 1);
        drawn.Should().Be(StringReconstruction.OfDraws(model, SmallMolecules.Table.Smiles, 20, seed: 1) with { Count = 160 });
        PropertyError.Of(model, SmallMolecules.Table).Should().OnlyContain(error => error.Ratio < 0.3);

        using var loaded = MoleculeVae.Load(Path.Combine(folder.Folder, "last"));
        loaded.Scaling!.Names.Should().Equal("atoms", "oxygens");
        var z = model.Encode(SmallMolecules.Table.Smiles);
        loaded.Encode(SmallMolecules.Table.Smiles).Values().Should().Equal(z.Values());
        model.eval();
        loaded.Predict(z).Values().Should().Equal(model.Predict(z).Values());
        loaded.Sample(6, seed: 3, draws: true).Should().Equal(model.Sample(6, seed: 3, draws: true));
    }

    [Fact]
    public void A_propertys_error_is_the_mean_distance_and_stands_beside_that_of_the_training_mean()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        var held = SmallMolecules.Table.Select([1, 4, 6]);
        using var said = model.Predict(model.Encode(held.Smiles));
        // Atoms 3, 6 and 4, oxygens 0, 0 and 2, where all eight molecules have 28 / 8 and 4 / 8.
        (double[] Truth, double Mean)[] properties = [([3, 6, 4], 3.5), ([0, 0, 2], 0.5)];
        foreach (var (p, error) in PropertyError.Of(model, held).Index())
        {
            var (truth, mean) = properties[p];
            error.Name.Should().Be(SmallMolecules.Table.PropertyNames[p]);
            error.MeanAbsoluteError.Should().BeApproximately(
                truth.Index().Sum(at => Math.Abs(at.Item - said[at.Index, p].ToDouble())) / 3, 1e-5);
            error.MeanPredictorError.Should().BeApproximately(truth.Sum(y => Math.Abs(y - mean)) / 3, 1e-12);
            error.Ratio.Should().Be(error.MeanAbsoluteError / error.MeanPredictorError);
        }
    }

    [Fact]
    public void A_run_repeats_to_the_last_bit_and_a_resumed_one_is_the_same()
    {
        using var folder = new TemporaryFolder();
        double[] Run(int epochs, bool resume, string name)
        {
            using var model = SmallMolecules.Model(options: SmallMolecules.Options with
            {
                Decoder = SmallMolecules.Options.Decoder with { WordDropout = 0.2 },
                Properties = new() { Hidden = [7] },
            });
            using var data = model.Items(SmallMolecules.Table);
            return [.. Trainer.Fit(model, new MoleculeElbo(new() { WarmUp = new() { Centre = 0, Slope = 4 } }), data, options: new()
            {
                Epochs = epochs,
                BatchSize = 4,
                SplitBatches = true,
                CheckpointDirectory = Path.Combine(folder.Folder, name),
                Resume = resume,
            }).History.Select(epoch => epoch.TrainLoss)];
        }
        var whole = Run(4, false, "whole");
        Run(4, false, "again").Should().Equal(whole);
        Run(2, false, "parts").Should().Equal(whole[..2]);
        Run(4, true, "parts").TakeLast(2).Should().Equal(whole[2..]);
    }

    [Fact]
    public void A_model_without_properties_is_saved_and_says_none()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model(withProperties: false);
        model.Save(Path.Combine(folder.Folder, "model"));
        using var loaded = MoleculeVae.Load(Path.Combine(folder.Folder, "model"));
        loaded.Properties.Should().BeNull();
        loaded.Encode(["CCO"]).Values().Should().Equal(model.Encode(["CCO"]).Values());
        FluentActions.Invoking(() => loaded.Predict(torch.zeros(1, 3))).Should().Throw<InvalidOperationException>();
        ModelFolder.Load<MoleculeVae>(Path.Combine(folder.Folder, "model")).Dispose();
    }

    [Fact]
    public void The_gradient_of_properties_is_that_of_finite_differences()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        model.to(torch.float64);
        model.eval();
        var z = torch.arange(6.0, dtype: torch.float64).reshape(2, 3).sin();
        torch.Tensor Sum(torch.Tensor at) => (model.Predict(at) * torch.tensor([1.0, -2.0])).sum();
        foreach (var (one, other) in Reference.Gradient(Sum, z).Zip(Reference.FiniteDifferences(Sum, z)))
            one.Should().BeApproximately(other, 1e-7);
    }

    [Fact]
    public void Properties_are_said_without_dropout_by_a_model_that_is_in_training_mode_too()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model(
            options: SmallMolecules.Options with { Properties = new() { Hidden = [30], Dropout = 0.5 } });
        var z = torch.arange(6.0f).reshape(2, 3).sin();
        model.eval();
        var still = model.Predict(z).Values();
        model.train();
        model.Predict(z).Values().Should().Equal(still);
        model.Properties!.forward(z).Values().Should().NotEqual(model.Properties.forward(z).Values(), "training itself drops units");
        var found = LatentSearch.Ascend(at => model.Predict(at).select(1, 0), z, LatentRegion.OfPrior(3), new() { Steps = 10 });
        model.eval();
        found.Values.Should().Equal(model.Predict(found.Points).select(1, 0).Values());
    }

    [Fact]
    public void Properties_far_from_zero_are_said_as_exactly_as_others()
    {
        using var scope = torch.NewDisposeScope();
        var scaling = new PropertyScaling(["atoms", "oxygens"], [1e8, 40_000], [1, 0.01]);
        torch.manual_seed(1);
        using var model = new MoleculeVae(
            TokenAlphabet.OfCharacters(SmallMolecules.Table.Smiles), SmallMolecules.Length, scaling, SmallMolecules.Options);
        var z = torch.arange(6.0f).reshape(2, 3).sin();
        var standardised = model.Properties!.forward(z).Values();
        model.Predict(z).Values().Select((said, i) => i % 2 == 0 ? said - 1e8 : (said - 40_000) / 0.01)
            .Should().Equal(standardised, (one, other) => Math.Abs(one - other) < 1e-6);
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_draws_from_the_threads_own_source()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(2);
        using var network = new PropertyNetwork(2, 1, new() { Hidden = [50], Dropout = 0.4 });
        var z = torch.ones(20_000, 2);
        network.eval();
        var still = network.forward(z)[0].ToDouble();
        network.train();
        using var seed = NoiseSource.Begin(network, 1);
        var noisy = network.forward(z).to(torch.float64);
        var error = noisy.std().ToDouble() / Math.Sqrt(20_000);
        error.Should().BeGreaterThan(0);
        noisy.mean().ToDouble().Should().BeApproximately(still, 4 * error + 1e-6);
        using var again = NoiseSource.Begin(network, 1);
        network.forward(z).to(torch.float64).Values().Should().Equal(noisy.Values());
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        Refused(() => model.Encode(["CCX"]), "*'X' at place 2 of text 0*");
        Refused(() => model.Encode(["CCCCCCCCCC"]), "*text 0 has 10 symbols*9*");
        Refused(() => model.Encode([""]), "*text 0 is empty*");
        Refused(() => model.Items(new MoleculeTable(["C"])), "*no property 'atoms'*");
        Refused(() => model.Encode(torch.zeros(2, 11)), "*[2, 11]*[N, 12]*[N, 10]*");
        Refused(() => model.Decode(torch.zeros(2, 4)), "*[2, 4]*");
        Refused(() => model.Predict(torch.zeros(2, 4)), "*[2, 4]*");
        Refused(() => new PropertyNetwork(3, 0), "*number of properties*");
        Refused(() => new PropertyNetwork(3, 1, new() { Dropout = 1 }), "*Dropout*");
        var bad = torch.zeros(1, 12);
        new MoleculeElbo().ExplainOutsideSupport(model, new Batch(bad)).Should().Contain("token 0 at place 0");
    }

    private static void Refused(Func<object?> action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void A_model_in_float64_trains_samples_and_comes_back_from_its_folder()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        model.to(torch.float64);
        using var data = model.Items(SmallMolecules.Table);
        Trainer.Fit(model, new MoleculeElbo(new() { WarmUp = null }), data, options: new() { Epochs = 1, BatchSize = 4 })
            .History.Should().ContainSingle();
        model.Vae.Sample(2, seed: 3).dtype.Should().Be(torch.float64);
        model.Save(Path.Combine(folder.Folder, "model"));
        using var loaded = MoleculeVae.Load(Path.Combine(folder.Folder, "model"));
        loaded.Sample(5, seed: 3, draws: true).Should().Equal(model.Sample(5, seed: 3, draws: true));
    }
}
