// The seed, the grad mode and the count of live tensors belong to the process or the thread: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
