namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public interface IMomentum
        {
            double Momentum { get; set; }
        }
    }
}
