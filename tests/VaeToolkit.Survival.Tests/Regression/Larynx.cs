namespace VaeToolkit.Survival.Tests.Regression;

/// <summary>
/// Cancer of the larynx (Kardaun 1983, printed in Klein and Moeschberger 2003, section 1.8): years, death, then stage II, III, IV and age.
/// </summary>
internal static class Larynx
{
    // Time, age, and + where censored.
    private static readonly string[] s_stages =
    [
        "0.6 77,1.3 53,2.4 45,2.5+57,3.2 58,3.2+51,3.3 76,3.3+63,3.5 43,3.5 60,4.0 52,4.0 63,4.3 86,4.5+48,4.5+68,5.3 "
        + "81,5.5+70,5.9+58,5.9+47,6.0 75,6.1+77,6.2+64,6.4 77,6.5 67,6.5+79,6.7+61,7.0+66,7.4 68,7.4+73,8.1+56,8.1+73,9.6+58,10.7+68",
        "0.2 86,1.8 64,2.0 63,2.2+71,2.6+67,3.3+51,3.6 70,3.6+72,4.0 81,4.3+47,4.3+64,5.0+66,6.2 74,7.0 62,7.5+50,7.6+53,9.3+61",
        "0.3 49,0.3 71,0.5 57,0.7 79,0.8 82,1.0 49,1.3 60,1.6 64,1.8 74,1.9 72,1.9 53,3.2 54,3.5 "
        + "81,3.7+52,4.5+66,4.8+54,4.8+63,5.0 59,5.0+49,5.1+69,6.3 70,6.4 65,6.5+65,7.8 68,8.0+78,9.3+69,10.1+51",
        "0.1 65,0.3 71,0.4 76,0.8 65,0.8 78,1.0 41,1.5 68,2.0 69,2.3 62,2.9+74,3.6 71,3.8 84,4.3+48",
    ];

    public static Table Table { get; } = Table.Of(
        s_stages.SelectMany((patients, stage) => patients.Split(',').Select(patient => Row(patient, stage))));

    private static double[] Row(string patient, int stage)
    {
        var fields = patient.Split(' ', '+');
        return [Number(fields[0]), patient.Contains('+') ? 0 : 1, stage == 1 ? 1 : 0, stage == 2 ? 1 : 0,
            stage == 3 ? 1 : 0, Number(fields[1])];
    }

    private static double Number(string field) => double.Parse(field, System.Globalization.CultureInfo.InvariantCulture);
}
