//! The application without a browser: state, actions, effects, view models. Must not know Yew or web-sys.
