// Few labels, many items: a classifier alone, and the same classifier in an M2 model that also learns from items without labels.
using VaeToolkit;
using VaeToolkit.Samples;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--task"] = "digits; stacked (M1 and M1+M2 on digits); table (8×8 digits from the data folder); writers (MNIST's writers "
        + "from the data folder); digits if not given",
    ["--data"] = "auto, fashion-mnist, mnist, synthetic, or a folder with IDX files (mnist where it is found)",
    ["--labels"] = "labelled items in all, a multiple of 10 (100)",
    ["--generative-epochs"] = "passes through the items without labels, of the autoencoder alone (5; stacked 4, table 60)",
    ["--epochs"] = "passes through them, of everything (1; stacked 8, table 30)",
    ["--vae-epochs"] = "epochs of the first autoencoder in stacked (6)",
    ["--unlabelled"] = "pictures without labels in the task of writers (47634, all)",
    ["--part"] = "in the task of writers: digit (which digit it is), writer (who wrote it) or both (both)",
    ["--passes"] = "in the part of the writer: passes of the autoencoder alone through the 97 writers' pictures (120)",
    ["--unwarped!"] = "labelled digits are shown as they are, not turned and stretched a little each time",
    ["--seed"] = "the first seed (1)",
    ["--seeds"] = "runs, each with a seed and labelled items of its own (1)",
    ["--processes"] = SampleStudy.ProcessesHelp + "; in stacked each trains an autoencoder of its own",
    ["--resume!"] = SampleStudy.ResumeHelp,
    ["--out"] = "folder for the pictures (runs/semi-supervised)",
    ["--short!"] = "a few seconds: one epoch on few pictures",
});
var quick = arguments.Has("--short");
var task = arguments.Text("--task", "digits");
var (firstSeed, seeds) = (arguments.Number("--seed", 1, least: 0), arguments.Number("--seeds", 1));
var perClass = arguments.Number("--labels", 100, least: 10) / 10;
var training = ComparisonSettings.For(task, quick);
if (arguments.Has("--unwarped"))
    training = training.Unwarped();
training = training with
{
    GenerativeEpochs = arguments.Number("--generative-epochs", training.GenerativeEpochs),
    JointEpochs = arguments.Number("--epochs", training.JointEpochs),
};
SampleArguments.PrintSettings(
    ("task", task), ("labels", 10 * perClass),
    ("epochs", $"{training.ClassifierEpochs} + {training.GenerativeEpochs} + {training.JointEpochs}"),
    ("objective", training.Objective.Alpha), ("batch", training.Batch), ("warped", training.Warped),
    ("first seed", firstSeed), ("seeds", seeds));
var output = arguments.Text("--out", Path.Combine("runs", "semi-supervised"));
var study = new SeedStudy(arguments, output, firstSeed, seeds);
if (task == "table")
{
    using var table = new TableTask(new("digits.csv", perClass, training));
    table.Run(study);
    SamplePage.Write(output, "A table of which few rows have labels");
    return study.HasFailed ? 1 : 0;
}
var (images, name) = SampleImages.Find(arguments.Text("--data", "mnist-first"), firstSeed);
using var data = images;
Console.WriteLine($"{name}: {data.Count} pictures");
var (train, test) = quick ? (data.First(2_000), data.Test!.First(500)) : (data, data.Test!);
var setting = new TaskSetting($"{name}, {train.Count} pictures", perClass, training);
switch (task)
{
    case "digits":
        using (var digits = new DigitTask(train, test, setting, quick ? 1 : 2, output))
            digits.Run(study);
        break;
    case "stacked":
        var vaeEpochs = arguments.Number("--vae-epochs", quick ? 10 : 6);
        using (var stacked = new StackedTask(train, test, setting with { Data = $"{setting.Data}, {vaeEpochs} epochs of M1" }))
            stacked.Run(vaeEpochs, study);
        break;
    case "writers":
        var writers = WriterFile.Read(Path.Combine(DataFolder.Find("mnist"), "train-writers.csv.gz"));
        Console.WriteLine(
            $"97 writers: {writers.Train.Length} pictures to train on, {writers.Test.Length} to test; {writers.Others.Length} of others");
        var unlabelled = arguments.Number("--unlabelled", quick ? 1_000 : writers.Others.Length);
        setting = setting with { Data = $"{name}, {unlabelled} pictures of other writers" };
        using (var experiment = new WriterTask(data, writers, setting))
        {
            var part = arguments.Text("--part", "both");
            if (part is not ("digit" or "writer" or "both"))
            {
                Console.Error.WriteLine($"--part is '{part}'; it must be digit, writer or both");
                return 2;
            }
            if (part != "writer")
                experiment.RunDigits(study, unlabelled);
            if (part != "digit")
                experiment.RunWriters(study, unlabelled, arguments.Number("--passes", quick ? 1 : 120));
        }
        break;
    default:
        Console.Error.WriteLine($"--task is '{task}'; it must be digits, stacked, table or writers");
        return 2;
}
SampleResult.PrintPeakMemory();
if (task != "digits")
    SamplePage.Write(output, $"Few labels: {task}");
return study.HasFailed ? 1 : 0;
