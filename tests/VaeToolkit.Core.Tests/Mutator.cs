namespace VaeToolkit.Tests;

/// <summary>Damages bytes at random, the same way for the same seed.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[] s_telling = [0, 1, 2, 0x7F, 0x80, 0xFF, .. "\"{}[],9-"u8];

    private readonly Random _random = new(seed);

    public byte[] Damage(byte[] sound)
    {
        var content = sound.ToList();
        for (var i = _random.Next(1, 4); i > 0; i--)
            DamageOnce(content);
        return [.. content];
    }

    private void DamageOnce(List<byte> content)
    {
        // Half of the damage goes to the first bytes, where lengths and types stand.
        var limit = _random.Next(2) == 0 ? Math.Min(content.Count, 24) : content.Count;
        var at = _random.Next(limit + 1);
        switch (_random.Next(6))
        {
            case 0 when at < content.Count:
                content[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < content.Count:
                content[at] = s_telling[_random.Next(s_telling.Length)];
                break;
            case 2:
                content.Insert(at, s_telling[_random.Next(s_telling.Length)]);
                break;
            case 3:
                content.RemoveRange(at, Math.Min(content.Count - at, _random.Next(1, 9)));
                break;
            case 4:
                content.RemoveRange(at, content.Count - at);
                break;
            default:
                content.InsertRange(at, content.GetRange(at, Math.Min(content.Count - at, _random.Next(1, 65))));
                break;
        }
    }
}
