namespace VaeToolkit.Survival;

/// <summary>
/// What d events at one time contribute, with denominators D_r = S_R - f_r S_D, r = 0..d-1, where S_R sums the relative risks of those at
/// risk, S_D of those with an event, and f_r = r/d (Efron) or 0 (Breslow).
/// </summary>
/// <param name="LogDenominators">Σ ln D_r.</param>
/// <param name="Hazard">Σ 1/D_r: the jump of the cumulative hazard.</param>
/// <param name="HazardWithdrawn">Σ f_r/D_r: what those with an event then do not have of it.</param>
/// <param name="Squares">Σ 1/D_r².</param>
/// <param name="MeanShare">Σ f_r/D_r² over Σ 1/D_r².</param>
/// <param name="ShareSpread">Σ f_r²/D_r² less its part by the mean share.</param>
internal readonly record struct TieSums(
    double LogDenominators, double Hazard, double HazardWithdrawn, double Squares, double MeanShare, double ShareSpread)
{
    internal static TieSums Of(int events, double atRisk, double withEvent, CoxTies ties)
    {
        double logs = 0, hazard = 0, withdrawn = 0, squares = 0, shares = 0, shareSquares = 0;
        for (var r = 0; r < events; r++)
        {
            var share = ties == CoxTies.Efron ? (double)r / events : 0;
            var denominator = atRisk - share * withEvent;
            var inverse = 1 / denominator;
            logs += Math.Log(denominator);
            hazard += inverse;
            withdrawn += share * inverse;
            squares += inverse * inverse;
            shares += share * inverse * inverse;
            shareSquares += share * share * inverse * inverse;
        }
        return new(logs, hazard, withdrawn, squares, shares / squares, shareSquares - shares * shares / squares);
    }
}
