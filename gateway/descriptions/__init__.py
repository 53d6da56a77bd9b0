"""What the service says of its own interfaces: AsyncAPI, OpenAPI, and a page of each for people."""
