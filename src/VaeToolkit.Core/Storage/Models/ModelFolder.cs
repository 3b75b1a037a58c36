using System.Text.Json;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Storage;

/// <summary>
/// Models in folders that another program opens without knowing how they were made: <c>model.json</c> describes every part with its
/// options, <c>model.safetensors</c> holds the weights. Whatever the library ships can be opened; parts of your own are registered with
/// <see cref="ModelParts"/>.
/// </summary>
public static class ModelFolder
{
    /// <summary>The file that describes the model.</summary>
    public const string DescriptionFile = "model.json";

    /// <summary>The file of its weights.</summary>
    public const string WeightsFile = "model.safetensors";

    private const string WeightsAlone = "weights alone are for a model that the program makes itself: model.LoadWeights(file)";

    private const string KindPrefix = "vaetoolkit.";

    /// <summary>
    /// Writes a model. A new folder is written under another name and renamed; in one that is there the two files are replaced, the weights
    /// first, and a description that is not of the weights is refused when it is read.
    /// </summary>
    /// <param name="model">The model; it and its parts are <see cref="IDescribedPart"/>s.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="NotSupportedException">A part does not say how it is made.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Save(torch.nn.Module model, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var description = PartDescription.Of(model);
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Directory.Exists(target))
        {
            Write(model, target, description, KindPrefix + description.Part);
            return;
        }
        var incoming = AtomicFile.TemporaryNameFor(target);
        try
        {
            Write(model, incoming, description, KindPrefix + description.Part);
            Directory.Move(incoming, target);
        }
        catch
        {
            if (Directory.Exists(incoming))
                Directory.Delete(incoming, recursive: true);
            throw;
        }
    }

    /// <summary>Makes the model of a folder, in evaluation mode, on the CPU, in the type in which it was saved.</summary>
    /// <typeparam name="TModel">What it must be, such as <see cref="Vae"/>, or <see cref="torch.nn.Module"/> for anything.</typeparam>
    /// <param name="folder">The folder, also a checkpoint of <see cref="Trainer"/> such as <c>run/best</c>.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">Description or weights are damaged; or the description is of a newer library, or of parts
    /// that this program has not; or model or weights are others.</exception>
    /// <exception cref="IOException">The folder or a file is missing or cannot be read.</exception>
    public static TModel Load<TModel>(string folder)
        where TModel : torch.nn.Module
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RequireThere(folder);
        using var document = ModelDocument.Read(Path.Combine(folder, DescriptionFile));
        using var weights = ReadWeights(Path.Combine(folder, WeightsFile));
        if (weights.Metadata.TryGetValue(ModelWeights.FingerprintKey, out var fingerprint) && fingerprint != document.Fingerprint)
            throw new ModelFolderException(
                document.SourceFile, "$.fingerprint", $"it is not that of {WeightsFile}; the two files are of different models");
        var model = Make(document, weights.Tensors.Values.Sum(tensor => tensor.NumberOfElements));
        try
        {
            RequireDescribed(document, model);
            if (model is not TModel wanted)
                throw new ModelFolderException(
                    document.SourceFile, ModelDocument.ModelPath, $"it is a {model.GetType().Name}, not a {typeof(TModel).Name}");
            ModelState.Become(model, weights.Tensors, $"'{weights.SourceFile}'");
            model.eval();
            TrainingRecord.Set(model, document.TrainedWith);
            return wanted;
        }
        catch (Exception e)
        {
            model.Dispose();
            throw e is WeightsMismatchException ? new ModelFolderException(weights.SourceFile, null, e.Message, e) : e;
        }
    }

    /// <summary>
    /// A model of its own with the same parts, weights, types, devices and modes: what <see cref="Load"/> makes of what <see cref="Save"/>
    /// writes, without files.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model. It must not be trained by another thread meanwhile.</param>
    /// <returns>The copy; the caller disposes it.</returns>
    /// <exception cref="NotSupportedException">A part does not say how it is made, or is not registered.</exception>
    public static TModel Copy<TModel>(TModel model)
        where TModel : torch.nn.Module
    {
        using var json = JsonDocument.Parse(DescriptionJson.Write(PartDescription.Of(model)));
        torch.nn.Module copy;
        try
        {
            copy = Build(json.RootElement, null);
        }
        catch (PartException e)
        {
            throw new NotSupportedException(e.Message, e);
        }
        try
        {
            using var scope = torch.NewDisposeScope();
            ModelState.Become(copy, model.state_dict(), "the model");
            foreach (var (part, like) in copy.modules().Prepend(copy).Zip(model.modules().Prepend(model)))
                part.train(like.training);
            foreach (var (parameter, like) in copy.parameters().Zip(model.parameters()))
                parameter.requires_grad = like.requires_grad;
            TrainingRecord.Set(copy, TrainingRecord.Of(model));
            return (TModel)copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Says which file is missing, and what else there may be in its place.</summary>
    private static void RequireThere(string folder)
    {
        if (File.Exists(folder))
            throw new DirectoryNotFoundException($"'{folder}' is a file and no model folder; {WeightsAlone}");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"there is no model folder '{folder}'");
        var (description, weights) = (Path.Combine(folder, DescriptionFile), Path.Combine(folder, WeightsFile));
        if (!File.Exists(description) && File.Exists(weights))
            throw new FileNotFoundException(
                $"'{folder}' has weights and no {DescriptionFile}, as where a part does not say how it is made ({nameof(IDescribedPart)}); "
                + WeightsAlone, description);
    }

    private static SafeTensorsFile ReadWeights(string path)
    {
        try
        {
            return SafeTensors.Read(path);
        }
        catch (Exception e) when (e is SafeTensorsException or UnauthorizedAccessException)
        {
            var problem = e.Message.StartsWith($"{path}: ", StringComparison.Ordinal) ? e.Message[(path.Length + 2)..] : e.Message;
            throw new ModelFolderException(path, null, problem, e);
        }
    }

    /// <summary>Writes the files of a model into a folder.</summary>
    internal static void Write(torch.nn.Module model, string folder, PartDescription description, string kind)
    {
        using var scope = torch.NewDisposeScope();
        ModelWeights.Save(model, Path.Combine(folder, WeightsFile), kind);
        AtomicFile.Write(
            Path.Combine(folder, DescriptionFile), stream => ModelDocument.Write(stream, description, TrainingRecord.Of(model)));
    }

    private static torch.nn.Module Make(ModelDocument document, long mostWeights)
    {
        try
        {
            return Build(document.Description, mostWeights);
        }
        catch (PartException e)
        {
            throw ModelDocument.Refusal(document.SourceFile, e);
        }
    }

    // Initial weights are drawn and then replaced: the caller's random numbers are left as they were.
    private static torch.nn.Module Build(JsonElement description, long? mostWeights)
    {
        using var seed = SeedScope.Begin(0);
        return PartBuilder.Build(description, ModelDocument.ModelPath, mostWeights);
    }

    // A factory of one's own may read an option and forget it.
    private static void RequireDescribed(ModelDocument document, torch.nn.Module model)
    {
        var made = PartDescription.Of(model);
        using var json = JsonDocument.Parse(DescriptionJson.Write(made));
        var differences = DescriptionJson.Differences(document.Description, json.RootElement, "the file has", "the model made from it");
        if (differences.Count > 0)
            throw new ModelFolderException(document.SourceFile, ModelDocument.ModelPath, string.Join("; ", differences));
        if (made.Fingerprint != document.Fingerprint)
            throw new ModelFolderException(
                document.SourceFile, ModelDocument.ModelPath, "the description is not that of its fingerprint; it was changed");
    }
}
