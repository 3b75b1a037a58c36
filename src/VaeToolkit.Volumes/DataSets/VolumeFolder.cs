namespace VaeToolkit.Volumes;

/// <summary>
/// A folder of NIfTI images and label maps, read when they are asked for. Images and labels of one name are a case, in <c>imagesTr</c> and
/// <c>labelsTr</c> (Medical Segmentation Decathlon, nnU-Net) or in <c>images</c> and <c>labels</c>; where images end in <c>_0000</c>,
/// <c>_0001</c>, ... those are a case's channels.
/// </summary>
public sealed class VolumeFolder
{
    private readonly Func<VolumeCase, VolumeCase> _preparation;
    private readonly int _cacheSize;
    private readonly double _gridTolerance;
    private readonly Dictionary<int, LinkedListNode<(int Index, VolumeCase Case)>> _cached = [];
    private readonly LinkedList<(int Index, VolumeCase Case)> _recent = new();

    private VolumeFolder(
        VolumePairs pairs, DataSetDescription? description, Func<VolumeCase, VolumeCase> preparation, int cacheSize, double gridTolerance)
    {
        (Cases, Unpaired, Description) = (pairs.Cases, pairs.Unpaired, description);
        (_preparation, _cacheSize, _gridTolerance) = (preparation, cacheSize, gridTolerance);
    }

    /// <summary>The cases in order of their names.</summary>
    public IReadOnlyList<VolumeFiles> Cases { get; }

    /// <summary>Files that have no partner and are left alone.</summary>
    public IReadOnlyList<string> Unpaired { get; }

    /// <summary>What the folder's <c>dataset.json</c> says, or null where there is none.</summary>
    public DataSetDescription? Description { get; }

    /// <summary>The number of cases.</summary>
    public int Count => Cases.Count;

    /// <summary>Looks for cases; reads no volume.</summary>
    /// <param name="folder">The folder that has the two folders.</param>
    /// <param name="preprocessing">What is done to each case, or null for nothing.</param>
    /// <param name="cacheSize">How many prepared cases are kept, those used last; at least 0.</param>
    /// <param name="gridTolerance">How far voxels of a case's files may lie apart, in voxels: see <see cref="VoxelGrid.Matches"/>. The
    /// first image's grid is then that of all.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cache's size or the tolerance is negative.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder has neither pair of folders.</exception>
    /// <exception cref="FileNotFoundException">There is no case.</exception>
    /// <exception cref="InvalidDataException">The folder's <c>dataset.json</c> is damaged, or two files differ only in their ending:
    /// the message names both.</exception>
    public static VolumeFolder Open(
        string folder, Preprocessing? preprocessing = null, int cacheSize = 64, double gridTolerance = VoxelGrid.DefaultTolerance) =>
        OpenWith(folder, preprocessing is null ? item => item : preprocessing.Apply, cacheSize, gridTolerance);

    /// <summary>
    /// Looks for cases, which are prepared by steps of your own, such as skull stripping or alignment with a template; reads no volume.
    /// </summary>
    /// <param name="folder">The folder that has the two folders.</param>
    /// <param name="preparation">What is done to each case. What keeps a case's world and
    /// <see cref="VolumeCase.OriginalGrid"/> can be undone by restoring.</param>
    /// <param name="cacheSize">How many prepared cases are kept, those used last; at least 0.</param>
    /// <param name="gridTolerance">How far voxels of a case's files may lie apart, in voxels: see <see cref="VoxelGrid.Matches"/>. The
    /// first image's grid is then that of all.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cache's size or the tolerance is negative.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder has neither pair of folders.</exception>
    /// <exception cref="FileNotFoundException">There is no case.</exception>
    /// <exception cref="InvalidDataException">The folder's <c>dataset.json</c> is damaged, or two files differ only in their ending:
    /// the message names both.</exception>
    public static VolumeFolder OpenWith(
        string folder, Func<VolumeCase, VolumeCase> preparation, int cacheSize = 64, double gridTolerance = VoxelGrid.DefaultTolerance)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentOutOfRangeException.ThrowIfNegative(cacheSize);
        if (!(gridTolerance >= 0))
            throw new ArgumentOutOfRangeException(nameof(gridTolerance), gridTolerance, "The tolerance, in voxels, must be at least 0.");
        var pairs = VolumePairs.Find(folder);
        var description = Path.Combine(folder, DataSetDescription.FileName);
        return new(pairs, File.Exists(description) ? DataSetDescription.Read(description) : null, preparation, cacheSize, gridTolerance);
    }

    /// <summary>The number of cases, and what the folder's description says.</summary>
    public override string ToString() =>
        $"{Count} cases{(Unpaired.Count == 0 ? "" : $", {Unpaired.Count} files without a partner")}"
        + (Description is null ? "" : Environment.NewLine + Description);

    /// <summary>The case of an index, prepared.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such case.</exception>
    /// <exception cref="NiftiException">A file breaks the format.</exception>
    /// <exception cref="ArgumentException">Image and labels lie on different grids.</exception>
    public VolumeCase Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (_cached.TryGetValue(index, out var node))
        {
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Case;
        }
        var item = _preparation(Read(Cases[index]));
        Remember(index, item);
        return item;
    }

    private VolumeCase Read(VolumeFiles files)
    {
        var channels = files.Images.Select(NiftiFile.Read).ToList();
        foreach (var channel in channels)
            if (!channel.Grid.Matches(channels[0].Grid, _gridTolerance))
                throw new ArgumentException($"{files.Name}: {channel.Name} lies on another grid than {channels[0].Name}.");
        var image = channels.Count == 1
            ? channels[0]
            : new(channels[0].Grid, [.. channels.SelectMany(channel => channel.Data)],
                channels.Sum(channel => channel.Channels), channels[0].Name);
        var item = new VolumeCase(
            files.Name, image, files.Labels is null ? null : NiftiFile.ReadLabels(files.Labels), gridTolerance: _gridTolerance);
        return channels.Aggregate(item, (warned, channel) => warned.Warned(channel.Warning));
    }

    private void Remember(int index, VolumeCase item)
    {
        if (_cacheSize == 0)
            return;
        if (_cached.Count == _cacheSize)
        {
            _cached.Remove(_recent.Last!.Value.Index);
            _recent.RemoveLast();
        }
        _cached[index] = _recent.AddFirst((index, item));
    }
}
