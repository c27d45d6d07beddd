"""How a request is sent. Private: nothing in here is part of the public interface."""
