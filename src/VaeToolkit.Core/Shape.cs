using System.Globalization;
using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// Checks of tensor shapes at public boundaries. They come before the native call, because some of TorchSharp's native entry points
/// end the process on a wrong shape, and because a message in the caller's terms is worth more.
/// </summary>
public static class Shape
{
    /// <summary>The shape as it is written in messages: <c>[100, 784]</c>.</summary>
    public static string Text(torch.Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Text(tensor.shape);
    }

    /// <summary>The shape as it is written in messages: <c>[100, 784]</c>.</summary>
    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>The same of an array, which without this overload could as well be TorchSharp's implicit conversion to a tensor.</summary>
    public static string Text(long[] shape) => Text(shape.AsEnumerable());

    /// <summary>The number of values in one item of that shape.</summary>
    public static long Size(IEnumerable<long> shape) => shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Requires a tensor of some ranks whose last axis has a given length.</summary>
    public static void RequireLastAxis(torch.Tensor tensor, long length, string what, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        RequireDense(tensor, name);
        if (tensor.is_complex())
            throw new ArgumentException($"{name} is {EngineError.Name(tensor.dtype)}; it must be of real numbers", name);
        if (tensor.Dimensions < 1 || tensor.shape[^1] != length)
            throw new ArgumentException(Invariant($"{name} has shape {Text(tensor)}; its last axis must be {what}, {length}"), name);
    }

    /// <summary>Items of any shape with so many values, as flat vectors <c>[N, D]</c>.</summary>
    public static torch.Tensor Flat(torch.Tensor items, long size, string name) => Flat(items, [size], name);

    /// <summary>Items in their shape or flat, as flat vectors <c>[N, D]</c>.</summary>
    public static torch.Tensor Flat(torch.Tensor items, IReadOnlyList<long> itemShape, string name)
    {
        RequireItems(items, itemShape, name);
        return items.Dimensions == 2 ? items : items.flatten(1);
    }

    /// <summary>
    /// Requires items <c>[N, *item]</c>, at least one, in a model's item shape or flat: another shape of the same count, such as channels
    /// last, has its values elsewhere. Where the model's own items are flat, items of any shape are.
    /// </summary>
    public static void RequireItems(torch.Tensor items, IReadOnlyList<long> itemShape, string name)
    {
        ArgumentNullException.ThrowIfNull(items, name);
        RequireDense(items, name);
        var shape = items.shape;
        if (shape.Length < 2 || Size(shape[1..]) != Size(itemShape)
            || (itemShape.Count > 1 && shape.Length > 2 && !shape[1..].SequenceEqual(itemShape)))
        {
            var right = itemShape.Count == 1 ? "[N, ...]" : $"[N, {string.Join(", ", itemShape)}], or flat,";
            throw new ArgumentException($"{name} has shape {Text(shape)}; it must be {right} with {Size(itemShape)} values an item"
                + (IsReordered(shape, itemShape) ? "; its axes are in another order, so permute them first" : ""), name);
        }
        if (shape[0] == 0)
            throw new ArgumentException($"{name} has shape {Text(shape)}; there must be at least one item", name);
    }

    /// <summary>
    /// Requires every value of items <c>[N, *item]</c> to be finite. Reads the whole tensor, but not within a step of training or
    /// validation: there the data were looked at before and the loss is after, and a GPU is not waited for.
    /// </summary>
    public static void RequireFinite(torch.Tensor items, string name) => RequireFinite(items, name, before: 0);

    /// <summary>The same of a batch of data, of which some items came before it: the message says which of all it is.</summary>
    public static void RequireFinite(torch.Tensor items, string name, long before)
    {
        ArgumentNullException.ThrowIfNull(items, name);
        RequireDense(items, name);
        if (TrainingStep.IsComputed || items.device_type == DeviceType.META || !items.is_floating_point())
            return;
        if (FirstNonFinite(items) is { } bad)
            throw new ArgumentException(
                $"{name} holds NaN or infinity in item {before + bad[0]}, at {Text([before + bad[0], .. bad.AsSpan(1)])}; mask or replace "
                + "such values first", name);
    }

    /// <summary>
    /// The same of what a model is called with, but for a tensor that gradients flow through: that is what a step of training has drawn,
    /// and its loss is looked at instead.
    /// </summary>
    public static void RequireFiniteInput(torch.Tensor input, string name)
    {
        ArgumentNullException.ThrowIfNull(input, name);
        if (!input.requires_grad)
            RequireFinite(input, name);
    }

    /// <summary>
    /// A model's answers <c>[N, ...]</c>, if none is NaN: finite items whose values are too large for the model's type end in that.
    /// </summary>
    /// <exception cref="ArithmeticException">One is NaN; the message names the item.</exception>
    public static torch.Tensor RequireAnswers(torch.Tensor answers, string name) => RequireAnswers(answers, name, before: 0);

    /// <summary>The same for a batch of data, of which some items came before it: the message says which of all it is.</summary>
    /// <exception cref="ArithmeticException">One is NaN; the message names the item.</exception>
    public static torch.Tensor RequireAnswers(torch.Tensor answers, string name, long before)
        => RequireAnswers(answers, itemAxis: 0, name, before);

