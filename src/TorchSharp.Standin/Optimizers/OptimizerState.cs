using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimiser remembers about one parameter. Its tensors belong to it and not to a dispose scope.</summary>
public abstract class OptimizerState
{
    protected readonly Parameter _parameter;

    private protected OptimizerState(Parameter parameter) => _parameter = parameter;

    public abstract void Initialize(OptimizerOptions options);

    public abstract void LoadStateDict(OptimizerState source);

    public abstract void LoadStateDict(BinaryReader reader);

    public abstract void SaveStateDict(BinaryWriter writer);

    public virtual void to(Device device)
    {
    }

    public virtual bool ApproximatelyEquals(OptimizerState other) => false;

    private protected static Tensor Zeros(Tensor like) => Quietly(() => zeros_like(like));

    private protected static Tensor Quietly(Func<Tensor> make)
    {
        using var _ = no_grad();
        return make().DetachFromDisposeScope();
    }

    /// <summary>Copies another state's tensor in, making or dropping ours where only one side has it.</summary>
    private protected static void Take(ref Tensor? own, Tensor? source)
    {
        own?.Dispose();
        own = source is null ? null : Quietly(source.clone);
    }

    private protected static void Move(ref Tensor? own, Device device)
    {
        if (own is null)
            return;
        var moved = own.to(device).DetachFromDisposeScope();
        own.Dispose();
        own = moved;
    }

    private protected static bool Near(Tensor? left, Tensor? right)
        => left is null || right is null ? ReferenceEquals(left, right) : Ops.Allclose.CallNumber(left, right) != 0;

    private protected static void Save(BinaryWriter writer, Tensor? tensor)
    {
        writer.Write(tensor is not null);
        if (tensor is null)
            return;
        using var here = tensor.detach().cpu().contiguous().DetachFromDisposeScope();
        writer.Write((long)here.dtype);
        writer.Write(here.shape.Length);
        foreach (var size in here.shape)
            writer.Write(size);
        writer.Write(here.bytes);
    }

    private protected static void Load(BinaryReader reader, ref Tensor? own, Device device)
    {
        own?.Dispose();
        own = reader.ReadBoolean() ? Read(reader, device).DetachFromDisposeScope() : null;
    }

    private static Tensor Read(BinaryReader reader, Device device)
    {
        var type = (ScalarType)reader.ReadInt64();
        var shape = new long[reader.ReadInt32()];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = reader.ReadInt64();
        using var here = empty(shape, type);
        reader.BaseStream.ReadExactly(here.bytes);
        return here.to(device);
    }
}
