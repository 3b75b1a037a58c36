using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks that are processes, over Open MPI.</summary>
public sealed class MpiTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OpenMpiFact]
    public void Two_processes_have_the_bits_of_one()
    {
        Run(RankProgram.Command(2, "train", "geco", _folder["outcome"], "true"));
        var alone = new Experiment("geco", Experiment.Short with { SplitBatches = true }).Run();
        RankProgram.Read(_folder["outcome"]).DifferenceFrom(alone).Should().Match<(double Training, double Validation, double Weights)>(
            difference => difference.Training == 0 && difference.Weights == 0 && difference.Validation < 1e-5);
    }

    [OpenMpiFact]
    public void Four_processes_grow_a_prior_as_one_does()
    {
        Run(RankProgram.Command(4, "train", "boosted", _folder["outcome"], "false"));
        var alone = new Experiment("boosted", Experiment.Short).Run();
        var (training, validation, weights) = RankProgram.Read(_folder["outcome"]).DifferenceFrom(alone);
        Math.Max(Math.Max(training, validation), weights).Should().BeLessThan(2e-5);
    }

    [OpenMpiFact]
    public void A_rank_that_throws_ends_the_others_with_its_number_and_message()
    {
        using var ranks = new Ranks(RankProgram.Command(2, "fails", "1"));
        var (code, output) = ranks.End();
        code.Should().NotBe(0);
        output.Should().Contain("rank 1 of 2, on ").And.Contain("failed: InvalidDataException: the disk is gone");
    }

    [OpenMpiFact]
    public void A_run_whose_rank_is_killed_ends_and_goes_on_with_another_number_of_ranks()
    {
        File.WriteAllText(_folder[RankProgram.Hold], "");
        using (var ranks = new Ranks(RankProgram.Command(2, "long", _folder.Folder, $"{RankProgram.LongEpochs}")))
        {
            var victim = ranks.ProcessesOf(2)[1];
            SpinWait.SpinUntil(() => Directory.Exists(_folder["run/last"]), Ranks.Patience).Should().BeTrue();
            Process.GetProcessById(victim).Kill();
            var (code, output) = ranks.End();
            code.Should().NotBe(0);
            // In Open MPI's own words, which may come in lines.
            output.ReplaceLineEndings(" ").Should().MatchRegex("process rank 1 with PID .* on node .* exited on signal 9");
        }
        File.Delete(_folder[RankProgram.Hold]);
        Run(RankProgram.Command(3, "long", _folder.Folder, $"{RankProgram.LongEpochs}"));
        var alone = new Experiment("geco", Experiment.Short with { Epochs = RankProgram.LongEpochs }).Run();
        var (training, validation, weights) = RankProgram.Read(_folder["outcome"]).DifferenceFrom(alone);
        Math.Max(Math.Max(training, validation), weights).Should().BeLessThan(1e-3, "rounding grows over the epochs");
    }

    [OpenMpiFact]
    public void Ranks_with_other_options_are_refused_on_all_of_them() => RequireRefusal("rate", "LearningRate is [0.02], on rank 0 [0.01]");

    [OpenMpiFact]
    public void Ranks_with_another_number_of_parameters_are_refused_on_all_of_them() => RequireRefusal("layers", "model's description is ");

    [OpenMpiFact]
    public void A_rank_without_the_pre_flight_is_refused_on_all_of_them()
        => RequireRefusal("pre-flight", "PreFlight is False, on rank 0 True");

    [OpenMpiFact]
    public void The_same_program_is_one_rank_by_itself()
    {
        Run(RankProgram.Alone("rank")).Should().StartWith("rank 0 of 1");
        Run(RankProgram.Command(2, "rank")).Should().Contain("rank 0 of 2").And.Contain("rank 1 of 2").And.Contain("1 threads");
    }

    private static void RequireRefusal(string what, string difference)
    {
        var output = Run(RankProgram.Command(2, "differs", what));
        foreach (var rank in new[] { 0, 1 })
            output.Should().Contain($"rank {rank}: the ranks do not train the same: Rank 1: {difference}");
    }

    private static string Run(IReadOnlyList<string> command)
    {
        using var ranks = new Ranks(command);
        var (code, output) = ranks.End();
        code.Should().Be(0, output);
        return output;
    }
}
