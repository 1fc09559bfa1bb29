//! An SMS carrier with phones, faults and a seed, to try everything without a real one.
