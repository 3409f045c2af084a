//! Nothing but a home for the benchmarks, so that no library inherits their dependencies.
