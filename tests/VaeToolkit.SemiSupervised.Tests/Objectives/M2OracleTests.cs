using TorchSharp;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Objectives;

/// <summary>Identities and closed forms that the objective of M2 must meet.</summary>
public sealed class M2OracleTests : IDisposable
{
    private static readonly M2Options s_sampled = new() { Kl = KlEstimator.Sampled };
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void With_the_exact_posterior_the_labelled_bound_is_the_log_joint_for_every_draw()
    {
        using var model = LinearM2.Model();
        var x = torch.randn(7, 4, dtype: torch.float64) * 2;
        var bounds = new M2Objective(7, 0, s_sampled).BoundOfEveryClass(model, x).Values();
        bounds.Should().Equal(LinearM2.LogJoint(x).SelectMany(row => row), Within(1e-9));
        var classes = torch.tensor(new long[] { 0, 1, 2, 0, 1, 2, 1 });
        new M2Objective(7, 0, s_sampled).LabelledBound(model, x, classes).Values()
            .Should().Equal(LinearM2.LogJoint(x).Select((row, i) => row[new[] { 0, 1, 2, 0, 1, 2, 1 }[i]]), Within(1e-9));
    }

    [Fact]
    public void The_prior_over_classes_is_a_part_of_the_bound()
    {
        using var model = LinearM2.Model();
        using var skewed =
            new M2Model(model.Generative, model.Classifier, model.Labels, LabelPrior.Proportional([5, 3, 2])).to(torch.float64);
        var x = torch.randn(2, 4, dtype: torch.float64);
        var objective = new M2Objective(2, 0, s_sampled);
        var difference = (objective.BoundOfEveryClass(skewed, x) - objective.BoundOfEveryClass(model, x)).Values();
        difference.Should().Equal(new[] { 0.5, 0.3, 0.2, 0.5, 0.3, 0.2 }.Select(share => Math.Log(3 * share)), Within(1e-6));
    }

    [Fact]
    public void With_a_closed_form_divergence_its_error_has_mean_zero()
    {
        using var model = LinearM2.Model();
        var x = torch.randn(3, 4, dtype: torch.float64);
        var exact = LinearM2.LogJoint(x).SelectMany(row => row).ToArray();
        var objective = new M2Objective(3, 0, new() { Samples = 20 });
        var draws = Enumerable.Range(0, 300).Select(_ => objective.BoundOfEveryClass(model, x).Values()).ToArray();
        for (var i = 0; i < exact.Length; i++)
        {
            var values = draws.Select(draw => draw[i]).ToArray();
            var error = Math.Sqrt(values.Sum(v => (v - values.Average()) * (v - values.Average())) / (values.Length - 1) / values.Length);
            values.Average().Should().BeApproximately(exact[i], 4 * error);
            error.Should().BeGreaterThan(0);
        }
    }

    [Fact]
    public void With_the_exact_classifier_the_unlabelled_bound_is_the_mixtures_log_density()
    {
        using var model = LinearM2.Model();
        var x = torch.randn(6, 4, dtype: torch.float64) * 2;
        var (bound, _) = new M2Objective(0, 6, s_sampled).UnlabelledBound(model, x);
        bound.Values().Should().Equal(LinearM2.LogJoint(x).Select(row => Math.Log(row.Sum(Math.Exp))), Within(1e-9));
    }

    [Fact]
    public void Labelled_rows_teach_the_classifier_through_the_classification_alone()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        var (x, classes) = (torch.randn(5, 6, dtype: torch.float64), torch.tensor(new long[] { 0, 1, 2, 1, 0 }));
        var bound = SmallM2.Gradients(model, new M2Objective(5, 0).LabelledBound(model, x, classes).sum());
        bound.Where(g => g.Key.StartsWith("classifier", StringComparison.Ordinal)).Should().OnlyContain(g => g.Value.All(v => v == 0));
        bound["generative.encoder.items.weight"].Should().Contain(v => v != 0);

