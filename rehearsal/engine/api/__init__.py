"""What clients can ask of the engine: a function for each endpoint of Docker's API, and nothing about HTTP."""
