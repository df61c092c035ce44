//! What real producers write, in small.