        using var batch = new Batch(x.alias(), classes.alias());
        var all = SmallM2.Gradients(model, new M2Objective(5, 0).Compute(model, batch).Loss);
        all["classifier.head.weight"].Should().Contain(v => v != 0);
    }

    [Fact]
    public void One_pass_over_all_classes_is_a_loop_over_them()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3, 2)).to(torch.float64);
        var x = torch.randn(5, 6, dtype: torch.float64);
        var objective = new M2Objective(0, 5, new() { Samples = 2 });
        var together = Seeded(() => objective.BoundOfEveryClass(model, x)).reshape(5, 6);
        for (long y = 0; y < 6; y++)
        {
            var classes = torch.full([5L], y, torch.int64);
            // All classes share the noise of an item, so each is what it would be alone with the same seed.
            var alone = Seeded(() => objective.LabelledBound(model, x, classes));
            together.select(1, y).Values().Should().Equal(alone.Values(), Within(1e-10));
        }
    }

    [Fact]
    public void Sharing_the_first_layer_changes_nothing()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        var x = torch.randn(4, 6, dtype: torch.float64);
        var labels = model.Labels.AllRows(x);
        var shared = (DiagonalNormal)model.Generative.Encoder.ForEach(x, labels);
        var repeated = (DiagonalNormal)model.Generative.Encoder.forward(
            x.repeat(3, 1), labels.index_select(0, torch.arange(12, dtype: torch.int64).div(4, torch.RoundingMode.floor)));
        shared.Mean.Values().Should().Equal(repeated.Mean.Values(), Within(1e-12));
        shared.LogVariance.Values().Should().Equal(repeated.LogVariance.Values(), Within(1e-12));
    }

    [Fact]
    public void Renaming_the_classes_changes_nothing()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        using var renamed = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        var order = torch.tensor(new long[] { 2, 0, 1 });
        using (torch.no_grad())
        {
            var (from, to) = (model.state_dict(), renamed.state_dict());
            foreach (var (key, dimension) in new[] { ("generative.encoder.labels.weight", 1L), ("generative.decoder.labels.weight", 1L),
                ("classifier.head.weight", 0L), ("classifier.head.bias", 0L) })
                to[key].copy_(from[key].index_select(dimension, order));
        }
        var x = torch.randn(5, 6, dtype: torch.float64);
        var objective = new M2Objective(0, 5);
        Seeded(() => objective.UnlabelledBound(renamed, x).Bound).Values()
            .Should().Equal(Seeded(() => objective.UnlabelledBound(model, x).Bound).Values(), Within(1e-10));
    }

    [Fact]
    public void Unlabelled_bound_is_at_most_the_log_sum_over_classes_with_equality_at_their_softmax()
    {
        for (long seed = 1; seed <= 5; seed++)
        {
            using var model = SmallM2.Seeded(new LabelSpace(4), seed).to(torch.float64);
            var x = torch.randn(8, 6, dtype: torch.float64);
            var objective = new M2Objective(0, 8);
            var limit = Seeded(() => objective.BoundOfEveryClass(model, x)).logsumexp(1).Values();
            var bound = Seeded(() => objective.UnlabelledBound(model, x).Bound).Values();
            bound.Zip(limit).Should().OnlyContain(pair => pair.First < pair.Second);
            var best = Seeded(() => objective.BoundOfEveryClass(model, x));
            using var ideal = new M2Model(model.Generative, new Fixed(best), model.Labels).to(torch.float64);
            Seeded(() => objective.UnlabelledBound(ideal, x).Bound).Values().Should().Equal(limit, Within(1e-9));
        }
    }

    [Fact]
    public void Gradient_of_equation_21_is_alpha_times_that_of_equation_20_with_its_inverse()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        using var batch = Mixed(4, 5);
        const double Alpha = 0.037;
        var on21 = Seeded(() => SmallM2.Gradients(model, Objective(AlphaWeight.OnBound(Alpha)).Compute(model, batch).Loss));
        var on20 = Seeded(() => SmallM2.Gradients(
            model, Objective(AlphaWeight.OnClassification(1 / Alpha, AlphaConvention.MeanOverLabelled)).Compute(model, batch).Loss));
        // The losses are −J₂₁ and −J₂₀ / N.
        foreach (var (name, gradient) in on21)
            gradient.Should().Equal(on20[name].Select(g => g * Alpha * 120), Within(1e-10 * 120), name);

        static M2Objective Objective(AlphaWeight alpha) => new(20, 100, new() { Alpha = alpha });
    }

    [Fact]
    public void Units_of_alpha_differ_by_the_numbers_of_items()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        using var batch = Mixed(4, 5);
        double Loss(double alpha, AlphaConvention unit)
            => Seeded(() => new M2Objective(20, 100, new() { Alpha = AlphaWeight.OnClassification(alpha, unit) })
                .Compute(model, batch).Loss.ToDouble());
        Loss(0.6, AlphaConvention.PerRow).Should().BeApproximately(Loss(0.6 * 20, AlphaConvention.MeanOverLabelled), 1e-10);
        Loss(0.1, AlphaConvention.TimesItems).Should().BeApproximately(Loss(0.1 * 120, AlphaConvention.MeanOverLabelled), 1e-10);
    }

    [Fact]
    public void Equation_21_with_alpha_zero_trains_the_classifier_alone_bit_for_bit()
    {
        using var data = SmallM2.Clusters(60, 3);
        using var model = SmallM2.Seeded(new LabelSpace(3), classifier: WithDropout());
        var before = model.Generative.state_dict().ToDictionary(p => p.Key, p => p.Value.Values());
        using var alone = WithDropout();
        var options = new TrainingOptions { Epochs = 5, BatchSize = 20, Seed = 3, PreFlight = false };
        Trainer.Fit(model, new M2Objective(60, 0, new() { Alpha = AlphaWeight.OnBound(0) }), data, options: options);
        Trainer.Fit(alone, new CrossEntropy(), data, options: options);
        model.Classifier.state_dict()["fc.weight"].Values().Should().Equal(alone.state_dict()["fc.weight"].Values());
        foreach (var (name, values) in before)
            model.Generative.state_dict()[name].Values().Should().Equal(values, name);

        static torch.nn.Module<torch.Tensor, torch.Tensor> WithDropout()
        {
            using var seed = SeedScope.Begin(9);
            return torch.nn.Sequential(("drop", torch.nn.Dropout(0.3)), ("fc", torch.nn.Linear(6, 3)));
        }
    }

    [Fact]
    public void Equation_20_with_alpha_zero_and_no_unlabelled_items_leaves_the_classifier_where_it_is()
    {
        using var data = SmallM2.Clusters(60, 3);
        using var model = SmallM2.Seeded(new LabelSpace(3));
        var (classifier, decoder) = (model.Classifier.state_dict()["head.weight"].Values(),
            model.Generative.state_dict()["decoder.head.weight"].Values());
        var objective = new M2Objective(60, 0, new() { Alpha = AlphaWeight.OnClassification(0, AlphaConvention.PerRow) });
        Trainer.Fit(model, objective, data, options: new() { Epochs = 3, BatchSize = 20, PreFlight = false });
        model.Classifier.state_dict()["head.weight"].Values().Should().Equal(classifier);
        model.Generative.state_dict()["decoder.head.weight"].Values().Should().NotEqual(decoder);
    }

    [Fact]
    public void With_one_class_the_model_is_an_autoencoder()
    {
        using var model = SmallM2.Seeded(LabelSpace.Trivial).to(torch.float64);
        var x = torch.randn(5, 6, dtype: torch.float64);
        var objective = new M2Objective(0, 5);
        var unlabelled = Seeded(() => objective.UnlabelledBound(model, x).Bound).Values();
        var labelled = Seeded(() => objective.LabelledBound(model, x, torch.zeros(5, dtype: torch.int64))).Values();
        unlabelled.Should().Equal(labelled, Within(1e-12));

        using var vae = new Vae(new OneLabelEncoder(model.Generative), new OneLabelDecoder(model.Generative),
            new VaeToolkit.StandardNormalPrior(2)).to(torch.float64);
        using var batch = new Batch(x.alias());
        Seeded(() => new Elbo().Compute(vae, batch).Loss.ToDouble()).Should().BeApproximately(-labelled.Average(), 1e-10);
    }

    [Fact]
    public void Minibatch_estimates_average_to_the_whole_datas_objective()
    {
        using var model = LinearM2.Model(new MlpClassifier(4, [5], 3));
        var (labelled, classes) = (torch.randn(6, 4, dtype: torch.float64), torch.tensor(new long[] { 0, 1, 2, 2, 1, 0 }));
        var unlabelled = torch.randn(12, 4, dtype: torch.float64);
        foreach (var alpha in new[] { AlphaWeight.Paper, AlphaWeight.OnBound(0.02) })
        {
            var objective = new M2Objective(6, 12, s_sampled with { Alpha = alpha });
            var whole = Loss(objective, model, labelled, classes, unlabelled);
            var parts = Enumerable.Range(0, 3).Select(i => Loss(
                objective, model, labelled.narrow(0, 2 * i, 2), classes.narrow(0, 2 * i, 2), unlabelled.narrow(0, 4 * i, 4))).ToArray();
            parts.Average().Should().BeApproximately(whole, 1e-9);
            parts.Max().Should().BeGreaterThan(parts.Min() + 1e-3, "the parts differ, or the test would say nothing");
        }
    }

    [Fact]
    public void Controlled_generation_of_the_linear_model_has_the_requested_mean_and_covariance()
    {
        const int Count = 40_000;
        using var model = LinearM2.Model();
        for (var y = 0; y < 3; y++)
        {
            var rows = model.Labels.Rows(torch.full([(long)Count], y, torch.int64), torch.ScalarType.Float64);
            var sample = model.Generative.Decode(model.Generative.Prior.Sample(Count).to(torch.float64), rows).Sample();
            var mean = sample.mean([0L]).Values();
            var covariance = (sample - sample.mean([0L])).t().mm(sample - sample.mean([0L])).div(Count - 1).Values();
            for (var i = 0; i < 4; i++)
            {
                mean[i].Should().BeApproximately(LinearM2.Means[y, i], 4 * Math.Sqrt(LinearM2.Covariance[i, i] / Count));
                for (var j = 0; j < 4; j++)
                {
                    var c = LinearM2.Covariance;
                    covariance[4 * i + j].Should().BeApproximately(c[i, j], 4 * Math.Sqrt((c[i, i] * c[j, j] + c[i, j] * c[i, j]) / Count));
                }
            }
        }
    }

    private static Func<double, double, bool> Within(double tolerance) => (a, b) => Math.Abs(a - b) <= tolerance;

    private static T Seeded<T>(Func<T> function)
    {
        using var seed = SeedScope.Begin(17);
        return function();
    }

    private static Batch Mixed(int labelled, int unlabelled)
    {
        var classes = Enumerable.Range(0, labelled + unlabelled).Select(i => i < labelled ? (long)i % 3 : -1).ToArray();
        return new Batch(torch.randn(labelled + unlabelled, 6, dtype: torch.float64), torch.tensor(classes));
    }

    private static double Loss(M2Objective objective, M2Model model, torch.Tensor labelled, torch.Tensor classes, torch.Tensor unlabelled)
    {
        using var batch = new Batch(
            torch.cat([labelled, unlabelled]), torch.cat([classes, torch.full([unlabelled.shape[0]], -1, torch.int64)]));
        return objective.Compute(model, batch).Loss.ToDouble();
    }

    private sealed class Fixed(torch.Tensor logits) : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(Fixed))
    {
        public override torch.Tensor forward(torch.Tensor input) => logits;

        protected override void RegisterComponents()
        {
        }
    }

    private sealed class OneLabelEncoder(ConditionalVae model) : Encoder(nameof(OneLabelEncoder))
    {
        public override long LatentSize => model.LatentSize;

        public override Posterior forward(torch.Tensor input) => model.Encode(input, torch.ones(input.shape[0], 1, dtype: input.dtype));
    }

    private sealed class OneLabelDecoder(ConditionalVae model) : Decoder(nameof(OneLabelDecoder))
    {
        public override long LatentSize => model.LatentSize;

        public override IReadOnlyList<long> ItemShape => model.ItemShape;

        public override Likelihood forward(torch.Tensor input) => model.Decode(input, torch.ones(input.shape[^2], 1, dtype: input.dtype));
    }
}
