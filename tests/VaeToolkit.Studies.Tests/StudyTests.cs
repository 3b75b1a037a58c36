using System.Diagnostics;

namespace VaeToolkit.Studies.Tests;

public sealed class StudyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_setting_is_run_with_every_seed_and_only_what_is_missing_is_run_again()
    {
        var done = new List<(string, long)>();
        var study = Study(run =>
        {
            done.Add((run.Name, run.Seed));
            return new() { ["sum"] = run.Setting + run.Seed };
        });
        study.Read().Missing.Should().Be(4);
        var results = study.Run();
        done.Should().Equal(("a", 5), ("b", 5), ("a", 7), ("b", 7));
        results.Records.Select(record => (record.Setting, record.Seed, record.Figures["sum"])).Should().Equal(
            ("a", 5, 15), ("a", 7, 17), ("b", 5, 25), ("b", 7, 27));
        results.Missing.Should().Be(0);
        study.Run().ToString().Should().Be(results.ToString());
        done.Should().HaveCount(4, "nothing was missing");
        File.Delete(Path.Combine(_folder.Folder, "a", "seed-7", "record.json"));
        study.Run();
        done.Should().HaveCount(5).And.EndWith(("a", 7L));
        study.Run(new() { Resume = false });
        done.Should().HaveCount(9, "all were asked for anew");
    }

    [Fact]
    public void A_run_that_throws_is_recorded_and_is_tried_again_when_that_is_asked_for()
    {
        var (fails, tries) = (true, 0);
        var study = Study(run =>
        {
            tries++;
            return run is { Name: "b", Seed: 7 } && fails ? throw new ArithmeticException("not finite\nat step 3") : new() { ["x"] = 1 };
        });
        var results = study.Run();
        results.Records.Should().HaveCount(4);
        var failed = results.Failed.Should().ContainSingle().Which;
        failed.Error.Should().StartWith("System.ArithmeticException: not finite");
        results.ToString().Should().Contain("failed: b, seed 7: System.ArithmeticException: not finite");
        study.Run(new() { RetryFailed = false }).Failed.Should().HaveCount(1);
        tries.Should().Be(4);
        fails = false;
        study.Run().Failed.Should().BeEmpty();
        tries.Should().Be(5);
    }

    [Fact]
    public void Figures_of_another_setting_of_the_same_name_and_damaged_records_are_refused()
    {
        Study(_ => new() { ["x"] = double.NaN, ["y"] = double.PositiveInfinity }).Run()
            .Records[0].Figures.Should().Equal(new Dictionary<string, double> { ["x"] = double.NaN, ["y"] = double.PositiveInfinity });
        var other = new Study<int>(_folder.Folder, new Dictionary<string, int> { ["a"] = 11 }, [5], _ => new Dictionary<string, double>());
        FluentActions.Invoking(() => other.Run())
            .Should().Throw<InvalidDataException>().WithMessage("*record.json*it was 10, and is 11 now*");
        var record = Path.Combine(_folder.Folder, "a", "seed-5", "record.json");
        File.WriteAllText(record, "\uFEFF" + File.ReadAllText(record));
        Study(_ => new()).Read().Records.Select(run => (run.Setting, run.Seed)).Should().Contain(("a", 5L));
        foreach (var content in new[] { "", "null", "[]", "{\"setting\": \"b\", \"seed\": 5}", File.ReadAllText(record)[..50] })
        {
            File.WriteAllText(record, content);
            FluentActions.Invoking(() => Study(_ => new()).Read())
                .Should().Throw<InvalidDataException>(content).WithMessage("*record.json*");
        }
    }

    [Fact]
    public void A_run_that_returns_null_has_failed_and_figures_that_are_not_finite_or_lack_are_said()
    {
        var study = Study(run => (run.Name, run.Seed) switch
        {
            ("a", 5) => new() { ["x"] = double.NaN, ["y"] = 1 },
            ("a", 7) => null!,
            ("b", 5) => new() { ["x"] = 2, ["y"] = double.NegativeInfinity },
            _ => new() { ["x"] = 3 },
        });
        var results = study.Run();
        results.Failed.Should().ContainSingle().Which.Error.Should().Be(
            "the run of 'a' (10) with seed 7 returned null; it must return its figures by name");
        string[] findings =
            ["a, seed 5: 'x' is NaN", "b, seed 5: 'y' is -Infinity", "b, seed 7: there is no 'y', which other runs have"];
        results.Findings.Should().Equal(findings);
        results.ToString().Should().EndWith(string.Join(Environment.NewLine, findings)).And.Contain("failed: a, seed 7: the run of 'a'");
        Study(_ => new() { ["x"] = 1 }).Run().Failed.Should().BeEmpty("a run that failed is tried again");
    }

    [Fact]
    public void A_study_that_begins_anew_finds_nothing_of_the_earlier_one_and_loses_nothing_of_it()
    {
        var results = new List<double>();
        var study = Study(run =>
        {
            File.Exists(Path.Combine(run.Folder, "weights")).Should().BeFalse("a run that begins anew does not go on from a checkpoint");
            File.WriteAllText(Path.Combine(run.Folder, "weights"), $"{results.Count}");
            results.Add(run.Seed);
            return new() { ["x"] = results.Count };
        });
        study.Run();
        var (folder, before) = (Path.Combine(_folder.Folder, "a", "seed-5"), study.Read().ToString());
        FluentActions.Invoking(() => study.Run(new() { Resume = false }, cancellation: new(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => study.Run(new() { Resume = false, Processes = -1 })).Should().Throw<ArgumentOutOfRangeException>();
        study.Read().ToString().Should().Be(before, "nothing was begun");
        study.Run(new() { Resume = false, Share = new(0, 4) });
        study.Run(new() { Resume = false, Share = new(0, 4) });
        File.ReadAllText(Path.Combine(folder, "weights.earlier")).Should().Be("0");
        File.ReadAllText(Path.Combine(folder, "weights.earlier-2")).Should().Be("4");
        File.ReadAllText(Path.Combine(folder, "record.json.earlier")).Should().Contain("\"x\": 1");
        study.Read().Values("a", "x").Should().Equal(new Dictionary<long, double> { [5] = 6, [7] = 3 });
        Directory.GetFiles(Path.Combine(_folder.Folder, "b", "seed-5")).Should().HaveCount(3, "it is another process's");
    }

    [Fact]
    public void Shares_divide_the_runs_and_together_do_each_once()
    {
        var done = new List<(string, long)>();
        var study = Study(run =>
        {
            done.Add((run.Name, run.Seed));
            return new() { ["x"] = 1 };
        });
        study.Run(new() { Share = new(1, 3) }).Missing.Should().Be(3);
        done.Should().Equal(("b", 5));
        study.Run(new() { Share = new(0, 3) }).Missing.Should().Be(1);
        study.Run(new() { Share = new(2, 3) }).Missing.Should().Be(0);
        done.Should().Equal(("b", 5), ("a", 5), ("b", 7), ("a", 7));
    }

    [Fact]
    public void Progress_is_a_table_of_what_is_done_and_a_study_can_be_ended()
    {
        using var end = new CancellationTokenSource();
        var heard = new List<string>();
        var progress = new Heard(heard.Add);
        var study = Study(run =>
        {
            if (run.Seed == 7)
                end.Cancel();
            run.Cancellation.ThrowIfCancellationRequested();
            return new() { ["x"] = 1 };
        });
        FluentActions.Invoking(() => study.Run(progress: progress, cancellation: end.Token)).Should().Throw<OperationCanceledException>();
        heard[^2].Should().Be(string.Join(
            Environment.NewLine, "setting  done  failed  running  waiting", "a           1       0        0        1",
            "b           1       0        0        1"));
        heard[^1].Should().Contain("a           1       0        1        0");
        study.Read().Missing.Should().Be(2, "a run that was ended has no record");
    }

    [Fact]
    public void Workers_run_in_processes_of_their_own_and_the_end_of_one_stops_no_other()
    {
        var study = WorkerProgram.Study(_folder.Folder, seeds: 3);
        var results = study.Run(new() { Processes = 3, ThreadsEach = 3, Worker = WorkerProgram.Command(_folder.Folder, 3) });
        results.Records.Should().HaveCount(9);
        results.Values("fine", "ten_times").Values.Should().Equal(10, 20, 30);
        results.Values("fine", "processors").Values.Should().OnlyContain(count => count == 3, "a worker has the threads it was given");
        results.Values("fine", "profiles").Values.Should().OnlyContain(
            count => count == 0, "what .NET compiles beside a worker would take its neighbour's time");
        results.Failed.Should().HaveCount(2);
        results.Failed.Single(record => record.Setting == "throws").Error.Should().Contain("seed 2 does not suit");
        results.Failed.Single(record => record.Setting == "dies").Error
            .Should().Contain("ended with 77").And.Contain("log.txt").And.Contain("out of luck");
        File.ReadAllText(Path.Combine(_folder.Folder, "fine", "seed-1", "log.txt")).Should().Be($"fine, seed 1{Environment.NewLine}");
    }

    [Fact]
    public void A_worker_of_one_thread_makes_its_data_without_another()
    {
        var study = WorkerProgram.Study(_folder.Folder, seeds: 1);
        var results = study.Run(new() { Processes = 1, ThreadsEach = 1, Worker = WorkerProgram.Command(_folder.Folder, 1) });
        results.Values("fine", "processors").Values.Should().Equal(1);
        results.Values("fine", "pooled").Values.Should().Equal(0);
    }

    [OpenMpiFact]
    public void Processes_of_mpirun_do_a_share_each_and_whoever_is_last_has_all()
    {
        string[] command = ["--allow-run-as-root", "--oversubscribe", "-n", "2", .. WorkerProgram.Command(_folder.Folder, 2, processes: 1)];
        using var ranks = Process.Start(new ProcessStartInfo("mpirun", command) { RedirectStandardOutput = true })!;
        var output = ranks.StandardOutput.ReadToEndAsync();
        if (!output.Wait(TimeSpan.FromMinutes(5)))
            ranks.Kill(entireProcessTree: true);
        ranks.WaitForExit();
        ranks.ExitCode.Should().Be(0, output.Result);
        var results = WorkerProgram.Study(_folder.Folder, seeds: 2).Read();
        results.Missing.Should().Be(0);
        // Each has written what it read last; both may have read all.
        new[] { 0, 1 }.Select(share => File.ReadAllText(_folder[$"share-{share}.txt"])).Should().Contain(results.ToString());
        results.Records.Where(record => record.Succeeded)
            .Select(record => (record.Setting, record.Seed, record.Figures["ten_times"], record.Figures["share"])).Should().Equal(
                ("fine", 1, 10, 0), ("fine", 2, 20, 1), ("throws", 1, 10, 1), ("dies", 1, 10, 0));
        results.Failed.Select(record => (record.Setting, record.Seed)).Should().Equal(("throws", 2), ("dies", 2));
        results.Records.Select(record => File.ReadAllLines(_folder[$"{record.Setting}/seed-{record.Seed}/done.txt"]).Length)
            .Should().AllBeEquivalentTo(1, "nobody does another's share");
    }

    [Fact]
    public void A_study_that_is_killed_goes_on_where_it_stood()
    {
        File.WriteAllText(_folder["wait"], "");
        var command = WorkerProgram.Command(_folder.Folder, seeds: 2);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true };
        using (var study = Process.Start(start)!)
        {
            // The first three runs are of seed 1; the fourth says that it begins, and waits.
            string? line;
            while ((line = study.StandardOutput.ReadLine()) is not null and not "fine, seed 2")
                line.Should().EndWith("seed 1");
            line.Should().NotBeNull();
            study.Kill(entireProcessTree: true);
            study.WaitForExit();
        }
        var rest = WorkerProgram.Study(_folder.Folder, seeds: 2);
        rest.Read().Records.Select(record => (record.Setting, record.Seed)).Should().Equal(("fine", 1), ("throws", 1), ("dies", 1));
        File.Delete(_folder["wait"]);
        var results = rest.Run(new() { Processes = 2, Worker = WorkerProgram.Command(_folder.Folder, 2) });
        results.Missing.Should().Be(0);
        results.Values("fine", "ten_times").Values.Should().Equal(10, 20);
        File.ReadAllLines(Path.Combine(_folder.Folder, "fine", "seed-1", "done.txt")).Should().HaveCount(1, "it was done before the kill");
        results.Failed.Select(record => record.Seed).Should().Equal(2, 2);
    }

    [Fact]
    public void A_worker_that_cannot_be_started_is_a_failed_run()
        => WorkerProgram.Study(_folder.Folder, seeds: 1).Run(new() { Processes = 1, Worker = [_folder["no-program"]] })
            .Failed.Should().HaveCount(3).And.OnlyContain(record => record.Error!.StartsWith("the worker could not be started"));

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        var settings = new Dictionary<string, int> { ["a"] = 1 };
        Refused(() => new Study<int>(_folder.Folder, new Dictionary<string, int>(), [1], None), "*0 settings and 1 seeds*");
        Refused(() => new Study<int>(_folder.Folder, settings, [1, 2, 1], None), "*1, 2, 1 are not all different*");
        Refused(() => new Study<int>(_folder.Folder, new Dictionary<string, int> { ["A"] = 1, ["a"] = 2 }, [1], None), "*A and a are one*");
        foreach (var name in new[] { "a/b", "..", " ", "a\\b" })
            Refused(() => new Study<int>(_folder.Folder, new Dictionary<string, int> { [name] = 1 }, [1], None), $"*'{name}'*folder*");
        var study = new Study<int>(_folder.Folder, settings, [1], None);
        FluentActions.Invoking(() => study.Run(new() { Processes = -1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => study.Run(new() { ThreadsEach = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        Refused(() => study.Run(new() { Worker = [] }), "Worker is empty*");

        static Dictionary<string, double> None(StudyRun<int> run) => [];
        static void Refused(Func<object> action, string message)
            => FluentActions.Invoking(action).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private Study<int> Study(Func<StudyRun<int>, Dictionary<string, double>> run)
        => new(_folder.Folder, new Dictionary<string, int> { ["a"] = 10, ["b"] = 20 }, [5, 7], run);

    private sealed class Heard(Action<string> hear) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) => hear(value.ToString());
    }
}
