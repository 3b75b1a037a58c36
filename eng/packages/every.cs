// One application with every library, for eng/check-packages.sh, which also publishes it trimmed and ahead of time; it prints every.txt.
#pragma warning disable VT0001 // research-grade: docs/experimental.md
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Distributed;
using VaeToolkit.Evaluation;
using VaeToolkit.Mega;
using VaeToolkit.Molecules;
using VaeToolkit.Onnx;
using VaeToolkit.Pictures;
using VaeToolkit.Reports;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Studies;
using VaeToolkit.Survival;
using VaeToolkit.Training;
using VaeToolkit.VisualFields;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

TorchRuntime.Prepare(Environment.ProcessorCount);
using var seed = SeedScope.Begin(1);
using var scope = torch.NewDisposeScope();
using var digits = ImageData.SyntheticDigits(count: 400, testCount: 100);

// Core: training that is resumed, from a checkpoint that says with what options.
using var vae = new Vae(
    new MlpEncoder(784, latentSize: 5, hidden: [32]), new MlpDecoder(5, [32], ObservationModel.Bernoulli(784)), new StandardNormalPrior(5));
var objective = new Elbo(new ElboOptions { WarmUp = BetaWarmUp.OverSteps(7) });
foreach (var (name, value) in objective.Settings)
    Console.WriteLine($"{name}: {value}");
var options = new TrainingOptions { Epochs = 1, BatchSize = 50, CheckpointDirectory = "run", Seed = 1 };
Console.WriteLine($"{Trainer.Fit(vae, objective, digits, options: options).History.Count} epoch");
var resumed = Trainer.Fit(vae, objective, digits, options: options with { Epochs = 2, Resume = true, Report = true });
Console.WriteLine($"{resumed.Reason}, {resumed.History.Count} epochs, {objective.StepsTaken} steps");
Console.WriteLine($"a page: {File.Exists("run/report.html")}");
vae.SaveWeights("vae.safetensors");
vae.LoadWeights("vae.safetensors");
Console.WriteLine($"samples [{string.Join(", ", vae.Sample(2).shape)}]");
Console.WriteLine($"NLL of {Evaluate.NegativeLogLikelihood(vae, digits.Test!, new() { Samples = 5 }).Items} items");

