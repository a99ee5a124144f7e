"""Mail: written with its cause into the outbox, sent behind the request's back."""