    /// <summary>
    /// What a model decoded of latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>, if none of <see cref="Likelihood.Parameters"/> is NaN.
    /// Within a step of training or validation, and of latent vectors that gradients flow through, that is not looked at.
    /// </summary>
    /// <param name="likelihood">p(x|z).</param>
    /// <param name="latents">z.</param>
    /// <param name="name">What the latent vectors are called in the message.</param>
    /// <exception cref="ArithmeticException">One is NaN; the message names the latent vector.</exception>
    public static Likelihood RequireAnswers(Likelihood likelihood, torch.Tensor latents, string name)
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(latents);
        if (TrainingStep.IsComputed || latents.requires_grad)
            return likelihood;
        var itemAxis = Math.Max(0, (int)latents.Dimensions - 2);
        foreach (var parameter in likelihood.Parameters)
        {
            // One number that all items share, such as a variance, is no item's own.
            if (parameter.Dimensions > itemAxis && parameter.shape[itemAxis] == latents.shape[itemAxis])
                RequireAnswers(parameter, itemAxis, name);
            else if (parameter.device_type != DeviceType.META && !FiniteValues.Are(parameter) && HasNaN(parameter))
                throw new ArithmeticException($"a number that all answers for {name} share is NaN: the weights are not finite");
        }
        return likelihood;
    }

    private static bool HasNaN(torch.Tensor values)
    {
        using var scope = torch.NewDisposeScope();
        return values.detach().isnan().any().ToBoolean();
    }

    internal static torch.Tensor RequireAnswers(torch.Tensor answers, int itemAxis, string name, long before = 0)
    {
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.device_type == DeviceType.META || FiniteValues.Are(answers))
            return answers;
        using var scope = torch.NewDisposeScope();
        var places = answers.detach().isnan().nonzero();
        return places.shape[0] == 0 ? answers : throw new ArithmeticException(
            $"the answer for item {before + places[0, itemAxis].ToInt64()} of {name} is NaN: its values are too large for the model, "
            + "or the weights are not finite");
    }

    /// <summary>The place of the first NaN or infinity, or null.</summary>
    internal static long[]? FirstNonFinite(torch.Tensor items)
    {
        if (FiniteValues.Are(items))
            return null;
        using var scope = torch.NewDisposeScope();
        var bad = items.detach().isfinite().logical_not().flatten().to(torch.uint8);
        if (!bad.any().ToBoolean())
            return null;
        // argmax is the first of equals; places of all of them would be more memory than the values.
        var (first, place) = (bad.argmax().ToInt64(), items.Dimensions == 0 ? [0L] : items.shape.ToArray());
        for (var axis = place.Length - 1; axis >= 0; axis--)
            (first, place[axis]) = (first / Math.Max(1, place[axis]), first % Math.Max(1, place[axis]));
        return place;
    }

    /// <summary>A sample count of at least one.</summary>
    public static void RequirePositive(long value, string what, string name)
    {
        if (value < 1)
            throw new ArgumentOutOfRangeException(name, value, Invariant($"{what} must be at least 1"));
    }

    /// <summary>A shape whose axes are all positive.</summary>
    public static long[] RequireItemShape(IReadOnlyList<long> shape, string name)
    {
        ArgumentNullException.ThrowIfNull(shape, name);
        if (shape.Count == 0 || shape.Any(length => length < 1))
            throw new ArgumentException($"{name} is {Text(shape)}; an item needs at least one axis, and every axis at least 1", name);
        if (WeightCount.Product([.. shape]) < 0)
            throw new ArgumentException($"{name} is {Text(shape)}; an item of so many values cannot be counted", name);
        return [.. shape];
    }

    /// <summary>Requires a tensor to be where another is.</summary>
    internal static void RequireOnSameDevice(torch.Tensor tensor, torch.Tensor other, string name, string othersAre)
    {
        if (tensor.device_type != other.device_type || tensor.device_index != other.device_index)
        {
            var way = tensor.device_type == DeviceType.META || other.device_type == DeviceType.META
                ? "meta keeps no values, so make it anew where the others are" : $"move one of them, such as {name}.to(\"{other.device}\")";
            throw new ArgumentException($"{name} is on {tensor.device}, {othersAre} on {other.device}; {way}", name);
        }
    }

    /// <summary>Requires a tensor whose values there are.</summary>
    internal static void RequireValues(torch.Tensor tensor, string name)
    {
        if (tensor.device_type == DeviceType.META)
            throw new ArgumentException($"{name} is on the device 'meta', which keeps no values to look at", name);
    }

    private static void RequireDense(torch.Tensor tensor, string name)
    {
        if (tensor.is_sparse)
            throw new ArgumentException($"{name} is sparse; make it dense, {name}.to_dense()", name);
    }

    private static bool IsReordered(long[] shape, IReadOnlyList<long> itemShape)
        => itemShape.Count > 1 && shape.Length == itemShape.Count + 1 && !shape[1..].SequenceEqual(itemShape)
            && shape[1..].Order().SequenceEqual(itemShape.Order());

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
