MAX_LENGTH = 256
"""What is longer costs time to hash and protects nothing."""
