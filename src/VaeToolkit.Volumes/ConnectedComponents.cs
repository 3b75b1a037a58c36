using VaeToolkit.Evaluation;

namespace VaeToolkit.Volumes;

/// <summary>The connected parts of a mask, numbered from 1 in the order of their first voxels.</summary>
public sealed class ConnectedComponents
{
    private ConnectedComponents(Volume<int> numbers, int[] sizes) => (Numbers, Sizes) = (numbers, sizes);

    /// <summary>The number of each voxel's component; 0 outside the mask.</summary>
    public Volume<int> Numbers { get; }

    /// <summary>Voxels of component i + 1.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>How many components there are.</summary>
    public int Count => Sizes.Count;

    /// <summary>Finds the components of a mask.</summary>
    /// <param name="mask">A mask of one channel.</param>
    /// <param name="connectivity">Which voxels are neighbours.</param>
    /// <exception cref="ArgumentException">There is more than one channel.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The connectivity is none of the enumeration's values.</exception>
    public static ConnectedComponents Of(Volume<bool> mask, Connectivity connectivity = Connectivity.Corners)
    {
        ArgumentNullException.ThrowIfNull(mask);
        VolumeTensors.RequireOneChannel(mask);
        OptionRange.RequireKnown(connectivity, nameof(connectivity));
        var numbers = new int[mask.Data.Length];
        var sizes = new List<int>();
        var pending = new Stack<int>();
        var neighbours = Neighbours(connectivity);
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!mask.Data[i] || numbers[i] != 0)
                continue;
            sizes.Add(0);
            numbers[i] = sizes.Count;
            pending.Push(i);
            while (pending.TryPop(out var voxel))
            {
                sizes[^1]++;
                PushNeighbours(mask, voxel, neighbours, numbers, pending, sizes.Count);
            }
        }
        return new(mask.With(numbers), [.. sizes]);
    }

    /// <summary>The largest component, the first on a tie; nothing if the mask is empty.</summary>
    public Volume<bool> Largest()
    {
        var largest = Count == 0 ? -1 : Sizes.Index().MaxBy(pair => pair.Item).Index + 1;
        return Numbers.Select(number => number == largest);
    }

    /// <summary>How many there are, and the sizes of the largest ten.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} components")
        + (Count == 0 ? "" : $" of {string.Join(", ", Sizes.OrderDescending().Take(10))}{(Count > 10 ? ", ..." : "")} voxels");

    private static void PushNeighbours(
        Volume<bool> mask, int voxel, (int X, int Y, int Z)[] neighbours, int[] numbers, Stack<int> pending, int number)
    {
        var size = mask.Size;
        var (x, y, z) = (voxel % size.Width, voxel / size.Width % size.Height, voxel / size.Width / size.Height);
        foreach (var (dx, dy, dz) in neighbours)
        {
            if (!size.Contains(x + dx, y + dy, z + dz))
                continue;
            var next = mask.Grid.Index(x + dx, y + dy, z + dz);
            if (!mask.Data[next] || numbers[next] != 0)
                continue;
            numbers[next] = number;
            pending.Push(next);
        }
    }

    private static (int X, int Y, int Z)[] Neighbours(Connectivity connectivity)
    {
        int[] steps = [-1, 0, 1];
        var most = connectivity == Connectivity.Faces ? 1 : 3;
        return
        [
            .. from z in steps from y in steps from x in steps
               let moved = Math.Abs(x) + Math.Abs(y) + Math.Abs(z)
               where moved > 0 && moved <= most
               select (x, y, z),
        ];
    }
}
