namespace VaeToolkit.Tests.Acceleration;

public sealed class PlainSumsTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(37)]
    public void Values_stay_where_two_numbers_are_equal_and_elsewhere_are_zero(int size)
    {
        // By turns: equal, unlike, zeros of both signs, not a number.
        float[] first = [.. Enumerable.Range(0, size).Select(i => (i % 4) switch { 2 => 0f, 3 => float.NaN, _ => i })];
        float[] second = [.. Enumerable.Range(0, size).Select(i => (i % 4) switch { 0 => i, 1 => i + 1, 2 => -0f, _ => float.NaN })];
        float[] values = [.. Enumerable.Range(1, size)];
        var target = Enumerable.Repeat(-1f, size).ToArray();
        PlainSums.PutWhereEqual(first, second, values, target);
        target.Should().Equal(Enumerable.Range(0, size).Select(i => i % 4 is 0 or 2 ? i + 1f : 0f));
    }
}
