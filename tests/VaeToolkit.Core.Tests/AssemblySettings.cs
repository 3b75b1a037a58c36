// The torch generator is global: tests that seed it must not run beside others.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
