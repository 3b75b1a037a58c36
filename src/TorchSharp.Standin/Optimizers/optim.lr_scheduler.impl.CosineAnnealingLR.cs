namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>
                /// The rate swings along a cosine between the initial one and eta_min, with half period T_max. Like PyTorch it derives each
                /// rate from the last one, so that it can be chained with other schedulers.
                /// </summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _half;
                    private readonly double _least;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (_half, _least) = (T_max, eta_min);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Rates.Zip(InitialRates, Next);

                    protected override IEnumerable<double> get_closed_form_lr()
                        => InitialRates.Select(rate => _least + ((rate - _least) * (1 + Math.Cos(Math.PI * Epoch / _half)) / 2));

                    private double Next(double rate, double initial)
                    {
                        if (Epoch == 0)
                            return rate;
                        if ((Epoch - 1 - _half) % (2 * _half) == 0)
                            return rate + ((initial - _least) * (1 - Math.Cos(Math.PI / _half)) / 2);
                        return ((1 + Math.Cos(Math.PI * Epoch / _half)) / (1 + Math.Cos(Math.PI * (Epoch - 1) / _half)) * (rate - _least)) + _least;
                    }
                }
            }
        }
    }
}
