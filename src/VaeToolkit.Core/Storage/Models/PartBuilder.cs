using System.Text.Json;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>Makes a model from its description, and disposes what was made when the rest cannot be.</summary>
/// <param name="mostWeights">How many weights the model may have: those of the file that they are read from. Null for any number.</param>
internal sealed class PartBuilder(long? mostWeights)
{
    private readonly List<torch.nn.Module> _made = [];
    private long _weights;

    /// <exception cref="PartException">It cannot be made.</exception>
    internal static torch.nn.Module Build(JsonElement description, string path, long? mostWeights)
    {
        var builder = new PartBuilder(mostWeights);
        try
        {
            return builder.Make<torch.nn.Module>(description, path, null);
        }
        catch
        {
            builder._made.ForEach(part => part.Dispose());
            throw;
        }
    }

    internal TPart Make<TPart>(JsonElement description, string path, torch.nn.Module? given)
        where TPart : torch.nn.Module
    {
        try
        {
            var options = new PartOptions(description, path, this, given);
            var factory = ModelParts.Find(options.PartName) ?? throw Unknown(options.PartName, path);
            var part = factory(options) ?? throw new PartException(path, $"the factory of '{options.PartName}' made nothing");
            _made.Add(part);
            options.RequireAllRead();
            return part as TPart
                ?? throw new PartException(path, $"'{options.PartName}' is a {part.GetType().Name}; a {typeof(TPart).Name} is needed here");
        }
        catch (Exception e) when (e is not (PartException or OutOfMemoryException))
        {
            // libtorch's messages go on with its stack, .NET's with the value.
            throw new PartException(path, EngineError.MessageOf(e).ReplaceLineEndings(" "), e);
        }
    }

    internal void Count(long weights, string path)
    {
        if (mostWeights is not { } most)
            return;
        if (weights < 0 || weights > most - _weights)
            throw new PartException(path, $"a part of these sizes has more weights than the file holds ({most})");
        _weights += weights;
    }

    private static PartException Unknown(string part, string path) => new(
        path, $"this program has no part '{part}'; if it is one of your own, write once, before the model is loaded: "
        + ModelParts.LineFor(part, "new ...(...)"));
}
