//! Actions in, view models out.
