//! Advice about files that are legal but unwise, one file per rule. Must not know the simulator.
