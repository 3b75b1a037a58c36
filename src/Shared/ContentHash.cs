using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace VaeToolkit;

/// <summary>
/// A hash of much data in the time that it takes to read them, to tell data from other data; not against those who want two to be taken for
/// one. Blocks are mixed down to a few words first, in which any single change shows, and SHA-256 is of those. It is the same on every
/// processor.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    // The rounds of xxHash32 by Yann Collet, side by side.
    private const uint FirstPrime = 2654435761;
    private const uint SecondPrime = 2246822519;
    private const int Rotation = 13;
    private const int Lanes = 4;
    private const int DigitsGiven = 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a block of bytes; how data are cut into blocks counts too.</summary>
    public void Add(ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, Vector256<uint>>(block);
        Span<Vector256<uint>> sums = [Vector256.Create(1u), Vector256.Create(2u), Vector256.Create(3u), Vector256.Create(4u)];
        Mix(words, sums);
        _hash.AppendData(BitConverter.GetBytes(block.Length));
        _hash.AppendData(MemoryMarshal.AsBytes(sums));
        _hash.AppendData(block[(words.Length * Vector256<byte>.Count)..]);
    }

    /// <summary>Adds a text.</summary>
    public void Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    /// <summary>The hash of all that was added, in hexadecimal digits.</summary>
    public string Digits() => Convert.ToHexStringLower(_hash.GetCurrentHash())[..DigitsGiven];

    public void Dispose() => _hash.Dispose();

    private static void Mix(ReadOnlySpan<Vector256<uint>> words, Span<Vector256<uint>> sums)
    {
        var (a, b, c, d) = (sums[0], sums[1], sums[2], sums[3]);
        var whole = words.Length - (words.Length % Lanes);
        for (var i = 0; i < whole; i += Lanes)
        {
            a = Round(a, words[i]);
            b = Round(b, words[i + 1]);
            c = Round(c, words[i + 2]);
            d = Round(d, words[i + 3]);
        }
        foreach (var word in words[whole..])
            a = Round(a, word);
        (sums[0], sums[1], sums[2], sums[3]) = (a, b, c, d);
    }

    // One to one in each of its arguments.
    private static Vector256<uint> Round(Vector256<uint> sum, Vector256<uint> word)
    {
        sum += word * Vector256.Create(SecondPrime);
        sum = (sum << Rotation) | (sum >>> (32 - Rotation));
        return sum * Vector256.Create(FirstPrime);
    }
}
