//! The simulator on the network.
