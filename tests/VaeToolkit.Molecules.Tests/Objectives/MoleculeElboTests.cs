using TorchSharp;
using VaeToolkit.Molecules.Tests.Models;

namespace VaeToolkit.Molecules.Tests.Objectives;

/// <summary>The objective is the bound, the schedule is the paper's, and the properties are those of the mean.</summary>
public sealed class MoleculeElboTests
{
    [Theory]
    [InlineData(29, 0.5)]
    [InlineData(0, 3.773848388735876e-7)]
    [InlineData(30, 0.6248064744684)]
    [InlineData(20, 0.010050813883473756)]
    [InlineData(119, 1)]
    public void The_weight_rises_as_in_the_paper(int epoch, double expected)
    {
        new SigmoidWarmUp().Weight(epoch).Should().BeApproximately(expected, 1e-12);
        new MoleculeElbo(new() { KlWeight = 0.5 }) { EpochsFinished = epoch }.CurrentKlWeight.Should().BeApproximately(expected / 2, 1e-12);
    }

    [Fact]
    public void A_training_that_ends_before_the_weight_has_risen_is_refused_with_its_last_weight()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        using var data = model.Items(SmallMolecules.Table);
        var objective = new MoleculeElbo(new() { KlWeight = 0.5 });
        // 29 + ln 19 / 0.51 = 34.77: epoch 35, counted from 0, is the first above 95 %.
        objective.WarmUpPlan!.Length.Should().Be(BetaWarmUp.OverEpochs(36));
        var last = 0.5 / (1 + Math.Exp(0.51 * (29 - 9)));
        FluentActions.Invoking(() => Training.Trainer.Fit(model, objective, data, options: new() { Epochs = 10, BatchSize = 4 }))
            .Should().Throw<Training.PreFlightException>().WithMessage(
                FormattableString.Invariant($"*warm-up of 'kl_weight' goes over 36 epochs*after 10 epochs*{last:G6}, not 0.5*"));
        objective.WarmUpPlan.ExplainUnfinished(1000, 36).Should().BeNull();
        new MoleculeElbo(new() { WarmUp = null }).WarmUpPlan.Should().BeNull();
        var early = new MoleculeElbo(new() { WarmUp = new() { Centre = 0, Slope = 4 } });
        Training.Trainer.Fit(model, early, data, options: new() { Epochs = 3, BatchSize = 4 })
            .History.Select(epoch => epoch.IsWarmUp).Should().Equal(true, true, false);
    }

    [Fact]
    public void Without_warm_up_and_properties_it_is_Cores_bound()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model(withProperties: false);
        using var batch = Items(model);
        torch.manual_seed(5);
        var ours = new MoleculeElbo(new() { WarmUp = null }).Compute(model, batch);
        torch.manual_seed(5);
        var cores = new Elbo().Compute(model.Vae, batch);
        ours.Loss.ToDouble().Should().BeApproximately(cores.Loss.ToDouble(), 1e-4);
        ours.Terms.Select(term => term.Name).Should().Equal("reconstruction", "kl", "kl_weight");
    }

    [Fact]
    public void The_loss_is_the_weighted_sum_of_its_terms_and_properties_are_said_by_the_mean()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        using var batch = Items(model);
        var objective = new MoleculeElbo(new() { KlWeight = 0.3, PropertyWeight = 4 }) { EpochsFinished = 31 };
        var result = objective.Compute(model, batch);
        var terms = result.Terms.ToDictionary(term => term.Name, term => term.Read());
        terms["kl_weight"].Should().BeApproximately(0.3 / (1 + Math.Exp(0.51 * -2)), 1e-12);
        result.Loss.ToDouble().Should().BeApproximately(
            terms["reconstruction"] + terms["kl_weight"] * terms["kl"] + 4 * terms["property_error"], 1e-4);
        var error = model.Properties!.forward(model.Encode(batch.Items).Mean) - model.StandardisedProperties(batch.Items);
        terms["property_error"].Should().BeApproximately(error.square().sum().ToDouble() / 8, 1e-5);
        objective.ComputeForValidation(model, batch).Terms.Single(term => term.Name == "kl_weight").Read().Should().Be(0.3);
    }

    [Fact]
    public void The_weight_is_of_the_divergence_alone_and_not_of_the_noise()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model();
        using var batch = Items(model);
        // The weights are 4e-7 and 1.
        var (first, last) = (Reconstruction(epoch: 0), Reconstruction(epoch: 119));
        first.Should().Be(last);
        first.Should().NotBe(-model.Decode(model.Encode(batch.Items).Mean).LogProb(model.Tokens(batch.Items)).mean().ToDouble());

        double Reconstruction(int epoch)
        {
            torch.manual_seed(5);
            var result = new MoleculeElbo { EpochsFinished = epoch }.Compute(model, batch);
            return result.Terms.Single(term => term.Name == "reconstruction").Read();
        }
    }

    [Fact]
    public void Extra_padding_changes_nothing()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallMolecules.Model(withProperties: false);
        using var batch = Items(model);
        var z = model.Encode(batch.Items).Mean;
        var padded = torch.nn.functional.pad(batch.Items, [0, 30]);
        model.Decode(z).LogProb(padded).Values().Should().Equal(model.Decode(z).LogProb(batch.Items).Values());
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Refused(() => new MoleculeElbo(new() { KlWeight = -1 }), "*KlWeight*");
        Refused(() => new MoleculeElbo(new() { PropertyWeight = double.NaN }), "*PropertyWeight*");
        Refused(() => new MoleculeElbo(new() { WarmUp = new() { Slope = 0 } }), "*Slope*");
        Refused(() => new MoleculeElbo(new() { WarmUp = new() { Centre = double.PositiveInfinity } }), "*Centre*");
    }

    private static Batch Items(MoleculeVae model)
    {
        using var data = model.Items(SmallMolecules.Table);
        return new(data.InOrder(8).Select(batch => batch.Items.clone()).Single());
    }

    private static void Refused(Func<object?> action, string message)
        => action.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
}
