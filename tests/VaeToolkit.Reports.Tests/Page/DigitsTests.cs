using System.Globalization;

namespace VaeToolkit.Reports.Tests.Page;

public sealed class DigitsTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(101.3249, "101.3")]
    [InlineData(-1.23456, "-1.235")]
    [InlineData(0.00123456, "0.001235")]
    [InlineData(1234.56, "1235")]
    [InlineData(23456.7, "23,457")]
    [InlineData(1.5e9, "1.5e9")]
    [InlineData(5e-5, "5e-5")]
    [InlineData(double.NaN, "")]
    public void Four_digits_are_shown(double value, string text) => Digits.Of(value).Should().Be(text);

    [Theory]
    [InlineData(101.3249, 0.4512, "101.32 ± 0.45")]
    [InlineData(101.3249, 4.512, "101.3 ± 4.5")]
    [InlineData(12345.6, 120, "12,346 ± 120")]
    [InlineData(101.3249, double.NaN, "101.3")]
    [InlineData(3.04e-9, 1.2e-10, "(3.04 ± 0.12)e-9")]
    [InlineData(0, 2.2e-9, "(0.0 ± 2.2)e-9")]
    public void An_error_decides_the_digits(double value, double error, string text) => Digits.Of(value, error).Should().Be(text);

    [Theory]
    [InlineData(new[] { 0, 0.5, 1, 1.5 }, "0 | 0.5 | 1 | 1.5")]
    [InlineData(new double[] { 301000, 301050, 301100 }, "301,000 | 301,050 | 301,100")]
    [InlineData(new[] { 3e9, 3.0001e9, 3.0002e9 }, "3e9 | 3.0001e9 | 3.0002e9")]
    [InlineData(new[] { -2e-13, 1e-28, 2e-13 }, "-2e-13 | 0 | 2e-13")]
    [InlineData(new[] { 0.12345, 0.123451 }, "0.12345 | 0.123451")]
    public void Ticks_have_the_digits_that_tell_them_apart(double[] values, string texts)
        => string.Join(" | ", Digits.Ticks(values)).Should().Be(texts);

    [Theory]
    [InlineData(new[] { 2e-9, 1.25e-8 }, "2e-9 1.25e-8")]
    [InlineData(new[] { 0.5, 12 }, "0.50 12.00")]
    public void Numbers_that_are_compared_have_four_digits_of_the_largest(double[] values, string texts)
        => string.Join(' ', values.Select(value => value.ToString(Digits.Format(values), CultureInfo.InvariantCulture))).Should().Be(texts);

    [Theory]
    [InlineData(0.10274, "0.103 s")]
    [InlineData(59.96, "60 s")]
    [InlineData(1500, "25 min")]
    [InlineData(9000, "2.5 h")]
    public void Durations_are_in_a_unit_of_their_size(double seconds, string text) => Digits.Duration(seconds).Should().Be(text);
}
