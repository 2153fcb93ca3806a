"""The running operator: watches, the work queue, leadership, telemetry. The only part that knows kopf."""
