namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>The places at which a check runs: where a tensor in the wrong type shows, and where one on the wrong device does.</summary>
internal static class Places
{
    private static readonly Dictionary<string, Place> s_places = new()
    {
        ["float64 on the CPU"] = Place.Wide,
        ["float32 elsewhere"] = Place.Meta,
        ["float64 elsewhere"] = Place.WideMeta,
        ["float32 amid foreign defaults"] = Place.Foreign,
    };

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => s_places.Keys;

    /// <summary>Everything at every place, or at those that a thing can be at.</summary>
    public static TheoryData<string, string> With(IEnumerable<string> names, Func<string, Place, bool>? isPossible = null)
    {
        var data = new TheoryData<string, string>();
        foreach (var name in names)
        {
            foreach (var (at, place) in s_places)
            {
                if (isPossible?.Invoke(name, place) ?? true)
                    data.Add(name, at);
            }
        }
        return data;
    }

    /// <summary>The place of a name.</summary>
    public static Place Find(string name) => s_places[name];
}
