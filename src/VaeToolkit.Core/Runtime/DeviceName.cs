using TorchSharp;

namespace VaeToolkit;

/// <summary>Devices by name. TorchSharp's own reading says of a wrong name only that an enumeration has no such value.</summary>
public static class DeviceName
{
    private const string Moving = "moving to the device ";

    /// <summary>The device of a name such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device; the message has the first line of why.</exception>
    internal static torch.Device Parse(string device)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(device);
        var kind = device.Split(':')[0];
        var known = Enum.GetNames<DeviceType>().Any(name => name.Equals(kind, StringComparison.OrdinalIgnoreCase));
        var index = device.Length > kind.Length ? device[(kind.Length + 1)..] : "0";
        return known && uint.TryParse(index, out _)
            ? Try(device, () => new torch.Device(device))
            : throw new ArgumentException($"the device '{device}' is not known; it must be cpu, cuda, cuda:0 or the like", nameof(device));
    }

    /// <summary>Requires a device that data can be moved to.</summary>
    /// <exception cref="ArgumentException">It is <c>meta</c>.</exception>
    internal static void RequireValues(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.type == DeviceType.META)
            throw new ArgumentException("data cannot be moved to the device 'meta', which keeps no values", nameof(device));
    }

    /// <summary>Moves something to a device by its name.</summary>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">It cannot be moved there; the message has the first line of why.</exception>
    public static T Move<T>(string device, Func<torch.Device, T> move)
    {
        var where = Parse(device);
        return Move(where, () => move(where));
    }

    /// <summary>Moves something to a device.</summary>
    /// <exception cref="InvalidOperationException">It cannot be moved there; the message has the first line of why.</exception>
    internal static T Move<T>(torch.Device device, Func<T> move) => Try(device.ToString(), move);

    /// <summary>Does what needs a device.</summary>
    /// <exception cref="InvalidOperationException">It fails; the message has the first line of why.</exception>
    internal static T Try<T>(string device, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception error) when (error is not OutOfMemoryException && !IsSaid(error))
        {
            throw new InvalidOperationException($"{Moving}'{device}' fails: {EngineError.FirstLine(error)}", error);
        }
    }

    // Models move themselves by their parts' ways.
    private static bool IsSaid(Exception error)
        => error is InvalidOperationException && error.Message.StartsWith(Moving, StringComparison.Ordinal);
}
