//! Boot: environment, control-plane refresh, storage, tasks, listener; in that order.
