using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Training;

public sealed class M2TrainingTests : IDisposable
{
    private static readonly LabelSpace s_labels = new(3);
    private static readonly M2TrainingOptions s_options = new()
    {
        Classifier = new() { Epochs = 40, BatchSize = 100, LearningRate = 0.01, Seed = 1 },
        Generative = new() { Epochs = 4, BatchSize = 50, LearningRate = 0.01, Seed = 1 },
        Joint = new() { Epochs = 4, BatchSize = 50, LearningRate = 0.01, Seed = 1 },
    };

    private readonly TensorData _rows = SmallM2.Clusters(300, 1);
    private readonly SemiSupervisedData _data;

    public M2TrainingTests() => _data = SemiSupervisedData.HideLabels(_rows, 1, s_labels, 2, labelledBatch: 10);

    public void Dispose()
    {
        _data.Dispose();
        _rows.Dispose();
    }

    [Fact]
    public void Each_stage_moves_its_own_half_and_the_last_one_both()
    {
        using var model = SmallM2.Seeded(s_labels);
        var (classifier, generative) = (Weights(model.Classifier), Weights(model.Generative));
        M2Training.FitClassifier(model, _data, s_options);
        Weights(model.Generative).Should().Equal(generative);
        Weights(model.Classifier).Should().NotEqual(classifier);
        classifier = Weights(model.Classifier);
        M2Training.FitGenerative(model, _data, s_options);
        Weights(model.Classifier).Should().Equal(classifier);
        Weights(model.Generative).Should().NotEqual(generative);
        generative = Weights(model.Generative);
        M2Training.FitJoint(model, _data, s_options);
        Weights(model.Classifier).Should().NotEqual(classifier);
        Weights(model.Generative).Should().NotEqual(generative);
        model.parameters().Should().OnlyContain(parameter => parameter.requires_grad);
    }

    [Fact]
    public void The_second_stage_reads_the_classifier_without_dropout_and_leaves_its_batch_statistics()
    {
        using var model = SmallM2.Seeded(s_labels, classifier: Normalised(dropout: 0.9));
        using var plain = SmallM2.Seeded(s_labels, classifier: Normalised(dropout: 0));
        // As after a first stage: statistics of the data, not the initial ones.
        foreach (var classifier in new[] { model.Classifier, plain.Classifier })
            classifier.get_buffer("norm.running_mean")!.fill_(0.3);
        var buffers = Buffers(model.Classifier);
        M2Training.FitGenerative(model, _data, s_options);
        M2Training.FitGenerative(plain, _data, s_options);
        Buffers(model.Classifier).Should().Equal(buffers);
        Weights(model.Generative).Should().Equal(Weights(plain.Generative), "with nothing left out, dropout of any share is none");
        model.Classifier.modules().Should().OnlyContain(part => part.training, "the modes are as the trainer left them");
        M2Training.FitJoint(model, _data, s_options);
        Buffers(model.Classifier).Should().NotEqual(buffers);
    }

    [Fact]
    public void The_first_stage_is_cross_entropy_alone()
    {
        using var model = SmallM2.Seeded(s_labels);
        using var same = SmallM2.Seeded(s_labels);
        M2Training.FitClassifier(model, _data, s_options);
        Trainer.Fit(same.Classifier, new CrossEntropy(), _data.Labelled!, options: s_options.Classifier with { BatchSize = 3 });
        Weights(model.Classifier).Should().Equal(Weights(same.Classifier));
    }

    [Fact]
    public void In_three_stages_one_label_a_class_is_enough_for_clusters()
    {
        using var model = SmallM2.Seeded(s_labels);
        var results = M2Training.Fit(model, _data, s_options);
        results.Should().HaveCount(3).And.OnlyContain(result => result.Reason == StopReason.Completed);
        using var test = SmallM2.Clusters(300, 9);
        ClassificationReport.Of(model, test).Accuracy.Should().BeGreaterThan(0.98);
        // The generative half listens to y: it holds nearly all of the log 3 nats that there are.
        var evidence = ClassificationReport.OfEvidence(model, test);
        evidence.Accuracy.Should().BeGreaterThan(0.98);
        evidence.Information.Should().BeInRange(0.9, Math.Log(3));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        using var one = SmallM2.Seeded(s_labels);
        using var other = SmallM2.Seeded(s_labels);
        M2Training.Fit(one, _data, s_options);
        M2Training.Fit(other, _data, s_options);
        Weights(one).Should().Equal(Weights(other));
    }

    [Fact]
    public void A_learned_label_prior_waits_for_the_autoencoder()
    {
        using var parts = SmallM2.Seeded(s_labels);
        using var model = new M2Model(parts.Generative, parts.Classifier, s_labels, LabelPrior.Learned(3));
        M2Training.FitClassifier(model, _data, s_options);
        Weights(model.LabelPrior).Should().Equal(0, 0, 0);
        M2Training.FitGenerative(model, _data, s_options);
        Weights(model.LabelPrior).Should().NotEqual([0.0, 0, 0]);
    }

    [Fact]
    public void Cancelled_runs_leave_later_stages_out_and_data_without_labels_are_refused()
    {
        using var model = SmallM2.Seeded(s_labels);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        M2Training.Fit(model, _data, s_options, cancellationToken: stop.Token)
            .Should().ContainSingle().Which.Reason.Should().Be(StopReason.Cancelled);
        using var none = new SemiSupervisedData(null, _rows, s_labels);
        FluentActions.Invoking(() => M2Training.Fit(model, none)).Should().Throw<ArgumentException>().WithMessage("*no item is labelled*");
    }

    private static Sequential Normalised(double dropout)
    {
        using var seed = SeedScope.Begin(4);
        return torch.nn.Sequential(
            ("fc", torch.nn.Linear(6, 8)), ("norm", torch.nn.BatchNorm1d(8)), ("dropout", torch.nn.Dropout(dropout)),
            ("head", torch.nn.Linear(8, 3)));
    }

    private static double[] Buffers(torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        return [.. module.buffers().SelectMany(buffer => buffer.to(torch.float64).Values())];
    }

    private static double[] Weights(torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        return [.. module.parameters().SelectMany(parameter => parameter.detach().Values())];
    }
}
