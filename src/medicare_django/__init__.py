"""The adapter: a database, a REST API, web pages and mail around `medicare_core`."""
