"""The use cases. Each declares the small Protocols that it needs; ``cli`` joins the edges."""
