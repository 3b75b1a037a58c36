// The chemical VAE: strings of molecules in a space that is ordered by their properties, and the search for better ones in it.
using VaeToolkit;
using VaeToolkit.Molecules;
using VaeToolkit.Reports;
using VaeToolkit.Samples;

TorchRuntime.Prepare(Environment.ProcessorCount);

var arguments = new SampleArguments(args, new Dictionary<string, string>
{
    ["--data"] = "a CSV file with columns smiles, logp, qed, sas, heavy_atoms (molecules/train.csv under VAETOOLKIT_DATA)",
    ["--epochs"] = "epochs of training (25; 60 with --full)",
    ["--hidden"] = "units of the recurrent layer (256)",
    ["--latent"] = "latent features (56)",
    ["--dropout"] = "tokens hidden from the decoder while training, in percent (10)",
    ["--surrogate"] = "molecules that the Gaussian process is fitted to (400; 800 with --full)",
    ["--samples"] = "strings drawn from the prior (500; 2000 with --full)",
    ["--seed"] = "seed of everything (1)",
    ["--out"] = "folder for the page, the model and the molecules found (runs/molecules)",
    ["--model"] = "a folder with a model that an earlier run has left, to be used instead of training one",
    ["--no-properties!"] = "without the property network: what it buys is what is missing then",
    ["--compare!"] = "a second run without the property network after the first",
    ["--full!"] = "longer, and compared; under an hour on two cores",
    ["--short!"] = "a few seconds: few molecules and epochs, which learn next to nothing",
});
var (isFull, isShort) = (arguments.Has("--full"), arguments.Has("--short"));
var settings = new StudySettings
{
    Epochs = arguments.Number("--epochs", isShort ? 2 : isFull ? 60 : 25),
    Hidden = arguments.Number("--hidden", isShort ? 48 : 256),
    LatentSize = arguments.Number("--latent", 56),
    WordDropout = arguments.Number("--dropout", 10, least: 0) / 100.0,
    SurrogateMolecules = arguments.Number("--surrogate", isShort ? 60 : isFull ? 800 : 400, least: 20),
    Samples = arguments.Number("--samples", isShort ? 50 : isFull ? 2000 : 500),
    Seed = arguments.Number("--seed", 1, least: 0),
    Output = arguments.Text("--out", Path.Combine("runs", "molecules")),
};
if (Find() is not { } table)
    return 2;
if (isShort)
    table = table.Select([.. Enumerable.Range(0, Math.Min(300, table.Count))]);

var withProperties = !arguments.Has("--no-properties");
using var study = new Study(table, settings, withProperties, arguments.Has("--model") ? arguments.Text("--model", "") : null);
if (!arguments.Has("--model"))
    study.Train();
var sections = new List<ReportSection>();
study.PrintScores("");
sections.Add(study.Reconstructions());
sections.Add(study.Space());
if (withProperties)
    sections.Add(new Discovery(study).Run());
if ((isFull || arguments.Has("--compare")) && withProperties)
{
    using var plain = new Study(table, settings, withProperties: false);
    plain.Train();
    plain.PrintScores("_without_properties");
}
SampleArguments.PrintSettings(
    ("molecules", table.Count), ("epochs", settings.Epochs), ("hidden", settings.Hidden), ("latent", settings.LatentSize),
    ("dropout", settings.WordDropout), ("surrogate", settings.SurrogateMolecules), ("samples", settings.Samples), ("seed", settings.Seed));
SampleResult.PrintPeakMemory();
SamplePage.Write(settings.Output, "Molecules", sections);
return 0;

MoleculeTable? Find()
{
    var root = Environment.GetEnvironmentVariable("VAETOOLKIT_DATA");
    var path = arguments.Text("--data", root is null ? "" : Path.Combine(root, "molecules", "train.csv"));
    if (!arguments.Has("--data") && !File.Exists(path))
    {
        Console.WriteLine("No molecules found (VAETOOLKIT_DATA can name the folder that has molecules/train.csv), so strings are made up: "
            + "their properties are invented too, and the figures say nothing about chemistry.");
        return MadeUpMolecules.Draw(isShort ? 300 : 3000, settings.Seed);
    }
    try
    {
        return MoleculeTable.Read(path, MadeUpMolecules.Properties);
    }
    catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
    {
        Console.Error.WriteLine(exception.Message);
        return null;
    }
}
