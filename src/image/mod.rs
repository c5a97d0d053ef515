//! What an image holds and does when it runs; one file per known image. Must not know projects, YAML or the event log.
