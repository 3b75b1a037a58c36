namespace VaeToolkit.Volumes;

/// <summary>
/// Voxel values on a grid, with channels: <c>[C, D, H, W]</c> in memory, x fastest. Images are <c>Volume&lt;float&gt;</c>, label maps
/// <c>Volume&lt;int&gt;</c>, masks <c>Volume&lt;bool&gt;</c>. A volume does not change once it is made.
/// </summary>
/// <typeparam name="T">The type of a voxel.</typeparam>
public sealed class Volume<T>
    where T : unmanaged
{
    /// <summary>A volume over an array, which is not copied and must not be changed afterwards.</summary>
    /// <param name="grid">Where the voxels lie.</param>
    /// <param name="values">Values, x fastest, then y, z and channel.</param>
    /// <param name="channels">Number of channels, at least 1.</param>
    /// <param name="name">What to call it in messages, such as the file's path.</param>
    /// <exception cref="ArgumentException">The number of values is not channels times voxels.</exception>
    public Volume(VoxelGrid grid, T[] values, int channels = 1, string name = "volume")
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (values.LongLength != channels * grid.Size.Count)
            throw new ArgumentException(
                $"{name}: a grid of {grid.Size} with {channels} channels has {channels * grid.Size.Count} values, but "
                + $"{values.LongLength} were given.",
                nameof(values));
        (Grid, Data, Channels, Name) = (grid, values, channels, name);
    }

    /// <summary>Where the voxels lie.</summary>
    public VoxelGrid Grid { get; }

    /// <summary>Number of channels.</summary>
    public int Channels { get; }

    /// <summary>What it is called in messages, such as the file's path.</summary>
    public string Name { get; }

    /// <summary>
    /// What a person should look at, such as a file that was read although it breaks the format; null for nothing. It goes along with
    /// what is made of the volume.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>All values: x fastest, then y, z and channel.</summary>
    public ReadOnlySpan<T> Values => Data;

    /// <summary>The extents of the grid.</summary>
    public VolumeSize Size => Grid.Size;

    /// <summary>The array behind <see cref="Values"/>; only ever read.</summary>
    internal T[] Data { get; }

    /// <summary>The value of a voxel.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    /// <param name="z">Slice.</param>
    /// <param name="channel">Channel.</param>
    /// <exception cref="ArgumentOutOfRangeException">The voxel is not on the grid.</exception>
    public T this[int x, int y, int z, int channel = 0] =>
        Size.Contains(x, y, z) && (uint)channel < (uint)Channels
            ? Data[(channel * (int)Size.Count) + Grid.Index(x, y, z)]
            : throw new ArgumentOutOfRangeException(
                nameof(x), $"Voxel ({x}, {y}, {z}) of channel {channel} is not in {Size} with {Channels} channels.");

    /// <summary>The values of one channel.</summary>
    /// <param name="channel">0 to <see cref="Channels"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such channel.</exception>
    public ReadOnlySpan<T> Channel(int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Channels);
        return Data.AsSpan(channel * (int)Size.Count, (int)Size.Count);
    }

    /// <summary>The volume of a function of each value.</summary>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public Volume<TResult> Select<TResult>(Func<T, TResult> function)
        where TResult : unmanaged =>
        With(Array.ConvertAll(Data, value => function(value)));

    /// <summary>Other values on the same grid, under the same name.</summary>
    /// <typeparam name="TResult">The type of the values.</typeparam>
    /// <param name="values">As many values as this volume has; not copied.</param>
    /// <exception cref="ArgumentException">The number of values differs.</exception>
    public Volume<TResult> With<TResult>(TResult[] values)
        where TResult : unmanaged =>
        On(Grid, values);

    /// <summary>The same values under another name.</summary>
    /// <param name="name">What to call it in messages.</param>
    public Volume<T> Named(string name) => new(Grid, Data, Channels, name) { Warning = Warning };

    /// <summary>
    /// The same values on a grid that differs from this volume's by what files round: how volumes are compared with another tolerance than
    /// the usual one.
    /// </summary>
    /// <param name="grid">The grid.</param>
    /// <param name="tolerance">How far voxels may lie apart, in voxels: see <see cref="VoxelGrid.Matches"/>.</param>
    /// <exception cref="ArgumentException">The grid has other extents, or lies elsewhere.</exception>
    public Volume<T> OnGrid(VoxelGrid grid, double tolerance = VoxelGrid.DefaultTolerance)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return Grid.Matches(grid, tolerance)
            ? On(grid, Data)
            : throw new ArgumentException(FormattableString.Invariant(
                $"{Name} lies on {Grid}, more than {tolerance} voxels away from {grid}."), nameof(grid));
    }

    /// <summary>Name, grid, channels and type of voxels.</summary>
    public override string ToString() => $"{Name}: {Grid}{(Channels == 1 ? "" : $", {Channels} channels")} of {typeof(T).Name}";

    /// <summary>Other values on another grid, with the same channels, name and warning.</summary>
    internal Volume<TResult> On<TResult>(VoxelGrid grid, TResult[] values)
        where TResult : unmanaged =>
        new(grid, values, Channels, Name) { Warning = Warning };
}
