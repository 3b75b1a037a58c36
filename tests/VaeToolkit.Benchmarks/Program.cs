// Benchmarks: what is compared with PyTorch and plain TorchSharp (`bench`), and what else is timed; `help` lists them.
using VaeToolkit;
using VaeToolkit.Benchmarks;
using VaeToolkit.Benchmarks.Comparison;
using VaeToolkit.Benchmarks.Peers;
using VaeToolkit.Benchmarks.Profiles;
using VaeToolkit.Benchmarks.Ranks;
using VaeToolkit.Samples;

var workloads = new Dictionary<string, Action<SampleArguments>>
{
    ["bench"] = SideBySide.Run,
    ["trials"] = FastPathTrials.Run,
    ["train"] = TrainingWorkload.Run,
    ["plain-train"] = PlainTraining.Run,
    ["memory"] = EvaluationMemory.Run,
    ["segmentation"] = SegmentationWorkload.Run,
    ["floor"] = arguments => ArithmeticFloor.Print(arguments.Number("--threads", 2)),
    ["profile"] = StepProfile.Run,
    ["profile-likelihood"] = LikelihoodProfile.Run,
    ["profile-volume"] = VolumeProfile.Run,
    ["growth"] = Growth.Run,
    ["allocation"] = StepAllocation.Run,
    ["survival"] = SurvivalWorkload.Run,
    ["predict"] = PredictionWorkload.Run,
    ["volume"] = VolumeWorkload.Run,
    ["plain-volume"] = PlainVolumes.Run,
    ["sequences"] = SequenceWorkload.Run,
    ["plain-sequences"] = PlainSequences.Run,
    ["onnx"] = OnnxWorkload.Run,
    ["serve"] = ServingWorkload.Run,
    ["pictures"] = PictureWorkload.Run,
    ["smiles"] = SmilesWorkload.Run,
    ["study"] = StudyWorkload.Run,
    ["ranks"] = RanksWorkload.Run,
    ["exchange"] = RanksWorkload.Exchange,
    ["steps"] = RanksWorkload.Steps,
    ["plan"] = RanksWorkload.Plan,
    ["forecast"] = RanksWorkload.Forecast,
};
var verb = args.FirstOrDefault() ?? "help";
if (verb == "micro")
{
    TorchRuntime.Prepare();
    MicroConfig.Run(args[1..]);
    return 0;
}
if (!workloads.TryGetValue(verb, out var workload))
{
    Console.WriteLine(
        $"usage: {string.Join(" | ", workloads.Keys)} [options], or micro [BenchmarkDotNet's options]; `train --help` lists the options");
    return verb == "help" ? 0 : 2;
}

var arguments = new SampleArguments(args[1..], new Dictionary<string, string>
{
    ["--data"] = "folder with MNIST's IDX files (searched for); smiles: one with validity.csv and train.csv",
    ["--rounds"] = "bench, trials, study: turns of every program (5)",
    ["--beside"] = "trials: busy threads that share the processor with every program (0)",
    ["--limit"] = "bench, trials: seconds that a program may take (240; with --quick 60)",
    ["--quick!"] = "bench: one turn, of fewer epochs and samples",
    ["--workloads"] = "bench: only some workloads, trials: only some paths, with commas",
    ["--device"] = "bench, train, volume: where models and items are (cpu)",
    ["--batch"] = "items a batch (100; volume: 2)",
    ["--threads"] = "threads (2; study 1)",
    ["--epochs"] = "train, pictures, study: epochs (3)",
    ["--rate"] = "train: Adam's rate, in millionths (500)",
    ["--seed"] = "the run's seed (0)",
    ["--nll"] = "train: test images whose likelihood is estimated afterwards (0)",
    ["--nll-samples"] = "train: importance samples an image for that likelihood (500)",
    ["--nll-chunk"] = "train, profile-likelihood: so many of them at once (10)",
    ["--importance"] = "train, profile: samples of the importance-weighted bound; 1 is the ELBO (1)",
    ["--items"] = "train: only the first so many training images (60000); allocation: 6000; pictures: 50000",
    ["--vamp"] = "train, profile: pseudo-inputs of a VampPrior; 0 is the standard prior (0)",
    ["--conv!"] = "train, profile: a convolutional VAE on images padded to 32 by 32",
    ["--whole!"] = "train, profile: batches are not computed in halves",
    ["--plain-operators!"] = "train: likelihoods, volume: the convolution of one channel, by torch's operators",
    ["--rectifiers-apart!"] = "train: rectifiers leave their input alone and write into memory of their own",
    ["--plain-products!"] = "train: fully connected layers by torch's products",
    ["--bfloat16!"] = "train: matrix products and activations of encoder and decoder in bfloat16 while training",
    ["--tf32!"] = "train: products and convolutions on a GPU may round to TF32",
    ["--plain-adam!"] = "train: torch's Adam in place of the fused one",
    ["--differences!"] = "onnx: only how far the answers of every family are apart",
    ["--speed!"] = "onnx: only sizes and times",
    ["--turns"] = "segmentation: turns of five steps each (8); onnx: timed calls of each (200)",
    ["--samples"] = "memory: importance samples an image (5000)",
    ["--out"] = "growth: folder for the plots (runs/growth)",
    ["--rows"] = "survival: patients (100000); predict: patients (1000)",
    ["--draws"] = "predict: latent vectors a patient (1000)",
    ["--columns"] = "survival: covariates (20)",
    ["--edge"] = "volume: voxels along each axis (32)",
    ["--widths"] = "volume: channels of each level, with commas (8,16,32)",
    ["--steps"] = "volume, ranks: training steps (60; ranks: 40)",
    ["--calls"] = "serve: calls of a frozen model (100000)",
    ["--largest"] = "exchange: the largest buffer has 2 to the power of so many bytes (28)",
    ["--model"] = "ranks: mlp, conv or unet (mlp)",
    ["--bytes"] = "exchange: this size only; ranks: also a sum of this size; forecast: of all gradients",
    ["--ranks"] = "forecast: how many (2)",
    ["--byte"] = "forecast: nanoseconds that a byte takes over the network (8)",
    ["--host"] = "plan: seconds in which ranks of this machine add up a gigabyte (0.33)",
    ["--callers"] = "serve: threads that make them (8)",
});
AppContext.SetSwitch("VaeToolkit.PlainOperators", arguments.Has("--plain-operators"));
AppContext.SetSwitch("VaeToolkit.PlainProducts", arguments.Has("--plain-products"));
// Plain TorchSharp comes as it does without this library.
if (!verb.StartsWith("plain-", StringComparison.Ordinal))
    // A study's workers are this program too, and have one thread each.
    TorchRuntime.Prepare(arguments.Number("--threads", verb == "study" ? 1 : 2));
workload(arguments);
return 0;
