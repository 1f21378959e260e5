"""How steps reach Postgres, object stores and Kafka: endpoints, TLS, and errors that say what to do."""
