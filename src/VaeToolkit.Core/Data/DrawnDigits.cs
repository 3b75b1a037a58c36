namespace VaeToolkit;

/// <summary>Images that <see cref="DigitPainter"/> drew.</summary>
/// <param name="Pixels">Bytes <c>[N, 28, 28]</c>, 0 paper and 255 ink.</param>
/// <param name="Labels">The digit of each image.</param>
/// <param name="Writers">The writer of each image, from 0.</param>
internal sealed record DrawnDigits(byte[] Pixels, long[] Labels, int[] Writers);
