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
    public void An_error_decides_the_digits(double value, double error, string text) => Digits.Of(value, error).Should().Be(text);

    [Theory]
    [InlineData(0.10274, "0.103 s")]
    [InlineData(59.96, "60 s")]
    [InlineData(1500, "25 min")]
    [InlineData(9000, "2.5 h")]
    public void Durations_are_in_a_unit_of_their_size(double seconds, string text) => Digits.Duration(seconds).Should().Be(text);
}
