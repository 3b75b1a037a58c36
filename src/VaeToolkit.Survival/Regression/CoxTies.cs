namespace VaeToolkit.Survival;

/// <summary>How events at one time enter Cox's partial likelihood. Without such ties the two are equal.</summary>
public enum CoxTies
{
    /// <summary>Efron (1977): each of d tied events is as if the earlier ones had left in part; close to the exact likelihood.</summary>
    Efron,

    /// <summary>Breslow (1974): every tied event has the whole risk set; coefficients shrink with many ties.</summary>
    Breslow,
}