// Archetypes.
var mixtures = DirichletWeights.Draw(100, archetypes: 3, concentration: 0.5).mm(torch.eye(3, dtype: torch.float64));
Console.WriteLine($"{LinearArchetypes.Fit(mixtures, archetypes: 3).Count} linear archetypes");
using var deep = new DeepArchetypes(
    ArchetypeEncoder.Mlp(3, 3, [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(0.1, 3)), new DirichletPrior(3));
using var rows = deep.Items(mixtures.to(torch.float32));
Trainer.Fit(deep, new ArchetypeObjective(), rows, options: new() { Epochs = 1, BatchSize = 50 });
deep.Save("archetypes");
using var reopened = DeepArchetypes.Load("archetypes");
Console.WriteLine($"{VertexReport.Of(reopened, rows).Nearest.Count} vertices");

// Boosting.
using var boosted = Mpvi.Fit(ToyTarget.TwoModes, new() { Components = 2, Seed = 1 });
Console.WriteLine($"{boosted.Reports.Count} components");

// Mega.
using var small = new Vae(
    new MlpEncoder(4, latentSize: 2, hidden: [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(1.0, 4)), new StandardNormalPrior(2));
var gap = MomentGaps.Between(DataMoments.Of(torch.randn(100, 4)), new VaeMoments(small), new() { Draws = 100 });
Console.WriteLine($"moment gap of {(gap.Sampling is null ? "closed form" : "draws")}");

// Molecules.
var molecules = new MoleculeTable(["CCO", "CCN", "C=O", "c1ccccc1"], ["atoms"], new[,] { { 3.0 }, { 3 }, { 2 }, { 6 } });
using var chemical = new MoleculeVae(
    TokenAlphabet.OfCharacters(molecules.Smiles), 10, PropertyScaling.Fit(molecules),
    new() { LatentSize = 2, Encoder = new() { Channels = [4], Widths = [3] }, Decoder = new() { Hidden = 8 } });
using var strings = chemical.Items(molecules);
Trainer.Fit(chemical, new MoleculeElbo(new() { WarmUp = null }), strings, options: new() { Epochs = 1, BatchSize = 2 });
chemical.Save("molecules");
using var again = MoleculeVae.Load("molecules");
using var surrogate = GaussianProcess.Fit(again.Encode(molecules.Smiles), torch.tensor(molecules.Property("atoms")), new() { Steps = 2 });
Console.WriteLine($"{again.Sample(3, seed: 1).Length} strings, {molecules.Smiles.Count(SmilesChecker.IsValid)} molecules");

// SemiSupervised.
var labels = new LabelSpace(10);
using var few = SemiSupervisedData.HideLabels(digits, perClass: 2, labels, seed: 1);
Console.WriteLine($"{few.LabelledCount} with labels, {few.UnlabelledCount} without");

// Survival and DeepSurvival.
var trial = SimulatedTrial.Draw(patients: 60, seed: 1);
var schema = CovariateSchema.Fit(trial.Table, SimulatedTrial.Covariates);
var cox = CoxModel.Fit(trial.Response, schema.Design(trial.Table), names: schema.DesignNames);
Console.WriteLine($"Cox: {cox.Coefficients.Count} coefficients");
var patients = PatientData.Read(trial.Table, schema, "time", "event", TreatmentSet.OfBinary([.. SimulatedTrial.Treatments]));
var (savae, _) = SavaeTraining.Fit(patients, new() { Epochs = 2, Seed = 1 });
savae.Save("savae");
using var loaded = Savae.Load("savae");
var prediction = SurvivalPredictor.Predict(loaded, loaded.Schema.Encode(trial.Table), new() { Draws = 20, Seed = 1 });
Console.WriteLine($"{Recommend.Treatment(prediction, patient: 0, Utility.RestrictedMean(5)).Ranking.Count} treatments ranked");

// VisualFields.
var layout = FieldLayout.TwentyFourTwo;
var eyes = Enumerable.Range(0, 12).Select(eye => new FieldSeries($"{eye}", $"{eye}", [.. Enumerable.Range(0, 4).Select(
    visit => new VisualField(visit, [.. layout.Places.Select((_, k) => 20.0 + (eye * 7 + visit * k) % 11)]))])).ToList();
var (fields, _) = FieldVae.Fit(new(layout, eyes), new() { LatentSize = 2, Epochs = 1, BatchSize = 20 });
fields.Save("fields");
using var opened = Vae.Load("fields");
var space = new VaeFieldSpace(opened, layout);
Console.WriteLine($"{ProgressionTest.Calibrate(space, new(layout, eyes)).Run(eyes[0]).Orders} orders of visits");

// Volumes and WeightPriors.
var phantom = BrainPhantom.Create(seed: 1, VolumeSize.Cube(16), BrainLesion.Tumour);
NiftiFile.Write("phantom.nii.gz", phantom.Image);
Console.WriteLine(NiftiFile.Read("phantom.nii.gz").Size);
using var net = new UNet3d(UNet3dOptions.Small);
Console.WriteLine($"logits [{string.Join(", ", net.forward(torch.randn([1L, 1, 16, 16, 16])).shape)}]");

// Pictures.
ImageGrid.Save("pictures/noise.png", torch.rand(4, 3, 8, 8), columns: 2, padding: 0);
using var pictures = PictureData.Load("pictures", new() { Height = 8, Width = 8 });
Console.WriteLine(pictures);

// Studies.
var study = new Study<double>("study", new Dictionary<string, double> { ["one"] = 1, ["two"] = 2 }, [1, 2, 3],
    run => new Dictionary<string, double> { ["sum"] = run.Setting + run.Seed });
Console.WriteLine(study.Run().Difference("two", "one", "sum").Mean);

// Distributed.
RankThreads.Run(2, exchange => Console.WriteLine($"{exchange.Collect([exchange.Rank], items: 2).Sum()}"));
Console.WriteLine($"{OpenMpi.Run(exchange => exchange.Size)} rank");

// Onnx and Reports.
Console.WriteLine($"{vae.ExportOnnx("exported").Count} files of ONNX");
Console.WriteLine(Report.Write("run", new() { Data = digits.Test }));
