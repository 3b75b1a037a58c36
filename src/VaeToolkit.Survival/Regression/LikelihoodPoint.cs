using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Survival;

/// <summary>
/// A log-likelihood at one point, with its gradient and minus its matrix of second derivatives (the observed information).
/// </summary>
internal sealed record LikelihoodPoint(double Value, Vector<double> Gradient, Matrix<double> Information);
