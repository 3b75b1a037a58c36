namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>The rate falls by a factor every so many epochs.</summary>
                public class StepLR : LRScheduler
                {
                    private readonly int _size;
                    private readonly double _gamma;

                    public StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (_size, _gamma) = (step_size, gamma);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Epoch == 0 || Epoch % _size != 0 ? Rates : Rates.Select(rate => rate * _gamma);

                    protected override IEnumerable<double> get_closed_form_lr() => InitialRates.Select(rate => rate * Math.Pow(_gamma, Epoch / _size));
                }

                /// <summary>The rate falls by a factor every epoch.</summary>
                public class ExponentialLR : LRScheduler
                {
                    private readonly double _gamma;

                    public ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _gamma = gamma;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Epoch == 0 ? Rates : Rates.Select(rate => rate * _gamma);

                    protected override IEnumerable<double> get_closed_form_lr() => InitialRates.Select(rate => rate * Math.Pow(_gamma, Epoch));
                }

                /// <summary>The initial rate times a function of the epoch.</summary>
                public class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double>[] _factors;

                    public LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, optimizer.ParamGroups.Select(_ => lr_lambda), last_epoch, verbose)
                    {
                    }

                    public LambdaLR(Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _factors = [.. lr_lambdas];
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => InitialRates.Zip(_factors, (rate, factor) => rate * factor(Epoch));
                }

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
