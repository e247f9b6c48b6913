//! Types of the two outside contracts: the control plane and the memory plugin.
