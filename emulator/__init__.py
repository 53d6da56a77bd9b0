"""A local Gemini Live server: the real wire, ears that hear, and faults on request."""
